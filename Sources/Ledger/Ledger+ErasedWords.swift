import Foundation
import Identifiers
import SQL

/// Words in which somebody who is erased is named (rule A6): those that were said of them or to them go, in those of others
/// they become their pseudonym.
extension Ledger {
  /// What was said of them, or to them, in words.
  static func forgetWords(about person: PersonID, _ pseudonym: String, _ connection: any Connection) throws {
    try connection.run("UPDATE notice SET body = '', topic = 'erased' WHERE person = $1", [.id(person)])
    // Behind ": " are a server's words or an admin's.
    let told = try connection.query(
      "SELECT id, kind, detail FROM event WHERE person = $1 AND (detail LIKE '%: %' OR kind = 'held')", [.id(person)]
    ) { (id: $0.integer(0), kind: $0.text(1), detail: $0.text(2)) }
    for one in told {
      var words = one.detail.components(separatedBy: ": ")[0]
      if one.kind == StoryEvent.Kind.held.rawValue, case .domain? = HoldReason(text: words) { words = pseudonym }
      try connection.run("UPDATE event SET detail = $2 WHERE id = $1", [.integer(one.id), .text(words)])
    }
    // An order that was about them alone.
    try connection.run(
      """
      UPDATE resend SET asked = $2, order_key = NULL WHERE audit IN (SELECT id FROM audit WHERE person = $1)
      """, [.id(person), .text(pseudonym)])
    try connection.run(
      "UPDATE audit SET subject = $2, reason = '', outcome = '' WHERE person = $1", [.id(person), .text(pseudonym)])
  }

  /// Texts that are somebody else's, or nobody's, and may name them: a server's answer, an admin's words.
  private static let maskedTexts: KeyValuePairs<String, NameMask.Kind> = [
    "notice.body": .words, "event.detail": .behindColon, "hold.reason": .behindColon, "note.value": .json,
    "domain_refusal.answer": .words, "set_aside.value": .words, "set_aside.complaint": .told, "audit.subject": .told,
    "audit.reason": .words, "audit.outcome": .told, "run.report": .json, "received.detail": .told,
    "suppression.reason": .words, "failure.diagnostic": .words, "resend.order_key": .words, "resend.asked": .told,
  ]
  /// Texts that may be their key or their name, and nothing besides.
  private static let wholeTexts = [
    "journal.author_key", "candidate.author_key", "set_aside.value", "audit.subject",
  ]

  static func mask(_ traces: Traces, _ connection: any Connection) throws {
    func place(_ name: String) -> (table: Substring, column: Substring) {
      let parts = name.split(separator: ".")
      return (parts[0], parts[1])
    }
    let mask = NameMask(
      addresses: traces.addresses, key: traces.key, name: traces.name, pseudonym: traces.pseudonym)
    for (text, kind) in maskedTexts {
      let (table, column) = place(text)
      try Ledger.mask(String(table), String(column), kind, mask, connection)
    }
    let whole = [traces.key, traces.name].filter { !$0.isEmpty }
    for (table, column) in wholeTexts.map(place) {
      let known = column == "author_key" ? [traces.key] : whole
      try connection.run(
        "UPDATE \(table) SET \(column) = $2 WHERE \(column) IN ($1)", [.texts(known), .text(traces.pseudonym)])
    }
    try connection.run(
      "DELETE FROM set_aside WHERE subject = 'participant' AND row_key = $1", [.text(traces.key)])
    // The post's people are gone through from the first again: who is decided about stays so.
    try connection.run(
      "UPDATE fan_out SET after_key = NULL, after_person = NULL WHERE after_key = $1", [.text(traces.key)])
  }

  /// One column: read once, and written where a text names them.
  private static func mask(
    _ table: String, _ column: String, _ kind: NameMask.Kind, _ mask: NameMask, _ connection: any Connection
  ) throws {
    let (lower, asIs) = mask.needles
    let conditions =
      lower.indices.map { "lower(\(column)) LIKE $\($0 + 1) ESCAPE '\\'" }
      + asIs.indices.map { "\(column) LIKE $\(lower.count + $0 + 1) ESCAPE '\\'" }
    if conditions.isEmpty { return }
    // By its own name somebody's key hash is known: whatever it looks like, it stays.
    let besides = table == "note" ? " AND name <> '\(nameNote)'" : ""
    let texts = try connection.query(
      "SELECT DISTINCT \(column) FROM \(table) WHERE (\(conditions.joined(separator: " OR ")))\(besides)",
      (lower + asIs).map(Value.text)
    ) { $0.text(0) }
    for text in texts {
      let masked = mask.masked(text, kind)
      if masked == text { continue }
      // Two orders' names may have differed in that alone; then the later has none.
      let isTaken =
        try column == "order_key"
        && connection.exists(
          "SELECT 1 FROM resend WHERE order_key = $1", [.text(masked)])
      try connection.run(
        "UPDATE \(table) SET \(column) = $2 WHERE \(column) = $1", [.text(text), isTaken ? .null : .text(masked)])
    }
  }
}
