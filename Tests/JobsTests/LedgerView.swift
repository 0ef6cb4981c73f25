import Identifiers
import Ledger
import SQL
import TestSupport
import Time

/// Looks at the ledger's rows from outside, as an operator with a shell would.
extension TestSite {
  struct Row: Hashable {
    var id: DeliveryID
    /// The person's name.
    var name: String
    /// The post's key; nil for a digest.
    var post: String?
    var state: DeliveryState
    var reason: String?
    var due: Timestamp
    var attempts: Int
    var isLeased: Bool
  }

  /// All deliveries in the order in which they were made.
  func deliveries() throws -> [Row] {
    let names = try names()
    return try fixture.ledgerFile.read {
      try $0.query(
        """
        SELECT d.id, p.person_key, j.post_key, d.state, d.reason, d.due, d.attempts, d.lease IS NOT NULL
        FROM delivery d JOIN person p ON p.id = d.person LEFT JOIN journal j ON j.position = d.post ORDER BY d.id
        """
      ) {
        Row(
          id: DeliveryID($0.integer(0)), name: names[$0.text(1)] ?? "?", post: $0.optionalText(2),
          state: DeliveryState(rawValue: $0.text(3))!, reason: $0.optionalText(4), due: Timestamp($0.integer(5)),
          attempts: Int($0.integer(6)), isLeased: $0.integer(7) != 0)
      }
    }
  }

  /// The state of the one delivery to each person.
  func states() throws -> [String: DeliveryState] {
    Dictionary(try deliveries().map { ($0.name, $0.state) }, uniquingKeysWith: { _, last in last })
  }

  /// The decision about each person for a post, by name: `instant thread`, `skipped muted`.
  func decisions(_ post: String) throws -> [String: String] {
    let names = try names()
    let rows = try fixture.ledgerFile.read {
      try $0.query(
        """
        SELECT p.person_key, d.decision, d.detail FROM decision d JOIN person p ON p.id = d.person
        JOIN journal j ON j.position = d.post WHERE j.post_key = $1
        """, [.text(post)]
      ) { (names[$0.text(0)] ?? "?", "\($0.text(1)) \($0.text(2))") }
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  struct AttemptRow: Hashable {
    var delivery: DeliveryID
    var number: Int
    var address: String
    var outcome: String
    var scope: String?
    var answer: String
  }

  func attempts() throws -> [AttemptRow] {
    try fixture.ledgerFile.read {
      try $0.query(
        "SELECT delivery, number, address, outcome, scope, answer FROM attempt ORDER BY delivery, number"
      ) {
        AttemptRow(
          delivery: DeliveryID($0.integer(0)), number: Int($0.integer(1)), address: $0.text(2), outcome: $0.text(3),
          scope: $0.optionalText(4), answer: $0.text(5))
      }
    }
  }

  /// The journal's posts in their order.
  func journal() throws -> [String] {
    try fixture.ledgerFile.read { try $0.query("SELECT post_key FROM journal ORDER BY position") { $0.text(0) } }
  }

  func count(_ sql: String) throws -> Int {
    try fixture.ledgerFile.read { try $0.first(sql) { Int($0.integer(0)) } ?? 0 }
  }

  /// The slot of a person, by name: when, and for which local date.
  func slot(of name: String) throws -> (due: Timestamp, date: String?, kind: String)? {
    let key = try names().first { $0.value == name }?.key ?? ""
    return try fixture.ledgerFile.read {
      try $0.first(
        """
        SELECT due, slot_date, kind FROM digest_slot WHERE person = (SELECT id FROM person WHERE person_key = $1)
        """, [.text(key)]
      ) { (Timestamp($0.integer(0)), $0.optionalText(1), $0.text(2)) }
    }
  }

  /// The participants' names by key.
  func names() throws -> [String: String] {
    let rows = try fixture.forum.read {
      try $0.query("SELECT id, name FROM participant") { ($0.text(0), $0.text(1)) }
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
