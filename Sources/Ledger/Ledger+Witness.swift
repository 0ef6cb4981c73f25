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
  }

  static let nameNote = "ledger name"

  /// How a ledger stands to the last word that was left in its place.
  public enum Standing: Hashable, Sendable {
    /// The word is this ledger's, and not ahead of it.
    case goesOn
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
    return last.count > (try mark(.witnessed) ?? 0) ? .behind : .goesOn
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
    let ledger = try note(Ledger.nameNote) ?? ""
    _ = try database.write { try Ledger.increment(.witnessed, by: 1, $0) }
    var word = try database.read { connection in
      var word = try Ledger.extent(connection)
      word.erased = try Ledger.allErased(connection)
      return word
    }
    (word.ledger, word.at) = (ledger, now.seconds)
    return word
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
