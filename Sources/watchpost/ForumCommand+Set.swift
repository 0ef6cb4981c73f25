import ArgumentParser
import Board
import Forum
import Jobs
import Time

extension ForumCommand {
  /// `watchpost forum set DISCUSSION`
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a discussion.",
      discussion: """
        Only what is given is changed; `none` takes an hour back. Whoever may not read it any more gets nothing that \
        was not sent yet.
        """)
    @OptionGroup var place: Place
    @Option(help: "What people read.")
    var title: String?
    @Option(
      help: ArgumentHelp(
        "Its name in mail addresses and links; mails that were sent keep the old one.", valueName: "name"))
    var slug: String?
    @Option(help: ArgumentHelp("From when it takes posts, in UTC.", valueName: "moment|none"))
    var opens: String?
    @Option(help: ArgumentHelp("Until when, in UTC.", valueName: "moment|none"))
    var closes: String?
    @Option(help: ArgumentHelp("Only members, and holders of its roles, read it.", valueName: "yes|no"))
    var `private`: String?
    @Option(help: ArgumentHelp("Posts wait for a moderator.", valueName: "yes|no"))
    var moderated: String?
    @Option(help: "Who posts: all readers, or invited people alone.")
    var posting: PostingRule?
    @Option(help: ArgumentHelp("One more theme; may stand several times.", valueName: "title"))
    var theme: [String] = []
    @OptionGroup var change: Change

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(change.option)
        let board = try installation.embeddedBoard()
        let given =
          [
            ("title", title), ("slug", slug), ("opens", opens), ("closes", closes), ("private", `private`),
            ("moderated", moderated), ("posting", posting?.rawValue),
          ].compactMap { name, value in value.map { "\(name) \($0)" } } + theme.map { "theme \($0)" }
        if given.isEmpty { throw ValidationError("Say what to change, such as --closes 2026-07-01.") }
        let themes = try theme.map { try ForumCommand.title($0, "--theme") }
        let found = try place.find(board).discussion
        let isChanged = try board.change(discussion: found.key, addingThemes: themes) { discussion, access in
          if let title { discussion.title = try ForumCommand.title(title, "--title") }
          if let slug { discussion.slug = try ForumCommand.slug(slug) }
          if let opens { discussion.opensAt = opens == "none" ? nil : try opens.moment(of: "--opens") }
          if let closes { discussion.closesAt = closes == "none" ? nil : try closes.moment(of: "--closes") }
          if let `private` { access.isPrivate = try ForumCommand.flag(`private`, "--private") }
          if let moderated { access.isModerated = try ForumCommand.flag(moderated, "--moderated") }
          if let posting { access.posting = posting }
          try ForumCommand.refuseBackwards(discussion.opensAt, discussion.closesAt)
        }
        guard let isChanged else { throw ForumCommand.taken(slug ?? "") }
        var report = CommandReport("forum set", found.words, reason: change.reason)
        report.tell(isChanged ? given.joined(separator: ", ") : "It was so before; nothing was changed.")
        report.next = ["watchpost forum list"]
        try installation.finish(report, json: change.json)
      }
    }
  }

  /// `watchpost forum open DISCUSSION`
  struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have a discussion take posts, now or from a moment on.",
      discussion: "An hour of closing that has passed is taken back, and so is a closing by hand.")
    @OptionGroup var place: Place
    @Option(help: ArgumentHelp("From when, in UTC; without it, now.", valueName: "moment"))
    var at: String?
    @OptionGroup var change: Change

    func run() async throws {
      try await reportingFailures {
        try ForumCommand.change("open", place, at, change) { discussion, moment, now in
          let start = moment ?? now
          discussion.isClosed = false
          if moment != nil || discussion.opensAt.map({ $0 > now }) == true { discussion.opensAt = moment }
          if let closesAt = discussion.closesAt, closesAt <= max(start, now) { discussion.closesAt = nil }
        }
      }
    }
  }

  /// `watchpost forum close DISCUSSION`
  struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have a discussion take no posts, now or from a moment on.",
      discussion: """
        It can still be read. At an hour that is told before, with --at, readers get their digests early enough to \
        answer; closed at once, they get them at their usual time, without an offer to answer.
        """)
    @OptionGroup var place: Place
    @Option(help: ArgumentHelp("From when, in UTC; without it, now.", valueName: "moment"))
    var at: String?
    @OptionGroup var change: Change

    func run() async throws {
      try await reportingFailures {
        try ForumCommand.change("close", place, at, change) { discussion, moment, _ in
          if let moment { discussion.closesAt = moment } else { discussion.isClosed = true }
          if let opensAt = discussion.opensAt, let moment { try ForumCommand.refuseBackwards(opensAt, moment) }
        }
      }
    }
  }

  /// What opening and closing have in common.
  private static func change(
    _ verb: String, _ place: Place, _ at: String?, _ change: Change,
    _ body: (inout Discussion, Timestamp?, Timestamp) throws -> Void
  ) throws {
    let installation = try Installation(change.option)
    let board = try installation.embeddedBoard()
    let (moment, now) = (try at?.moment(of: "--at"), installation.now())
    let found = try place.find(board).discussion
    var after = found
    let isChanged = try board.change(discussion: found.key) { discussion, _ in
      try body(&discussion, moment, now)
      after = discussion
    }
    var report = CommandReport("forum \(verb)", found.words, reason: change.reason)
    let hours = [after.opensAt.map { "from \($0)" }, after.closesAt.map { "until \($0)" }].compactMap(\.self)
    report.tell(
      "\(isChanged == true ? "" : "Nothing was to be changed. ")It is \(after.state(at: now))"
        + (hours.isEmpty ? "." : ", with posts taken \(hours.joined(separator: " "))."))
    report.next = [verb == "open" ? "watchpost forum close \(found.key)" : "watchpost forum open \(found.key)"]
    try installation.finish(report, json: change.json)
  }

  static func flag(_ text: String, _ option: String) throws -> Bool {
    switch text {
    case "yes": true
    case "no": false
    default: throw Failure(.usage, "\(option): \"\(text)\": write yes or no")
    }
  }
}
