import ArgumentParser
import Forum
import Jobs
import Ledger
import Membership
import Stories
import Text

/// `watchpost watch list|add|remove`.
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "List, set and remove what a participant watches.",
    discussion: """
      A watch is on a thread, a discussion, or everything; a mute is its opposite; the most specific one counts. \
      Nobody gets a post that is older than their watch.

      A foreign forum is never written to: what is set here for it is kept by Watchpost, and a watch that the forum \
      itself keeps is silenced by a mute.
      """,
    subcommands: [List.self, Add.self, Remove.self])

  /// What a watch is on: exactly one of a thread, a discussion and everything.
  struct Target: ParsableArguments {
    @Option(help: ArgumentHelp("A thread, by its id in the forum's database.", valueName: "id"))
    var thread: String?
    @Option(help: ArgumentHelp("All threads of a discussion, by its id.", valueName: "id"))
    var discussion: String?
    @Flag(help: "Every thread of every discussion.")
    var everything = false

    /// Said by us, since the argument parser knows no choice of one among several.
    func validate() throws {
      let given = [thread != nil, discussion != nil, everything].count { $0 }
      guard given == 1 else { throw ValidationError("Give one of --thread ID, --discussion ID, --everything.") }
    }

    /// How much it covers.
    var scope: WatchScope { thread != nil ? .thread : discussion != nil ? .discussion : .everything }
    /// The forum's key; empty for everything.
    var key: String { thread ?? discussion ?? "" }
    /// As the audit log has it.
    var words: String { scope == .everything ? "everything" : "\(scope.rawValue) \(key)" }

    /// A typo is told; a watch on nothing would never be noticed.
    /// - Throws: `Failure` with `usage`.
    func check(_ forum: any ForumReader) throws {
      if let thread, try ForumError.foundByTyped({ try forum.threads(keys: [thread]) }).isEmpty {
        throw Failure(.usage, "the forum has no thread \"\(thread)\"")
      }
      if let discussion, try ForumError.foundByTyped({ try forum.discussions(keys: [discussion]) }).isEmpty {
        throw Failure(.usage, "the forum has no discussion \"\(discussion)\"")
      }
    }
  }

  /// `watchpost watch list PERSON`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List a participant's watches and mutes, wherever they are kept.")
    @OptionGroup var about: PersonArgument
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON: an array of objects with scope, target, title, mute, mode, since, keptBy.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let members = installation.members
        if json { return print(jsonLine(try members.watchReports(of: members.participant(about.person)))) }
        let watches = try members.watchLines(of: members.participant(about.person))
        print(watches.isEmpty ? "No watches." : watches.joined(separator: "\n"))
      }
    }
  }

  /// `watchpost watch add PERSON`: sets a watch or mute, or changes one on the same target.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set a watch or a mute, or change the mode of one.",
      discussion: """
        For somebody who has stopped all mail, or called it spam, none is set without --force: they have said no. With it they \
        get what this watch brings in its --mode, and nothing else. `participant set --mode` takes their stop back whole, if that is \
        their wish.
        """)
    @OptionGroup var about: PersonArgument
    @OptionGroup var target: Target
    @Option(help: "How its posts come; without it, as the person has chosen for all.")
    var mode: Mode?
    @Flag(help: "A mute instead of a watch: nothing comes from there.")
    var mute = false
    @Flag(help: "Also for somebody who has stopped all mail, or called it spam.")
    var force = false
    @Option(help: "Why, for the audit log.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON, as `watch list` has it.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let members = installation.members
        let participant = try members.participant(about.person)
        try target.check(installation.forum)
        if !mute, mode != .off, !force { try installation.refuseStopped(participant) }
        // From now on: nobody gets the posts that were there before (rule F3).
        let watch = Watch(scope: target.scope, isMute: mute, mode: mode, since: members.now())
        try members.put(watch, target: target.key, of: participant)
        var report = CommandReport("watch add", "participant \(participant.key)", reason: reason)
        report.person = try members.person(participant).id
        report.tell(
          "\(mute ? "mute" : "watch") of \(target.words)\(mode.map { ", \($0.rawValue)" } ?? "")\(force ? ", forced" : "")"
        )
        try installation.record(report)
        print(
          json
            ? jsonLine(try members.watchReports(of: participant))
            : try members.watchLines(of: participant).joined(separator: "\n"))
      }
    }
  }

  /// `watchpost watch remove PERSON`
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a watch or a mute.",
      discussion: "Of a watch that a foreign forum keeps, this sets a mute; done again, it takes the mute back.")
    @OptionGroup var about: PersonArgument
    @OptionGroup var target: Target
    @Option(help: "Why, for the audit log.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON: command, subject, outcome.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let members = installation.members
        let participant = try members.participant(about.person)
        var report = CommandReport(
          "watch remove", "participant \(participant.key), \(target.words)", reason: reason)
        report.person = try members.person(participant).id
        switch try members.removeWatch(target.scope, target: target.key, of: participant) {
        case .removed: report.tell("Removed.")
        case .none: report.tell("There was no such watch.")
        case .silenced:
          report.tell(
            "The forum itself keeps this watch; it is silenced by a mute. `watch remove` again takes the mute back.")
        }
        try installation.finish(report, json: json)
      }
    }
  }
}

extension Installation {
  /// A watch with a mode would bring mail to who has said that they want none.
  /// - Throws: `Failure` where they have, with when and how.
  fileprivate func refuseStopped(_ participant: Participant) throws {
    let person = try members.person(participant)
    guard person.isStopped else { return }
    let last = try ledger.incoming(from: person.id, post: nil, deliveries: []).last
    let what =
      switch last?.outcome {
      case .complaint?: "called a mail spam at \(last?.arrivedAt.description ?? "?"), and all mail to them was stopped"
      default: "have stopped all mail" + (try ledger.stoppedSince(person.id).map { " (\($0))" } ?? "")
      }
    throw Failure(
      .usage,
      """
      they \(what): say --force if this watch is their wish all the same; `watchpost participant set \
      \(participant.key.asArgument) --mode MODE` brings all their mail back
      """)
  }
}

/// For `--mode`; its words are the raw values.
extension Mode: ExpressibleByArgument {}

extension Members {
  /// A line for each watch of a person, the forum's own and those that the ledger keeps.
  func watchLines(of participant: Participant) throws -> [String] {
    let (kept, own) = try watches(of: participant)
    return kept.map { describe($0.watch, $0.target, $0.title) }
      + own.map { describe($0.watch, $0.target, "kept by Watchpost") }
  }

  /// `mute thread 7, since 2026-05-26T12:00:00Z — Living modified fish`
  private func describe(_ watch: Watch, _ target: String, _ title: String) -> String {
    var text = watch.isMute ? "mute " : ""
    text += watch.scope == .everything ? "everything" : "\(watch.scope.rawValue) \(target.singleLine(limit: 100))"
    if let mode = watch.mode { text += ", \(mode.rawValue)" }
    if let since = watch.since { text += ", since \(since)" }
    let title = title.singleLine()
    return title.isEmpty ? text : "\(text) — \(title)"
  }
}
