import Identifiers
import Jobs
import Ledger

/// What a command changed, for people, for scripts and for the audit log. Its keys are an interface.
struct CommandReport: Encodable {
  /// The command, without what it was about: `release`, `queue hold`.
  let command: String
  /// What it was about, as it was typed.
  let subject: String
  /// What it did, in words.
  var outcome: String
  /// How many messages, posts or replies it concerned; left out where nothing is counted.
  var count: Int?
  /// Why, in the admin's words; left out where they gave none.
  var reason: String?
  /// The first of them, where it was a dry run; left out otherwise.
  var messages: [QueueReport]?
  /// Commands to type next; left out where there are none.
  var next: [String]?
  /// Whom alone it was about; the audit log has it.
  var person: PersonID?

  private enum CodingKeys: CodingKey { case command, subject, outcome, count, reason, messages, next }

  init(_ command: String, _ subject: String, reason: String? = nil, outcome: String = "", count: Int? = nil) {
    (self.command, self.subject, self.outcome, self.count) = (command, subject, outcome, count)
    self.reason = reason.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Done so and so often.
  mutating func tell(_ words: String, _ count: Int? = nil) { (outcome, self.count) = (words, count) }

  /// For people.
  var lines: [String] { [outcome] + (next ?? []).map { "Next: \($0)" } }

  /// As standard output has it.
  func text(json: Bool) -> String { json ? jsonLine(self) : lines.joined(separator: "\n") }
}

extension Installation {
  /// As the audit log keeps it.
  func entry(_ report: CommandReport) -> AuditEntry {
    AuditEntry(
      at: now(), operatorName: Operator.name, command: report.command, subject: report.subject,
      reason: report.reason ?? "", outcome: report.outcome, person: report.person)
  }

  /// Writes down what a command changed: each that changes something does, here or in the ledger's own transaction.
  func record(_ report: CommandReport) throws { try ledger.record(entry(report)) }

  /// Writes it down, and tells it.
  func finish(_ report: CommandReport, json: Bool) throws {
    try record(report)
    print(report.text(json: json))
  }
}
