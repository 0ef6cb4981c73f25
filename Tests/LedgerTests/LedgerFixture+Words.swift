import Foundation
import Identifiers
import SQL
import TestSupport
import Testing

@testable import Ledger

/// Somebody who had to do with every table, and is erased.
extension LedgerFixture {
  /// The columns that hold text or octets.
  func texts() throws -> Set<String> {
    let query =
      TestDatabase.isPostgres
      ? """
      SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea')
      """
      : """
      SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
      WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND c.type IN ('TEXT', 'BLOB')
      """
    return Set(try file.read { try $0.query(query) { "\($0.text(0)).\($0.text(1))" } })
  }

  /// Fills every column that can hold a word of a person's with one, in rows of their own.
  /// - Returns: their number.
  func fill(_ word: String) throws -> PersonID {
    let (key, address) = ("\(word)-key", "\(word)@\(word).example")
    let person = try people(key)[0]
    let post = try entry("1\(word.count)")
    try decide(post, instant: [person])
    try decide(try entry("2\(word.count)"), digest: [person])
    let copy = try #require(try rows().values.first { $0.person == person }).id
    let raw = Array("From: \(word) <\(address)>\r\nTo: a@b.example\r\n\r\nI am \(word).\r\n".utf8)
    try file.write { connection in
      func put(_ table: String, _ row: KeyValuePairs<String, Value>) throws {
        let marks = row.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        try connection.run(
          "INSERT INTO \(table) (\(row.map(\.key).joined(separator: ", "))) VALUES (\(marks))", row.map(\.value))
      }
      let (id, text, at): (Value, Value, Value) = (.id(person), .text("\(word) text"), .integer(now.seconds))
      let said = Value.text("550 5.1.1 <\(address)>: \(word) is unknown")
      let aside = Value.text("it names <\(address)> and goes on")
      try put("preference", ["person": id, "mode": "digest", "zone": text, "language": text])
      try put("own_watch", ["scope": "thread", "target": text, "person": id, "mute": 0, "since": 1])
      try put("last_digest", ["person": id, "slot_date": "2026-05-26"])
      try put("stopped", ["person": id, "since": at])
      try put(
        "suppression",
        ["address": .text(address), "reason": said, "since": at, "person": id, "cause": "failures", "next_probe": at])
      try put("address_score", ["address": .text(address), "tenths": 40, "last_at": at])
      try put(
        "failure",
        [
          "delivery": .id(copy), "person": id, "address": .text(address), "severity": "hard", "source": "dialogue",
          "status": "5.1.1", "diagnostic": said, "tenths": 20, "at": at,
        ])
      try put(
        "attempt",
        [
          "delivery": .id(copy), "number": 1, "address": .text(address), "began_at": at, "ended_at": at,
          "outcome": "transient", "scope": "recipient", "answer": said,
        ])
      try put(
        "domain_refusal",
        [
          "domain": .text("\(word).example"), "delivery": .id(copy), "answer": said, "refused_at": at, "person": id,
        ])
      try put("hold", ["kind": "domain", "name": .text("d\(word.count).example"), "reason": aside, "since": at])
      try put("note", ["name": .text("n\(word.count)"), "value": aside])
      try put("run", ["job": "dispatch", "started_at": at, "report": aside])
      try put("notice", ["person": id, "topic": text, "body": text, "created_at": at])
      try put("notice", ["person": 4711, "topic": "confirm", "body": aside, "created_at": at])
      try put("event", ["happened_at": at, "person": id, "kind": "stopped", "detail": said])
      try put("event", ["happened_at": at, "person": 4711, "kind": "held", "detail": aside])
      // Theirs; nobody's that waits; somebody else's who they wrote to.
      for (identity, owner, state) in [("a", id, "done"), ("b", Value.null, "waiting"), ("c", 4711, "done")] {
        try put(
          "received",
          [
            "identity": .text("\(identity)\(word.count)"), "mailbox": "inbox", "recipient": text, "arrived_at": at,
            "taken_at": at, "size": .integer(Int64(raw.count)), "raw": .octets(raw), "state": .text(state), "due": at,
            "detail": text, "person": owner,
          ])
      }
      try put(
        "reply",
        [
          "received": .integer(Int64(word.count)), "mail_key": .text("k\(word.count)"), "person": id, "post": 1,
          "thread_key": "t", "body": text, "elided": text, "body_hash": text, "notes": text, "message_id": text,
          "subject": text, "arrived_at": at, "state": "parked", "reason": "flood", "due": at,
        ])
      try put("sign_in", ["person": id, "address": text, "created_at": at])
      try put("web_session", ["name": text, "person": id, "address": text, "created_at": at, "seen_at": at])
      for (owner, subject, words) in [(id, text, text), (Value.null, Value.text(key), aside)] {
        try put(
          "audit",
          [
            "given_at": at, "operator": "li", "command": "release", "subject": subject, "reason": words,
            "outcome": words, "person": owner,
          ])
      }
      try put(
        "resend",
        ["order_key": .text("o \(address)"), "audit": 4711, "asked": aside, "forced": "", "given_at": at])
      try connection.run(
        """
        INSERT INTO resend (order_key, audit, asked, forced, given_at)
        SELECT CAST($2 AS TEXT), id, CAST($2 AS TEXT), '', 1 FROM audit WHERE person = $1
        """, [id, .text("to \(key)")])
      for (kind, detail) in [("held", "domain \(word).example: \(word)"), ("resent", "1 li: \(word) asked")] {
        try put(
          "event",
          ["happened_at": at, "person": id, "delivery": .id(copy), "kind": .text(kind), "detail": .text(detail)])
      }
      for (subject, row, value) in [("participant", Value.text(key), text), ("post", "77", Value.text(key))] {
        try put(
          "set_aside",
          [
            "subject": .text(subject), "row_key": row, "column_name": .text("c\(word.count)"), "query": "q",
            "value": value, "complaint": aside, "since": at, "ask_at": at, "told": 0,
          ])
      }
      try put(
        "candidate",
        [
          "post_key": .text("c\(word.count)"), "ordinal": 1, "state": "pending", "thread_key": "t",
          "discussion_key": "d", "urgent": 0, "seen_at": at, "ask_at": at, "author_key": .text(key),
        ])
      try connection.run(
        "UPDATE journal SET author_key = $2 WHERE position = $1", [.id(post.position), .text(key)])
      try connection.run(
        "UPDATE fan_out SET after_key = $2 WHERE post = $1", [.id(post.position), .text(key)])
      if try !connection.exists("SELECT 1 FROM fan_out WHERE post = $1", [.id(post.position)]) {
        try put("fan_out", ["post": .id(post.position), "after_key": .text(key)])
      }
    }
    return person
  }

  func erasing(_ word: String) -> Ledger.Erasing {
    Ledger.Erasing(
      key: "\(word)-key", name: "\(word) text", addresses: ["\(word)@\(word).example"],
      pseudonym: "erased-0123456789ab",
      entry: AuditEntry(at: now, operatorName: "li", command: "participant erase", subject: "", reason: "asked for"))
  }

  @discardableResult
  func erase(_ word: String, by ledger: Ledger? = nil, isTried: Bool = false) throws -> Ledger.Erasure {
    try (ledger ?? self.ledger).erase(erasing(word), now: now, isTried: isTried) { "a ledger" }
  }

  /// The columns in which a word stands.
  func places(of word: String) throws -> Set<String> {
    try file.read { connection in
      Set(
        try texts().filter { place in
          let parts = place.split(separator: ".")
          return try connection.query("SELECT \(parts[1]) FROM \(parts[0])") {
            $0.isNull(0) ? "" : place == "received.raw" ? String(decoding: $0.octets(0), as: UTF8.self) : $0.text(0)
          }.contains { $0.contains(word) }
        })
    }
  }
}
