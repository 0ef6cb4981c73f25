import Crypto
import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import SQL
import Time

/// People who were erased (rule A6): known again, so that a forum that lists them still makes nobody new of them, and
/// named by nothing that says who they were. What else would write of them asks here first, in the transaction in which
/// it writes: a run that was at work when they were erased brings nothing back.
extension Ledger {
  /// `erased.key_hash` is what the forum's key is known again by; the person's row has their pseudonym for a key.
  static let erasedTable = Migration(
    22, "people who were erased",
    """
    CREATE TABLE erased (
      person BIGINT PRIMARY KEY,
      key_hash TEXT NOT NULL UNIQUE,
      erased_at BIGINT NOT NULL
    );
    """)

  /// What a forum's key is known again by: HMAC-SHA256 under the ledger's own name, which no other ledger has, in
  /// hexadecimal. Not under a signing key of the installation: those are changed, and who took one away would let
  /// everybody who was erased come back. The name lies in the ledger and in the word that is left beside it, and goes
  /// where they go: to a backup too.
  static func keyHash(_ key: String, ledger name: String) -> String {
    let secret = SymmetricKey(data: Data("erased \(name)".utf8))
    return HMAC<SHA256>.authenticationCode(for: Data(key.utf8), using: secret).map { octet in
      let digits = String(octet, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  // MARK: Who was erased

  /// Nearly always nobody was; the index tells.
  private static func hasErased(_ connection: any Connection) throws -> Bool {
    try connection.exists("SELECT 1 FROM erased WHERE person > 0 LIMIT 1")
  }

  /// The pseudonyms of those of these people who were erased.
  static func erased(among people: some Sequence<PersonID>, _ connection: any Connection) throws -> [PersonID: String] {
    guard try hasErased(connection) else { return [:] }
    let rows = try connection.query(
      "SELECT e.person, p.person_key FROM erased e JOIN person p ON p.id = e.person WHERE e.person IN ($1)",
      [.ids(Set(people).sorted())]
    ) { ($0.id(0) as PersonID, $0.text(1)) }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  static func isErased(_ person: PersonID, _ connection: any Connection) throws -> Bool {
    try !erased(among: [person], connection).isEmpty
  }

  /// Whose of these keys of the forum's were erased, with the number and the pseudonym of each.
  static func erased(
    keys: some Sequence<String>, _ connection: any Connection
  ) throws -> [ForumKey: (person: PersonID, pseudonym: String)] {
    guard try hasErased(connection), let name = try note(nameNote, connection) else { return [:] }
    let hashes = Dictionary(
      Set(keys.map { ForumKey($0) }).map { (keyHash($0.text, ledger: name), $0) },
      uniquingKeysWith: { first, _ in first })
    var found: [ForumKey: (person: PersonID, pseudonym: String)] = [:]
    for chunk in hashes.keys.sorted().chunks(of: chunk) {
      let rows = try connection.query(
        """
        SELECT e.key_hash, e.person, p.person_key FROM erased e JOIN person p ON p.id = e.person
        WHERE e.key_hash IN ($1)
        """, [.texts(chunk)]
      ) { (hash: $0.text(0), person: $0.id(1) as PersonID, pseudonym: $0.text(2)) }
      for row in rows { if let key = hashes[row.hash] { found[key] = (row.person, row.pseudonym) } }
    }
    return found
  }

  /// The pseudonyms of those of these keys of the forum's whose people were erased.
  public func pseudonyms(of keys: some Sequence<String>) throws -> [ForumKey: String] {
    try database.read { try Ledger.erased(keys: keys, $0).mapValues(\.pseudonym) }
  }

  /// These keys without those that are pseudonyms of ours: the forum knows none of them, and may not even take them for
  /// keys.
  public func withoutPseudonyms(_ keys: [String]) throws -> [String] {
    let pseudonyms = try database.read { connection in
      guard try Ledger.hasErased(connection) else { return Set<ForumKey>() }
      return Set(
        try keys.chunks(of: Ledger.chunk).flatMap { chunk in
          try connection.query(
            "SELECT p.person_key FROM person p JOIN erased e ON e.person = p.id WHERE p.person_key IN ($1)",
            [.texts(chunk)]
          ) { ForumKey($0.text(0)) }
        })
    }
    return pseudonyms.isEmpty ? keys : keys.filter { !pseudonyms.contains($0) }
  }

  /// When a person was erased; nil: they were not.
  public func erasedAt(_ person: PersonID) throws -> Timestamp? {
    try database.read {
      try $0.first("SELECT erased_at FROM erased WHERE person = $1", [.id(person)]) { $0.moment(0) }
    }
  }

  /// What all who were erased are known again by, with their pseudonyms; nil where nobody was.
  static func allErased(_ connection: any Connection) throws -> [String: String]? {
    guard try hasErased(connection) else { return nil }
    let rows = try connection.query(
      "SELECT e.key_hash, p.person_key FROM erased e JOIN person p ON p.id = e.person"
    ) { ($0.text(0), $0.text(1)) }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Authors of posts, with a pseudonym for each who was erased.
  static func veiled(authors: [String?], _ connection: any Connection) throws -> [String?] {
    let erased = try erased(keys: authors.lazy.compactMap(\.self), connection)
    return erased.isEmpty ? authors : authors.map { $0.map { erased[ForumKey($0)]?.pseudonym ?? $0 } }
  }

  // MARK: What is written of them

  /// Nothing is sent to these people that waits.
  static func dropWaiting(of deliveries: [DeliveryID], now: Timestamp, _ connection: any Connection) throws -> Int {
    var dropped = 0
    for chunk in deliveries.chunks(of: chunk) {
      dropped += try move(
        """
        UPDATE delivery SET state = 'dropped', reason = '\(SkipReason.erased.rawValue)', \(unleased), ended_at = $2
        WHERE id IN ($1) AND state IN ('queued', 'deferred', 'uncertain', 'held')
        """, [.ids(chunk), .integer(now.seconds)], .withheld, SkipReason.erased.rawValue, now: now, connection)
    }
    return dropped
  }
}

extension AttemptEnd {
  /// The same without what tells whom it was made to: of the answer, which often names them, its code is left.
  func veiled(_ pseudonym: String) -> AttemptEnd {
    var end = self
    (end.address, end.severity) = (pseudonym, nil)
    let code = answer.prefix(3)
    end.answer = code.count == 3 && code.allSatisfy { $0.isASCII && $0.isNumber } ? String(code) : ""
    return end
  }
}

extension FailureEvent {
  /// The same without what tells whose it was.
  func veiled(_ pseudonym: String) -> FailureEvent {
    var failure = self
    (failure.address, failure.diagnostic) = (pseudonym, "")
    return failure
  }
}

extension Ledger.Settlement {
  /// The same of a message of, or about, somebody who was erased: that it came is all that is kept.
  var veiled: Ledger.Settlement {
    var settlement = Ledger.Settlement(outcome, person: person, post: post, delivery: delivery)
    settlement.failures = failures
    return settlement
  }
}
