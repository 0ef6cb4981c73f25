import Identifiers
import SQL
import Time

/// Links that sign people in, and the sessions that follow from them (rules P1, P4). Nothing here lets anybody in who
/// has read the ledger: it keeps what links and cookies are known again by, and not what they say.
extension Ledger {
  /// Seconds for which a link signs in: a day, since some fetch their mail once a day.
  public static let linkLifetime: Int64 = 86_400
  /// Seconds after which a session ends that nobody uses.
  public static let sessionIdle: Int64 = 2 * 3600
  /// Seconds after which every session ends.
  public static let sessionLifetime: Int64 = 12 * 3600

  static let signInTables = Migration(
    17, "links that sign in",
    """
    CREATE TABLE sign_in (
      id {identity},
      person BIGINT NOT NULL,
      address TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      used_at BIGINT
    );
    CREATE INDEX sign_in_person ON sign_in (person, created_at);
    CREATE TABLE web_session (
      name TEXT PRIMARY KEY,
      person BIGINT NOT NULL,
      address TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      seen_at BIGINT NOT NULL
    );
    CREATE INDEX web_session_created ON web_session (created_at);
    """)

  /// When each of these people was last sent a link; without those who never were.
  public func lastAsked(_ people: [PersonID]) throws -> [PersonID: Timestamp] {
    let pairs = try database.read {
      try $0.query(
        "SELECT person, max(created_at) FROM sign_in WHERE person IN ($1) GROUP BY person", [.ids(people)]
      ) { ($0.id(0) as PersonID, $0.moment(1)) }
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// Queues a mail with a link that signs a person in, ahead of all others: one an hour and three a day, also where
  /// several people share the address.
  /// - Parameters:
  ///   - address: what the address is known again by that the mail goes to; with another the link is void.
  ///   - body: the notice, in Composition's form, by the link's number.
  /// - Returns: nil if the person has had enough of them.
  public func askToSignIn(
    _ person: PersonID, address: String, now: Timestamp, body: (SignInID) -> String
  ) throws -> DeliveryID? {
    try database.write { connection in
      if try Ledger.isErased(person, connection) { return nil }
      let had = try connection.query(
        """
        SELECT created_at FROM sign_in
        WHERE (person = $1 OR address = $4) AND created_at > $2 AND created_at <= $3
        """, [.id(person), .integer(now.seconds - 86_400), .integer(now.seconds), .text(address)]
      ) { $0.moment(0) }
      if had.count >= 3 || had.contains(where: { $0 > now - 3600 }) { return nil }
      try connection.run(
        "DELETE FROM sign_in WHERE person = $1 AND created_at < $2",
        [.id(person), .integer(now.seconds - 2 * Ledger.linkLifetime)])
      let link: SignInID = try connection.first(
        "INSERT INTO sign_in (person, address, created_at) VALUES ($1, $2, $3) RETURNING id",
        [.id(person), .text(address), .integer(now.seconds)]
      ) { $0.id(0) }!
      let draft = NoticeDraft(person: person, topic: "sign-in", body: body(link), limit: .max, isUrgent: true)
      return try Ledger.queue(draft, now: now, connection)
    }
  }

  /// Whether a link would sign in now.
  public func isGood(_ link: SignInID, of person: PersonID, address: String, now: Timestamp) throws -> Bool {
    try database.read {
      try $0.exists(
        "SELECT 1 FROM sign_in WHERE \(Ledger.isUnused)", Ledger.arguments(link, person, address, now))
    }
  }

  /// Uses a link up, and opens a session.
  /// - Parameter name: what the session is known again by.
  /// - Returns: false if the link was used before, is too old, or went to another address.
  public func signIn(
    by link: SignInID, _ person: PersonID, address: String, session name: String, now: Timestamp
  ) throws -> Bool {
    try database.write { connection in
      if try Ledger.isErased(person, connection) { return false }
      let used = try connection.run(
        "UPDATE sign_in SET used_at = $4 WHERE \(Ledger.isUnused)", Ledger.arguments(link, person, address, now))
      guard used > 0 else { return false }
      try connection.run(
        "DELETE FROM web_session WHERE created_at < $1 OR created_at > $2",
        [.integer(now.seconds - Ledger.sessionLifetime), .integer(now.seconds)])
      try connection.run(
        "INSERT INTO web_session (name, person, address, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
        [.text(name), .id(person), .text(address), .integer(now.seconds)])
      return true
    }
  }

  private static let isUnused = """
    id = $1 AND person = $2 AND address = $3 AND used_at IS NULL AND created_at > $4 - \(linkLifetime) AND created_at <= $4
    """

  private static func arguments(
    _ link: SignInID, _ person: PersonID, _ address: String, _ now: Timestamp
  ) -> [Value] {
    [.id(link), .id(person), .text(address), .integer(now.seconds)]
  }

  /// Whose session it is, and of which address; nil for one that has ended. A moment that lies ahead was written under a
  /// wrong clock: such a session has ended too.
  public func session(_ name: String, now: Timestamp) throws -> (person: PersonID, address: String)? {
    let found = try database.read {
      try $0.first(
        """
        SELECT person, address, seen_at FROM web_session
        WHERE name = $1 AND created_at > $2 AND created_at <= $3 AND seen_at > $4
        """,
        [
          .text(name), .integer(now.seconds - Ledger.sessionLifetime), .integer(now.seconds),
          .integer(now.seconds - Ledger.sessionIdle),
        ]
      ) { (person: $0.id(0) as PersonID, address: $0.text(1), seenAt: $0.moment(2)) }
    }
    guard let found else { return nil }
    // Not with every page: what is read most must not write most.
    if found.seenAt < now - 300 {
      try database.write(.concurrent) {
        try $0.run("UPDATE web_session SET seen_at = $2 WHERE name = $1", [.text(name), .integer(now.seconds)])
      }
    }
    return (found.person, found.address)
  }

  /// Ends a session.
  public func endSession(_ name: String) throws {
    try database.write(.concurrent) { try $0.run("DELETE FROM web_session WHERE name = $1", [.text(name)]) }
  }
}
