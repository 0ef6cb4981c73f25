/// A connection inside a transaction.
public protocol Connection: AnyObject {
  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  func run(_ sql: String, _ arguments: [Value]) throws -> Int
  /// Runs a query and turns each row into a value. A row is valid only inside the closure.
  func query<T>(_ sql: String, _ arguments: [Value], _ read: (any Row) throws -> T) throws -> [T]
  /// The names of a query's result columns, in their order; none for a statement without a result. The statement is
  /// prepared and not run.
  /// - Parameter arguments: of the types that they have when the query is run; their values do not matter.
  /// - Throws: what running the query would throw for a statement that is wrong.
  func columns(of sql: String, _ arguments: [Value]) throws -> [String]
  /// Inserts many rows at once, the fastest way that the database has.
  /// - Parameters:
  ///   - values: the rows one after another, `columns.count` values each.
  ///   - conflict: an `ON CONFLICT` clause, or nothing. Within one call no row may come twice where it updates: neither
  ///     database writes a row twice in one statement.
  func insert(into table: String, columns: [String], values: [Value], conflict: String) throws
}

extension Connection {
  /// A statement without parameters.
  @discardableResult
  public func run(_ sql: String) throws -> Int { try run(sql, []) }

  /// A query without parameters.
  public func query<T>(_ sql: String, _ read: (any Row) throws -> T) throws -> [T] { try query(sql, [], read) }

  /// The first row of a query, or nil. All its rows are read: let the query say `LIMIT 1` where it has many.
  public func first<T>(_ sql: String, _ arguments: [Value] = [], _ read: (any Row) throws -> T) throws -> T? {
    try query(sql, arguments, read).first
  }

  /// Whether a query has any row: `SELECT 1 …`, with `LIMIT 1` where it may have many.
  public func exists(_ sql: String, _ arguments: [Value] = []) throws -> Bool {
    try !query(sql, arguments) { _ in }.isEmpty
  }

  /// Inserts many rows, of which none may be there already.
  public func insert(into table: String, columns: [String], values: [Value]) throws {
    try insert(into: table, columns: columns, values: values, conflict: "")
  }
}
