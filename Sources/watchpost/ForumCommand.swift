import ArgumentParser
import Board
import Forum
import Jobs
import Text
import Time

/// `watchpost forum …`: the embedded forum's discussions, roles and members.
struct ForumCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forum", abstract: "Make and change discussions, roles and members of the embedded forum.",
    discussion: """
      A discussion is public or private, open from an hour and until an hour, moderated or not, and open for posts to \
      all who may read it or to invited people alone. Who comes into a private one are its members and the holders of \
      its roles. Who is mailed follows at once: the forum is asked anew about every copy.

      A forum that Watchpost reads through a mapping has all this in its own program, and none of these commands.
      """,
    subcommands: [
      List.self, Create.self, Set.self, Open.self, Close.self, RoleCommand.self, MemberCommand.self, Import.self,
    ])

  /// Which discussion a command is about.
  struct Place: ParsableArguments {
    @Argument(help: "The discussion, by its id or its slug.")
    var discussion: String

    func find(_ board: Board) throws -> (discussion: Discussion, access: DiscussionAccess) {
      guard let found = try board.keptDiscussion(discussion) else {
        throw Failure(.usage, "the forum has no discussion \"\(discussion)\"; `watchpost forum list` names them")
      }
      return found
    }
  }

  /// What every change has.
  struct Change: ParsableArguments {
    @Option(help: "Why, for the audit log.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON: command, subject, outcome.")
    var json = false
  }
}

extension Installation {
  /// - Throws: `Failure` where the forum is a foreign one.
  func embeddedBoard() throws -> Board {
    if let board { return board }
    throw Failure(
      .usage,
      "this forum is read through the mapping \(configuration.forum.source): its own program has its discussions, roles "
        + "and members, and Watchpost never writes to them")
  }
}

extension Discussion {
  /// As the audit log has it.
  var words: String { "discussion \(key)" }

  /// `not open yet`, `open`, or `closed`, at a moment.
  func state(at moment: Timestamp) -> String {
    if let opensAt, moment < opensAt { return "not open yet" }
    return takesAnswers(at: moment) ? "open" : "closed"
  }
}

extension DiscussionAccess {
  /// `private, moderated, invited people post`
  var words: String {
    [
      isPrivate ? "private" : "public", isModerated ? "moderated" : nil,
      posting == .invited ? "invited people post" : nil,
    ].compactMap(\.self).joined(separator: ", ")
  }
}

extension ForumCommand {
  /// `watchpost forum list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List all discussions: hours, who comes in, how much is there.",
      discussion: """
        With --json: an array of objects with id, slug, title, state (not open yet, open, closed), opens, closes, \
        private, moderated, posting (readers, invited), threads, posts, waiting (for a moderator), members, roles, \
        themes.
        """)
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let (kept, now) = (try installation.embeddedBoard().keptDiscussions(), installation.now())
        if json { return print(jsonLine(kept.map { DiscussionReport($0, now) })) }
        if kept.isEmpty {
          print("The forum has no discussion.\nNext: watchpost forum create TITLE --slug NAME")
          return
        }
        var table = Table([
          "id", "slug", "state", "opens", "closes", "access", "threads", "posts", "waiting", "members", "roles",
          "title",
        ])
        for one in kept {
          let discussion = one.discussion
          table.add([
            discussion.key, discussion.slug.isEmpty ? "-" : discussion.slug, discussion.state(at: now),
            discussion.opensAt?.description ?? "-", discussion.closesAt?.description ?? "-", one.access.words,
            "\(one.threads)", "\(one.posts)", "\(one.waiting)", "\(one.members)",
            one.roles.isEmpty ? "-" : one.roles.joined(separator: "; "), discussion.title,
          ])
        }
        print(table.lines().joined(separator: "\n"))
      }
    }
  }

  /// `watchpost forum create TITLE --slug NAME`
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a discussion.",
      discussion: """
        Posts are taken from --opens on and until --closes; its title and hours can be seen before. Readers get their \
        digests early enough before it closes.
        """)
    @Argument(help: "What people read: \"Risk assessment\".")
    var title: String
    @Option(
      help: ArgumentHelp(
        "Its name in mail addresses and links: at most 40 small letters, digits and hyphens.", valueName: "name"))
    var slug: String
    @Option(help: ArgumentHelp("From when it takes posts, in UTC; without it, at once.", valueName: "moment"))
    var opens: String?
    @Option(help: ArgumentHelp("Until when, in UTC; without it, for ever.", valueName: "moment"))
    var closes: String?
    @Flag(help: "Only members, and holders of its roles, read it.")
    var `private` = false
    @Flag(help: "Posts wait for a moderator.")
    var moderated = false
    @Option(help: "Who posts: all readers, or invited people alone.")
    var posting = PostingRule.readers
    @Option(help: ArgumentHelp("A theme that threads may belong to; may stand several times.", valueName: "title"))
    var theme: [String] = []
    @OptionGroup var change: Change

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(change.option)
        let board = try installation.embeddedBoard()
        let draft = DiscussionDraft(
          title: try ForumCommand.title(title, "the title"), slug: try ForumCommand.slug(slug),
          opensAt: try opens?.moment(of: "--opens"), closesAt: try closes?.moment(of: "--closes"),
          access: DiscussionAccess(isPrivate: `private`, isModerated: moderated, posting: posting),
          themes: try theme.map { try ForumCommand.title($0, "--theme") })
        try ForumCommand.refuseBackwards(draft.opensAt, draft.closesAt)
        guard let key = try board.create(draft) else { throw ForumCommand.taken(slug) }
        var report = CommandReport("forum create", "discussion \(key)", reason: change.reason)
        report.tell("Discussion \(key), \(draft.slug): \(draft.access.words).")
        report.next =
          draft.access.isPrivate || posting == .invited
          ? ["watchpost forum member add \(key) PERSON", "watchpost forum role allow ROLE \(key)"]
          : moderated ? ["watchpost forum member add \(key) PERSON --moderator"] : ["watchpost forum list"]
        try installation.finish(report, json: change.json)
      }
    }
  }

  /// A title on one line.
  static func title(_ text: String, _ name: String) throws -> String {
    let title = text.singleLine(limit: 800).trimmed
    if title.isEmpty || title.count > 200 { throw Failure(.usage, "\(name): write 1 to 200 characters") }
    return title
  }

  static func slug(_ text: String) throws -> String {
    guard text.wholeMatch(of: #/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?/#) != nil else {
      throw Failure(
        .usage,
        "--slug: \"\(text.singleLine(limit: 60))\" is none: at most 40 small letters a-z, digits and hyphens, no hyphen first or last"
      )
    }
    return text
  }

  static func taken(_ slug: String) -> Failure {
    Failure(.usage, "--slug: another discussion has \"\(slug)\"; `watchpost forum list` names them")
  }

  static func refuseBackwards(_ opens: Timestamp?, _ closes: Timestamp?) throws {
    if let opens, let closes, closes <= opens {
      throw Failure(.usage, "it would close (\(closes)) before it opens (\(opens)); nothing was changed")
    }
  }
}

/// For `--posting`; its words are the raw values.
extension PostingRule: ExpressibleByArgument {}

/// A discussion; its keys are an interface.
private struct DiscussionReport: Encodable {
  var id, slug, title, state: String
  /// In UTC; left out where there is no such hour.
  var opens, closes: String?
  var `private`, moderated: Bool
  var posting: String
  var threads, posts, waiting, members: Int
  var roles, themes: [String]

  init(_ kept: KeptDiscussion, _ now: Timestamp) {
    let discussion = kept.discussion
    (id, slug, title, state) = (discussion.key, discussion.slug, discussion.title, discussion.state(at: now))
    (opens, closes) = (discussion.opensAt?.description, discussion.closesAt?.description)
    (`private`, moderated) = (kept.access.isPrivate, kept.access.isModerated)
    posting = kept.access.posting.rawValue
    (threads, posts, waiting, members) = (kept.threads, kept.posts, kept.waiting, kept.members)
    (roles, themes) = (kept.roles, kept.themes)
  }
}
