import ArgumentParser
import Forum
import Identifiers
import Jobs
import Ledger
import Time

/// `watchpost audit`: what admins did.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Show which commands changed something, who gave them, when and why.",
    discussion: """
      The last one first. It has every command that changed something: resend, release, discard, resume, queue, suppression, \
      participant, watch, preview --send-to. It is kept for ever.

      With --json: an array of objects with number, at, operator, command, subject, outcome, and where there is one \
      reason and participant.
      """)

  @Option(
    help: ArgumentHelp("None older than this, in UTC, such as 2026-05-26 or 2026-05-26T12:00:00Z.", valueName: "time"))
  var since: String?
  @Option(help: "What was about this person alone: an address, an account name, or an id in the forum's database.")
  var person: String?
  @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
  var limit = 50
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      guard limit > 0 else { throw Failure(.usage, "--limit: \(limit) is less than 1") }
      let moment = try since?.moment(of: "--since")
      let installation = try Installation(option)
      var about: PersonID?
      if let person {
        let key = try StoryReading(installation).person(person).0
        // Of somebody whom the ledger never met nothing was done.
        about = try installation.ledger.people(keys: [key], isRecording: false)[key]?.id ?? 0
      }
      let found = try installation.ledger.audit(since: moment, of: about, limit: limit == .max ? limit : limit + 1)
      let shown = try installation.reports(found.prefix(limit))
      if json { return print(jsonLine(shown)) }
      print(shown.isEmpty ? "Nothing was changed by a command." : AuditReport.table(shown).joined(separator: "\n"))
      if found.count > limit { print("There are more: watchpost audit --limit \(limit * 4)") }
      if person == nil, !shown.isEmpty { print("Next: watchpost audit --person PERSON") }
    }
  }
}

/// One thing that an admin did; its keys are an interface.
struct AuditReport: Encodable {
  /// Its number, the larger the later.
  var number: Int64
  /// In UTC.
  var at: String
  /// The name of their account on the machine; empty where that was not known.
  var `operator`: String
  /// The command, and what it was about, as it was typed.
  var command, subject: String
  /// What it did.
  var outcome: String
  /// Why; left out where none was given.
  var reason: String?
  /// The forum's key of the person whom alone it was about.
  var participant: String?

  static func table(_ reports: [AuditReport]) -> [String] {
    var table = Table(["time", "operator", "command", "subject", "outcome", "reason"])
    for one in reports {
      table.add([
        one.at, one.operator.isEmpty ? "-" : one.operator, one.command, one.subject, one.outcome, one.reason ?? "-",
      ])
    }
    return table.lines()
  }
}

extension Installation {
  fileprivate func reports(_ entries: some Collection<(number: Int64, entry: AuditEntry)>) throws -> [AuditReport] {
    let people = try ledger.people(ids: Set(entries.compactMap(\.entry.person)))
    return entries.map { number, entry in
      AuditReport(
        number: number, at: entry.at.description, operator: entry.operatorName, command: entry.command,
        subject: entry.subject, outcome: entry.outcome, reason: entry.reason.isEmpty ? nil : entry.reason,
        participant: entry.person.flatMap { people[$0]?.key })
    }
  }
}
