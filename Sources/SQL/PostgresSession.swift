import CPostgres
import Text

/// One connection to PostgreSQL, owner of libpq's object for it.
///
/// Sendable without the compiler's proof: a session is either among the idle ones of its ``PostgresDatabase``, behind a
/// lock, or with the one closure that took it from there; never with two threads at once.
final class PostgresSession: Connection, @unchecked Sendable {
  private var handle: OpaquePointer?
  /// Where it leads, without a password, for messages.
  private let name: String
  /// Names of prepared statements by their text and the types of their parameters.
  private var prepared: [PreparedKey: String] = [:]

  /// One text may be prepared several times: `$1` as a number and `$1` as a text are two statements to the server.
  private struct PreparedKey: Hashable {
    let sql: String
    let types: [Oid]
  }

  /// Whether libpq believes so: a server that has gone is noticed by the next statement.
  var isOpen: Bool { handle.map { PQstatus($0) == CONNECTION_OK } ?? false }
  /// Open, and in no transaction, be it a failed one.
  var isIdle: Bool { isOpen && PQtransactionStatus(handle) == PQTRANS_IDLE }

  /// What the server is told first. Every question of ours is written for an index: rows far apart count as little more
  /// than rows in a line, as it is on a disk without moving parts or in memory. A process that has stopped in a
  /// transaction, or whose machine is gone, keeps its locks for minutes, not for hours; a commit that returned has
  /// reached the disk (rule S5), whatever the server's default is.
  private static let greeting = """
    SET TIME ZONE 'UTC'; SET datestyle = 'ISO'; SET standard_conforming_strings = on; SET bytea_output = 'hex';
    SET lock_timeout = '120s'; SET idle_in_transaction_session_timeout = '300s';
    SET random_page_cost = 1.1;
    SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')
    """

  /// Connects within 10 seconds and greets the server.
  /// - Throws: `DatabaseError`: `unavailable`, or `misnamed` for a database of ours whose encoding is not UTF-8.
  init(_ uri: String, name: String, isReadOnly: Bool) throws {
    self.name = name
    // What stands before `dbname` the URI may change; what stands after it, not.
    let parameters = [
      ("connect_timeout", "10"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "60000"), ("fallback_application_name", "watchpost"), ("dbname", uri),
      ("client_encoding", "UTF8"),
    ]
    handle = parameters.map(\.0).withCStrings { keywords in
      parameters.map(\.1).withCStrings { values in PQconnectdbParams(keywords, values, 1) }
    }
    guard isOpen else {
      let words = message
      close()
      throw DatabaseError(.unavailable, "\(name): \(words)")
    }
    PQsetNoticeProcessor(handle, { _, _ in }, nil)  // notices are no failures, and standard error is the admin's
    // What people and servers write is in every script.
    let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? "unknown"
    guard isReadOnly || encoding == "UTF8" else {
      close()
      throw DatabaseError(
        .misnamed,
        "\(name): the database is encoded in \(encoding), which has no room for every script: createdb -E UTF8")
    }
    try command(PostgresSession.greeting + (isReadOnly ? "; SET default_transaction_read_only = on" : ""))
  }

  /// With the last reference, lest a session that was thrown away hold its locks.
  deinit { close() }

  /// Ends the connection; the server rolls back what was under way.
  func close() {
    if let handle { PQfinish(handle) }
    handle = nil
    prepared = [:]
  }

  // MARK: Connection

  func run(_ sql: String, _ arguments: [Value]) throws -> Int {
    let result = try execute(sql, arguments)
    return result.affected
  }

  func query<T>(_ sql: String, _ arguments: [Value], _ read: (any Row) throws -> T) throws -> [T] {
    let result = try execute(sql, arguments)
    var rows: [T] = []
    rows.reserveCapacity(result.count)
    let row = PostgresRow(result)
    for index in 0..<result.count {
      row.index = Int32(index)
      rows.append(try read(row))
    }
    return rows
  }

  func columns(of sql: String, _ arguments: [Value]) throws -> [String] {
    let (text, parameters) = try expanded(sql, arguments)
    let statement = try prepare(text, parameters.types)
    return PostgresRow(try checked(PQdescribePrepared(handle, statement), sql)).columns
  }

  /// Many rows in one statement, a column of them in each parameter; 5000 at a time, which bounds what the server has
  /// to hold.
  func insert(into table: String, columns: [String], values: [Value], conflict: String) throws {
    precondition(values.count % columns.count == 0, "rows of \(table) are not whole")
    let rows = values.count / columns.count
    for start in stride(from: 0, to: rows, by: 5000) {
      let end = min(start + 5000, rows)
      let parts = columns.indices.map { column in
        (start..<end).map { values[$0 * columns.count + column] }
      }
      try insert(parts, into: table, columns: columns, conflict: conflict)
    }
  }

  /// - Parameter parts: for each column its values, all columns as long as each other.
  private func insert(_ parts: [[Value]], into table: String, columns: [String], conflict: String) throws {
    var (names, arrays, results): ([String], [String], [String]) = ([], [], [])
    var parameters = PostgresParameters()
    for (column, values) in parts.enumerated() {
      // A column that is all alike needs no array; one of NULLs alone has no type to tell.
      if let first = values.first, values.allSatisfy({ $0 == first }) {
        parameters.append(first)
        results.append("$\(parameters.count)")
      } else {
        parameters.append(array: values, of: values.hasNumbers ? .whole : .text)
        names.append("c\(column)")
        arrays.append("$\(parameters.count)")
        results.append("c\(column)")
      }
    }
    let source =
      arrays.isEmpty
      ? "generate_series(1, \(parts[0].count))"
      : "unnest(\(arrays.joined(separator: ", "))) AS u (\(names.joined(separator: ", ")))"
    // Which columns are alike differs, but not much: few shapes come up, and stay prepared.
    let target = "\(table) (\(columns.joined(separator: ", ")))"
    _ = try execute(
      "INSERT INTO \(target) SELECT \(results.joined(separator: ", ")) FROM \(source) \(conflict)", parameters)
  }

  // MARK: libpq

  /// Statements without parameters, in one exchange with the server.
  func command(_ sql: String) throws { _ = try checked(PQexec(handle, sql), sql) }

  /// A commit that the server turned into a rollback is a failure.
  func commit() throws {
    let result = try checked(PQexec(handle, "COMMIT"), "COMMIT")
    guard result.tag == "COMMIT" else {
      throw DatabaseError(.invalid, "\(name): the transaction had failed before it was committed")
    }
  }

  private func execute(_ sql: String, _ arguments: [Value]) throws -> PostgresResult {
    let (text, parameters) = try expanded(sql, arguments)
    return try execute(text, parameters)
  }

  /// The statement in PostgreSQL's words with its values. A list in the wrong place is refused here: the server would
  /// compare with the text of an array and find nothing.
  private func expanded(
    _ sql: String, _ arguments: [Value]
  ) throws -> (sql: String, parameters: PostgresParameters) {
    let expanded = StatementCache.shared.statement(sql, arguments, .postgres)
    guard expanded.misplacedList == nil else {
      throw DatabaseError(.invalid, "a list stands alone, within `x IN (…)` or `x = ANY (…)`, in: \(sql)")
    }
    var parameters = PostgresParameters()
    for parameter in expanded.parameters {
      parameters.append(try expanded.value(of: parameter, in: arguments, sql))
    }
    return (expanded.sql, parameters)
  }

  private func execute(_ sql: String, _ parameters: PostgresParameters) throws -> PostgresResult {
    let statement = try prepare(sql, parameters.types)
    return try parameters.withPointers { values in
      try checked(
        PQexecPrepared(handle, statement, Int32(parameters.count), values, nil, nil, 0), sql)
    }
  }

  /// The name of the prepared statement, which the server keeps as long as the connection.
  private func prepare(_ sql: String, _ types: [Oid]) throws -> String {
    let key = PreparedKey(sql: sql, types: types)
    if let name = prepared[key] { return name }
    let name = "w\(prepared.count + 1)"
    _ = try checked(PQprepare(handle, name, sql, Int32(types.count), types), sql)
    prepared[key] = name
    return name
  }

  /// Takes a result over, or throws what it says; nil is what libpq gives when it has no memory or no connection.
  private func checked(_ result: OpaquePointer?, _ sql: String) throws -> PostgresResult {
    guard let result else { throw DatabaseError(.unavailable, "\(name): \(message)") }
    let owned = PostgresResult(result)
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return owned
    default: throw failure(owned, sql)
    }
  }

  /// `isConflict`: a serialization failure or a deadlock. `isOfValue`: a text that its type cannot read, or a number
  /// out of its range.
  private func failure(_ result: PostgresResult, _ sql: String) -> DatabaseError {
    guard isOpen, let state = result.field("C") else { return DatabaseError(.unavailable, "\(name): \(message)") }
    var words = "\(name): \(result.field("M") ?? message) (SQLSTATE \(state))"
    if PostgresSession.isPooled(state) {
      words += """
        ; something between here and the server gives each transaction another session, as pgbouncer does with \
        pool_mode = transaction: set pool_mode = session for this user, or name the server itself
        """
    }
    if state == PostgresSession.noRight { words += "; GRANT this user what it may not do, or name another user" }
    let kind = PostgresSession.kind(ofState: state)
    // A table was altered since a `SELECT *` was prepared: the transaction is run again, on a session that has prepared
    // nothing. There is no state of its own for that (`0A000` is any feature that is not there), and trying again is
    // harmless for the others.
    let isStale = state == "0A000"
    if isStale { close() }
    return DatabaseError(
      kind, words + (kind == .invalid ? "\nin: \(sql.prefix(400))" : ""),
      isConflict: state == "40001" || state == "40P01" || isStale,
      isOfMissingTable: state == "42P01", isOfValue: state == "22P02" || state == "22003")
  }

  /// A prepared statement is there that this session did not make, or one that it made is not.
  private static func isPooled(_ state: String) -> Bool { ["42P05", "26000"].contains(state) }

  private static let noRight = "42501"

  /// What an SQLSTATE means (PostgreSQL's documentation, appendix A).
  static func kind(ofState state: String) -> DatabaseError.Kind {
    switch state {
    // A transaction that cannot write, conflicts, waits too long, or was cancelled by the server.
    case "25006", "25P02", "40001", "40P01", "55P03", "57014", "25P03": .unavailable
    case _ where state.hasPrefix("23"): .constraint
    // Connections, sign-in, what is not there, full, shutting down, broken.
    case _ where ["08", "28", "3D", "53", "57", "58", "F0", "XX"].contains { state.hasPrefix($0) }: .unavailable
    // A right that the user does not have comes by no waiting.
    case _ where isPooled(state) || state == noRight: .misnamed
    default: .invalid
    }
  }

  /// libpq's last words about the connection.
  private var message: String { handle.map { String(cString: PQerrorMessage($0)).trimmed } ?? "not connected" }
}
