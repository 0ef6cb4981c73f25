import Composition
import Forum
import Mail
import Testing
import Time

/// One notice of each kind, by the name of its golden file.
extension Samples {
  struct NamedNotice: Sendable, CustomTestStringConvertible {
    let name: String
    let notice: Notice
    var testDescription: String { name }

    init(_ name: String, _ matter: Notice.Matter, subject: String = "Re: [#9240] Points to consider in field trials") {
      self.name = name
      let isAnswer = if case .probe = matter { false } else if case .lifted = matter { false } else { true }
      notice = Notice(
        matter, inReplyTo: isAnswer ? "<CAJ+9240@mail.example.com>" : nil, subject: isAnswer ? subject : "",
        signingKey: 2)
    }
  }

  static func notice(
    _ notice: Notice, to recipient: Recipient = recipient(), generation: Int = 0, composer: Composer = composer
  ) throws -> OutgoingMessage {
    try composer.notice(notice, to: recipient, delivery: 5003, generation: generation, date: noon)
  }

  static let notices: [NamedNotice] =
    refusals.map { NamedNotice("refused-\($0.0)", .replyRefused(reason: $0.1, text: $0.2, sender: nil)) } + [
      NamedNotice(
        "refused-other",
        .replyRefused(reason: .tooLarge(limit: 500_000), text: nil, sender: "ana.private@mail.example.net")),
      NamedNotice(
        "digest-answered",
        .digestAnswered(
          posts: [
            .init(title: risk.title, number: "9240", post: 41), .init(title: capacity.title, number: "9241", post: 42),
            .init(title: "نقاط للنظر", number: "9242", post: 43),
          ], text: returned), subject: "Re: BCH forum: daily digest, 12 posts"),
      NamedNotice("posted", .replyPosted(title: risk.title, url: postURL, isPending: false)),
      NamedNotice("pending", .replyPosted(title: risk.title, url: nil, isPending: true)),
      NamedNotice(
        "attachments-left",
        .attachmentsLeft(
          title: risk.title, url: postURL,
          names: [
            .init(name: "plan.exe", octets: 4100, reason: .kind),
            .init(name: "صورة.jpg", octets: 7_300_000, reason: .tooLarge(limit: 5_000_000)),
            .init(name: "three.png", octets: 90_000, reason: .tooMany(limit: 2)),
            .init(name: "four.pdf", octets: 12_000_000, reason: .tooLargeTogether(limit: 15_000_000)),
            .init(name: "five.odt", reason: .elsewhere), .init(name: "six.ods", octets: 1),
          ])),
      NamedNotice(
        "confirm-reply",
        .confirmReply(
          received: 815, sender: "ana.private@mail.example.net",
          text: Notice.ReturnedText(
            "I agree with the second point,\nsee https://bch.cbd.int/x and www.example.org for more.\n\nAna"),
          octets: nil)),
      NamedNotice(
        "confirm-commands", .confirmCommands(received: 816, commands: ["SET risk DIGEST", "SIGNOFF abs"]), subject: ""),
      NamedNotice(
        "commands",
        .commands(
          .init(answers: [
            .init("SET risk DIGEST", .set(to: .digest, discussion: discussion.title)),
            .init("set * nodigest", .set(to: .instant, discussion: nil)),
            .init("SIGNOFF abs", .signedOff(discussion: access.title)), .init("SET nowhere MAIL", .unknownDiscussion),
          ])), subject: "SET risk DIGEST"),
      NamedNotice(
        "commands-all", .commands(.init(answers: answers, overview: overview, help: .init(example: "risk"))),
        subject: "commands"),
      NamedNotice("overview", .commands(.init(overview: overview)), subject: "QUERY"),
      NamedNotice(
        "overview-empty",
        .commands(
          .init(
            overview: .init(
              mode: .off, digest: DigestSchedule(hour: 6, zone: "Africa/Nairobi"),
              address: .returned(since: noon - 86_400)))), subject: ""),
      NamedNotice("help", .commands(.init(help: .init())), subject: "HELP"),
      NamedNotice("probe", .probe),
      NamedNotice("lifted", .lifted(posts: 12, since: noon - 604_800)),
      NamedNotice("lifted-none", .lifted(posts: 0, since: nil)),
      NamedNotice("stopped-thread", .stopped(.init(scope: .thread, title: risk.title, url: risk.url))),
      NamedNotice(
        "stopped-discussion",
        .stopped(.init(scope: .discussion, title: discussion.title, url: discussion.url, undo: "SET risk MAIL"))),
      NamedNotice("stopped-everything", .stopped(.init(scope: .everything, undo: "SET * MAIL")), subject: "stop"),
      NamedNotice("sign-in", .signIn(link: 4711)),
    ]

  private static let postURL = "https://forum.example.org/risk/post/9260"
  private static let returned = Notice.ReturnedText(
    """
    Dear Ana,

    I agree on the first point. On the second I do not: isolation distances depend on the crop, on the wind and on what grows around.

      maize   200 m
      rice      3 m

    Bo
    """)

  private static let refusals: [(String, Notice.Refusal, Notice.ReturnedText?)] = [
    ("closed", .discussionClosed(title: discussion.title, closed: noon - 90_000), returned),
    ("closed-by-hand", .discussionClosed(title: discussion.title, closed: nil), returned),
    ("thread", .threadClosed(title: risk.title), returned),
    ("early", .notOpenYet(title: discussion.title, opens: noon + 400_000), returned),
    ("right", .noRight(title: discussion.title), returned),
    ("empty", .empty, nil),
    ("large", .tooLarge(limit: 500_000), returned),
    ("many", .tooManyAttachments(limit: 3), returned),
    (
      "attachments",
      .attachmentsRefused(names: [.init(name: "plan.exe"), .init(name: "<b>.zip", octets: 12_000), .init(name: "")]),
      returned
    ),
    ("expired", .tokenExpired, returned),
    ("addressee", .unknownAddressee, nil),
    ("gone", .postGone, returned),
    ("unsubscribe", .unsubscribeWord(post: 41), Notice.ReturnedText("unsubscribe")),
    ("digest", .digestNeedsThread, returned),
    ("contradictory", .contradictory(posts: [.init(title: risk.title, number: "9240", post: 41)]), returned),
    ("anothers", .anothersAddress(posts: [.init(title: risk.title, number: "9240", post: 41)]), returned),
    ("commands", .besideCommands, returned),
    ("forum", .forumRefused, returned),
  ]

  private static let answers: [Notice.CommandAnswer] =
    Notice.CommandSetting.allCases.map {
      .init(
        "SET risk \($0 == .instant ? "NODIGEST" : $0.rawValue.uppercased())", .set(to: $0, discussion: discussion.title)
      )
    } + [
      .init("SIGNOFF *", .signedOff(discussion: nil)), .init("SUBSCRIBE risk Ana Paz", .unknownCommand),
      .init("SET nowhere DIGEST", .unknownDiscussion), .init("SET risk MAIL", .sharedAddress),
      .init("SET abs MAIL", .nothingToChange),
      .init("SIGNOFF abs", .refused),
    ]

  private static let overview = Notice.Overview(
    mode: .digest,
    digest: DigestSchedule(period: .weekly, hour: 7, weekday: .wednesday, zone: "America/Bogota"),
    pausedUntil: noon + 1_000_000, address: .returned(since: noon - 700_000),
    watches: [
      .init(scope: .everything), .init(scope: .discussion, title: discussion.title, name: "risk", mode: .instant),
      .init(scope: .discussion, title: "Acceso y participación", name: "abs", isMute: true),
      .init(scope: .thread, title: "نقاط للنظر"),
    ])
}
