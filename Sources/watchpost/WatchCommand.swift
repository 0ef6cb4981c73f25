import ArgumentParser
import Forum
import Jobs
import Ledger
import Mail
import Sources

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

  struct Target: ParsableArguments {
    @Option(help: ArgumentHelp("A thread, by its id in the forum's database.", valueName: "id"))
    var thread: String?
    @Option(help: ArgumentHelp("All threads of a discussion, by its id.", valueName: "id"))
    var discussion: String?
    @Flag(help: "Every thread of every discussion.")
    var everything = false

    func validate() throws {
      let given = [thread != nil, discussion != nil, everything].count { $0 }
      guard given == 1 else { throw ValidationError("Give one of --thread ID, --discussion ID, --everything.") }
    }

    var scope: WatchScope { thread != nil ? .thread : discussion != nil ? .discussion : .everything }
    var key: String { thread ?? discussion ?? "" }

    func check(_ source: SQLSource) throws {
      if let thread, try SourceUnavailable.foundByTyped({ try source.threads(keys: [thread]) }).isEmpty {
        throw Failure(.usage, "the forum has no thread \"\(thread)\"")
      }
      if let discussion, try SourceUnavailable.foundByTyped({ try source.discussions(keys: [discussion]) }).isEmpty {
        throw Failure(.usage, "the forum has no discussion \"\(discussion)\"")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List a participant's watches and mutes, wherever they are kept.")
    @OptionGroup var about: PersonArgument
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let workshop = try Workshop(option)
        let watches = try workshop.watches(of: try workshop.participant(about.person))
        print(watches.isEmpty ? "No watches." : watches.joined(separator: "\n"))
      }
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Set a watch or a mute, or change the mode of one.")
    @OptionGroup var about: PersonArgument
    @OptionGroup var target: Target
    @Option(help: "How its posts come; without it, as the person has chosen for all.")
    var mode: Mode?
    @Flag(help: "A mute instead of a watch: nothing comes from there.")
    var mute = false
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let workshop = try Workshop(option)
        let participant = try workshop.participant(about.person)
        try target.check(workshop.source)
        let now = workshop.now()
        let watch = Watch(scope: target.scope, isMute: mute, mode: mode, since: now)
        if let writer = workshop.writer {
          try writer.put(watch, target: target.key, participant: participant.key, now: now)
        } else {
          let id = try workshop.ledger.people(keys: [participant.key])[participant.key]!.id
          try workshop.ledger.put(Ledger.OwnWatch(person: id, target: target.key, watch: watch))
          try workshop.moveDigest(of: participant)
        }
        print(try workshop.watches(of: participant).joined(separator: "\n"))
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a watch or a mute.",
      discussion: "Of a watch that a foreign forum keeps, this sets a mute; done again, it takes the mute back.")
    @OptionGroup var about: PersonArgument
    @OptionGroup var target: Target
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let workshop = try Workshop(option)
        let participant = try workshop.participant(about.person)
        if let writer = workshop.writer {
          let removed = try writer.removeWatch(
            scope: target.scope, target: target.key, participant: participant.key)
          return print(removed ? "Removed." : "There was no such watch.")
        }
        let id = try workshop.ledger.people(keys: [participant.key])[participant.key]!.id
        let removed = try workshop.ledger.removeOwnWatch(person: id, scope: target.scope, target: target.key)
        let kept = try workshop.source.watches(of: participant.key)
        if !removed, kept.contains(where: { $0.watch.scope == target.scope && $0.target == target.key }) {
          let mute = Watch(scope: target.scope, isMute: true, since: workshop.now())
          try workshop.ledger.put(Ledger.OwnWatch(person: id, target: target.key, watch: mute))
          print(
            "The forum itself keeps this watch; it is silenced by a mute. `watch remove` again takes the mute back.")
        } else {
          print(removed ? "Removed." : "There was no such watch.")
        }
        try workshop.moveDigest(of: participant)
      }
    }
  }
}

extension Mode: ExpressibleByArgument {}

extension Workshop {
  /// A line for each watch of a person, the forum's own and those that the ledger keeps.
  func watches(of participant: Participant) throws -> [String] {
    let id = try ledger.people(keys: [participant.key])[participant.key]!.id
    let kept = try source.watches(of: participant.key).map { describe($0.watch, $0.target, $0.title) }
    return try kept + ledger.ownWatches(of: id).map { describe($0.watch, $0.target, "kept by Watchpost") }
  }

  private func describe(_ watch: Watch, _ target: String, _ title: String) -> String {
    var text = watch.isMute ? "mute " : ""
    text += watch.scope == .everything ? "everything" : "\(watch.scope.rawValue) \(target)"
    if let mode = watch.mode { text += ", \(mode.rawValue)" }
    if let since = watch.since { text += ", since \(since)" }
    return title.isEmpty ? text : "\(text) — \(title)"
  }
}
