import Foundation
import SQL
import Time

/// A restored ledger does not know that it was: what runs leave outside it tells (rule E3).
extension Ledger {
  /// What runs leave outside the ledger, to see by it that the ledger went back.
  public struct Witness: Hashable, Sendable, Codable {
    /// The ledger's own name, which no other has.
    public var ledger: String
    /// How often word was left.
    public var count: Int64
    /// The largest numbers given: positions in the journal, people, digests, deliveries, leases.
    public var journal, person, digest, delivery, lease: Int64
    /// The same of messages that came in; nil where an older program left word.
    public var received: Int64?
    /// Seconds since 1970.
    public var at: Int64
    /// Who was erased: what each is known again by, and their pseudonym; nil: nobody, as far as an older program tells.
    public var erased: [String: String]?

    /// The further of two words of one ledger, with everybody who is erased by either: who was erased stays so, whatever
    /// a ledger says that was restored since.
    public func joined(with other: Witness?) -> Witness {
      guard let other, other.ledger == ledger else { return self }
      var word = count >= other.count ? self : other
      for field in [\Witness.journal, \.person, \.digest, \.delivery, \.lease] {
        word[keyPath: field] = max(self[keyPath: field], other[keyPath: field])
      }
      word.received = [received, other.received].compactMap(\.self).max()
      word.erased = (erased ?? [:]).merging(other.erased ?? [:]) { first, _ in first }
      if word.erased?.isEmpty == true { word.erased = nil }
      return word
    }
  }

  static let nameNote = "ledger name"

  /// Its name went while word was left: a bug, or a hand in the table.
  private struct NoName: Error {}

  /// How a ledger stands to the last word that was left in its place.
  public enum Standing: Hashable, Sendable {
    /// The word is this ledger's, and the last that was left.
    case goesOn
    /// The word is this ledger's, which went on since: by another host, or a command.
    case wentOn
    /// It was further than it is: it was restored.
    case behind
    /// The word is another ledger's.
    case another
  }

  /// How this ledger stands to a word that was left.
  public func standing(to last: Witness) throws -> Standing {
    // One that has no name has never left word, and a word is there: it is of before the first one.
    guard let name = try note(Ledger.nameNote) else { return .behind }
    if name != last.ledger { return .another }
    let count = try mark(.witnessed) ?? 0
    return last.count > count ? .behind : last.count < count ? .wentOn : .goesOn
  }

  /// What its tokens are signed for besides their key: its own name. The numbers in the links of another ledger's mails
  /// are somebody else's here: begun anew under the old keys, a ledger knows none of them.
  /// - Parameter makeName: as `leaveWitness` has it; nil: one that has no name yet is given none.
  /// - Returns: nil for a ledger that has signed for none.
  public func tokenRealm(makeName: (() -> String)?) throws -> String? {
    if try note("tokens") != nil { return nil }
    if let makeName, try note(Ledger.nameNote) == nil { try changeNote(Ledger.nameNote) { $0 ?? makeName() } }
    return try note(Ledger.nameNote)
  }

  /// What is left as word of the ledger; counts that it is.
  /// - Parameter makeName: a name that no other ledger has, asked for once in a ledger's life.
  public func leaveWitness(now: Timestamp, makeName: () -> String) throws -> Witness {
    if try note(Ledger.nameNote) == nil { try changeNote(Ledger.nameNote) { $0 ?? makeName() } }
    _ = try database.write { try Ledger.increment(.witnessed, by: 1, $0) }
    guard let word = try word(now: now) else { throw NoName() }
    return word
  }

  /// What would be left as word of the ledger as it is, without counting that; nil where none was ever left.
  public func word(now: Timestamp) throws -> Witness? {
    try database.read { connection in
      guard let name = try Ledger.note(Ledger.nameNote, connection) else { return nil }
      var word = try Ledger.extent(connection)
      word.erased = try Ledger.allErased(connection)
      (word.ledger, word.at) = (name, now.seconds)
      return word
    }
  }

  /// The ledger was restored: it is held until the admin's word, and what this host knows of it as it was is kept for
  /// whichever host that word is given on.
  public func holdRestored(_ last: Witness, now: Timestamp) throws {
    try database.write { connection in
      try Ledger.hold(.ledger, "", "it was further at \(Timestamp(last.at))", now, connection)
      let word = try last.joined(with: Ledger.keptWord(connection))
      try Ledger.setNote(Ledger.wordNote, String(decoding: JSONEncoder().encode(word), as: UTF8.self), connection)
    }
  }

  private static let wordNote = "ledger before it was restored"

  static func keptWord(_ connection: any Connection) throws -> Witness? {
    try note(wordNote, connection).flatMap { try? JSONDecoder().decode(Witness.self, from: Data($0.utf8)) }
  }

  static func dropKeptWord(_ connection: any Connection) throws {
    try connection.run("DELETE FROM note WHERE name = $1", [.text(wordNote)])
  }

  /// Erases again whom a host knows to be erased and the ledger does not: it was restored, and went on by another host's
  /// word. Where nobody is missing, nothing is written.
  /// - Returns: how many.
  public func eraseAgain(_ erased: [String: String], now: Timestamp) throws -> Int {
    if erased.isEmpty { return 0 }
    let known = try database.read { try Set($0.query("SELECT key_hash FROM erased") { $0.text(0) }) }
    if known.isSuperset(of: erased.keys) { return 0 }
    return try database.write { try Ledger.eraseAgain(erased, now: now, $0) }
  }

  /// How far the ledger is.
  private static func extent(_ connection: any Connection) throws -> Witness {
    func largest(_ column: String, _ table: String) throws -> Int64 {
      try connection.first("SELECT coalesce(max(\(column)), 0) FROM \(table)") { $0.integer(0) } ?? 0
    }
    return Witness(
      ledger: "", count: try Ledger.mark(.witnessed, connection) ?? 0,
      journal: try largest("position", "journal"),
      person: try largest("id", "person"), digest: try largest("id", "digest"),
      delivery: try Ledger.mark(.delivery, connection) ?? 0, lease: try Ledger.mark(.lease, connection) ?? 0,
      received: try largest("id", "received"), at: 0)
  }

  /// Numbers given since the last word was left are not known: so many are left out beside those that are.
  private static let margin: Int64 = 100_000

  /// How many where no word was left, or it went back with the ledger: more than weeks give.
  private static let leap: Int64 = 10_000_000

  /// Lets numbers go on behind those of a witness; without one, far behind those that the ledger knows.
  static func skip(to last: Witness?, _ dialect: Dialect, _ connection: any Connection) throws {
    let (witness, margin) = try (last ?? extent(connection), last == nil ? leap : margin)
    for (mark, last) in [(Mark.delivery, witness.delivery), (.lease, witness.lease)] {
      try set(mark, max(last + margin, try Ledger.mark(mark, connection) ?? 0), connection)
    }
    if let last {
      if try note(nameNote, connection) == nil { try setNote(nameNote, last.ledger, connection) }
      try set(.witnessed, max(last.count + 1, try Ledger.mark(.witnessed, connection) ?? 0), connection)
    }
    for (table, column, last) in [
      ("journal", "position", witness.journal), ("person", "id", witness.person), ("digest", "id", witness.digest),
      ("received", "id", witness.received ?? 0),
    ] {
      let next = Value.integer(last + margin)
      switch dialect {
      case .sqlite:
        if try connection.run("UPDATE sqlite_sequence SET seq = max(seq, $2) WHERE name = $1", [.text(table), next])
          == 0
        {
          try connection.run("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", [.text(table), next])
        }
      case .postgres:
        _ = try connection.query(
          "SELECT setval(pg_get_serial_sequence($1, $2), greatest($3, (SELECT coalesce(max(\(column)), 0) FROM \(table))))",
          [.text(table), .text(column), next]
        ) { _ in }
      }
    }
  }
}
