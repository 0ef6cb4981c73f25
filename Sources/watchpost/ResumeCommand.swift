import ArgumentParser
import Time

/// `watchpost resume`: the admin's word after a backup was restored.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on after the ledger or the forum was restored from a backup.",
    discussion: """
      A run notices that the ledger is older than what it has done, or that the forum gives numbers of lost posts to new \
      ones, and holds. Which mails went out between the backup and the restore, no program knows any more: you say it.

      --from now: all that was to be mailed until now has been, also what waits for another try. --from all: none of it has; what went out since the \
      backup goes out again. A time: what could be seen, or was due, before it has been mailed. Digests whose hour comes \
      later go out as ever.
      """)

  @Option(
    help: ArgumentHelp("now, all, or a time in UTC such as 2026-05-26T12:00:00Z.", valueName: "time"))
  var from: Start
  @Flag(help: "Also where nothing shows that a backup was restored, such as after a machine was restored whole.")
  var force = false
  @Option(help: "Why, for the audit log.")
  var reason: String?
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON: command, subject, outcome, count.")
  var json = false

  /// Until when everything has been mailed.
  enum Start: ExpressibleByArgument, CustomStringConvertible {
    case now, all
    case moment(Timestamp)

    var description: String {
      switch self {
      case .now: "now"
      case .all: "all"
      case .moment(let moment): moment.description
      }
    }

    init?(argument: String) {
      switch argument {
      case "now": self = .now
      case "all": self = .all
      default:
        guard let moment = Timestamp(iso8601: argument) else { return nil }
        self = .moment(moment)
      }
    }
  }

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let (ledger, now) = (installation.ledger, installation.now())
      let held = try ledger.holds().filter { $0.kind == .forum || $0.kind == .ledger }
      let witness = try installation.witness.ahead(of: ledger)
      guard force || !held.isEmpty || witness != nil else {
        throw Failure(
          .usage, "nothing shows that a backup was restored; if one was all the same, say so with --force")
      }
      let moment: Timestamp? =
        switch from {
        case .now: now
        case .all: nil
        case .moment(let moment): min(moment, now)
        }
      let isEverything = if case .now = from { true } else { false }
      // What is written from here on is new, whatever its time.
      let newest = try held.contains { $0.kind == .forum } ? installation.forum.newestOrdinal() : nil
      let resumed = try ledger.resume(
        mailedUntil: moment, isEverything: isEverything, witness: witness, isForced: force, newest: newest, now: now)
      try installation.settled(.restoredLedger, .restoredForum)
      var report = CommandReport("resume", "--from \(from)\(force ? " --force" : "")", reason: reason)
      report.tell(
        """
        The next run goes on. Waiting mails that are not sent: \(resumed.dropped); posts left out of digests: \
        \(resumed.undigested).
        """, resumed.dropped)
      if resumed.erased > 0 {
        report.outcome += "\nPeople who had been erased and were there again: \(resumed.erased). They are erased."
      }
      try installation.finish(report, json: json)
    }
  }
}
