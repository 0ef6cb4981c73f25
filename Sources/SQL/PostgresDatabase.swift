import CPostgres
import Synchronization
import Text

/// A PostgreSQL database, through libpq, by libpq's own conventions: a connection URI, service files, password files,
/// `sslmode` and the `PG…` variables of the environment.
///
/// It keeps the connections that were needed at once and opens more as they are needed; each belongs to one closure at
/// a time. Every connection runs in UTC with durable commits, and the server ends a transaction of a process that
/// stopped, or whose machine is gone, within minutes.
///
/// Failures: a lost connection, a server that is shutting down, full or a read-only replica is `unavailable`; what the
/// transaction had done is gone, the next call connects anew. A deadlock, or a conflict that the server found between
/// two transactions, is tried again by itself.
public final class PostgresDatabase: Database {
  private let uri: String
  /// Sessions refuse to write, whatever a mapping's query says.
  private let isReadOnly: Bool
  /// Open sessions that nobody uses just now, the one that was used last at the end, whence the next is taken.
  private let idle = Mutex<[PostgresSession]>([])
  /// PostgreSQL's words.
  public var dialect: Dialect { .postgres }
  /// Host, port and name, without a password, for messages.
  public let name: String

  /// Nothing is connected to before the first question.
  /// - Parameters:
  ///   - uri: `postgresql://[user@][host][:port][/name][?parameters]`.
  ///   - isReadOnly: for reading a forum, whose own program writes.
  /// - Throws: `DatabaseError` of kind `misnamed`.
  public init(uri: String, isReadOnly: Bool = false) throws {
    self.uri = uri
    self.isReadOnly = isReadOnly
    name = try PostgresDatabase.name(of: uri)
  }

  /// Whether a database's name is one of PostgreSQL's.
  public static func isName(_ name: String) -> Bool {
    name.hasPrefix("postgresql://") || name.hasPrefix("postgres://")
  }

  /// What a URI says of the place, its secrets left out.
  private static func name(of uri: String) throws(DatabaseError) -> String {
    var problem: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(uri, &problem) else {
      defer { PQfreemem(problem) }
      // libpq repeats the URI, which may hold a password.
      let words = problem.map { String(cString: $0) }?.replacing(uri, with: "…").trimmed ?? "not enough memory"
      throw DatabaseError(.misnamed, "the address of the PostgreSQL database is not right: \(words)")
    }
    defer { PQconninfoFree(options) }
    var values: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    let place = (values["host"] ?? values["hostaddr"] ?? "") + (values["port"].map { ":\($0)" } ?? "")
    let service = values["service"].map { " (service \($0))" } ?? ""
    return "postgresql://\(place)/\(values["dbname"] ?? "")\(service)"
  }

  // MARK: Transactions

  /// All queries see one state: the isolation level is REPEATABLE READ.
  public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
  }

  /// Serial transactions take one lock of the schema's for their duration, so that they follow one another from their
  /// first statement on. READ COMMITTED, since a snapshot that is older than the lock would not show what the one
  /// before has committed.
  @discardableResult
  public func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    switch order {
    case .serial:
      try transaction(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(\(PostgresDatabase.key("")))", body)
    case .concurrent: try transaction("BEGIN ISOLATION LEVEL READ COMMITTED", body)
    }
  }

  /// By an advisory lock of a session of its own, which is busy with nothing else until the closure ends.
  public func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? {
    let session = try take(saying: "SELECT 1")
    defer { giveBack(session) }
    let isOurs = try session.query("SELECT pg_try_advisory_lock(\(PostgresDatabase.key(name)))", []) {
      $0.text(0) == "t"
    }
    guard isOurs == [true] else { return nil }
    defer {
      // A session that cannot let go is closed, and its lock with it.
      if (try? session.command("SELECT pg_advisory_unlock(\(PostgresDatabase.key(name)))")) == nil { session.close() }
    }
    return try body()
  }

  /// The key of a lock: of this schema alone, since several may share a database.
  private static func key(_ name: String) -> String {
    "hashtextextended('watchpost \(name) ' || current_schema(), 0)"
  }

  /// The server's.
  public func clock() throws -> Int64? {
    try transaction("BEGIN READ ONLY") {
      try $0.first("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint") { $0.integer(0) }
    }
  }

  /// A conflict with another transaction is tried again, up to four times in all.
  private func transaction<T>(_ begin: String, _ body: (any Connection) throws -> T) throws -> T {
    var tries = 1
    while true {
      do {
        return try transactionOnce(begin, body)
      } catch let error as DatabaseError where error.isConflict && tries < 4 {
        tries += 1
      }
    }
  }

  /// A closure that throws leaves the transaction open: giving the session back rolls it back.
  private func transactionOnce<T>(_ begin: String, _ body: (any Connection) throws -> T) throws -> T {
    let session = try take(saying: begin)
    defer { giveBack(session) }
    let result = try body(session)
    try session.commit()
    return result
  }

  // MARK: Connections

  /// A session in which a first statement has succeeded. An idle one may have been closed by the server meanwhile:
  /// nothing was done in it yet, so the next will do.
  private func take(saying first: String) throws -> PostgresSession {
    while let session = idle.withLock({ $0.popLast() }) {
      do {
        try session.command(first)
        return session
      } catch {
        if session.isOpen {
          giveBack(session)
          throw error
        }
      }
    }
    let session = try PostgresSession(uri, name: name, isReadOnly: isReadOnly)
    do {
      try session.command(first)
    } catch {
      giveBack(session)
      throw error
    }
    return session
  }

  /// Whatever is under way in it has failed and is rolled back; a session that cannot do so is closed, which does the
  /// same.
  private func giveBack(_ session: PostgresSession) {
    if !session.isIdle, (try? session.command("ROLLBACK")) == nil { session.close() }
    if session.isIdle { idle.withLock { $0.append(session) } }
  }
}
