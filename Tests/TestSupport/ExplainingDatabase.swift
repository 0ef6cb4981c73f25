import SQL
import Synchronization

/// A database that notes how each statement run through it finds its rows, so that a test can demand an index. On
/// PostgreSQL a plan tells something only with many rows: a small table is read whole.
public final class ExplainingDatabase: SQL.Database {
  /// A statement with the steps of its plan, as `EXPLAIN QUERY PLAN` or PostgreSQL's `EXPLAIN` words them.
  public struct Plan: Sendable, CustomStringConvertible {
    /// As it was given to the connection, with its `$1`.
    public let sql: String
    /// One for each line of the answer.
    public let steps: [String]
    /// Whether a whole table or index is walked.
    public var scans: Bool {
      steps.contains { $0.hasPrefix("SCAN") && !$0.hasPrefix("SCAN CONSTANT ROW") || $0.contains("Seq Scan on") }
    }
    /// Whether rows are put in order by hand.
    public var sorts: Bool { steps.contains { $0.contains("TEMP B-TREE") } }
    /// For the words of a test that failed.
    public var description: String { "\(sql)\n  \(steps.joined(separator: "\n  "))" }
  }

  private let base: any SQL.Database
  private let noted = Mutex<[Plan]>([])
  /// The base's.
  public var dialect: Dialect { base.dialect }

  /// - Parameter base: where everything is run; nothing of it is noted but through this object.
  public init(_ base: any SQL.Database) { self.base = base }

  /// The plans of the statements that the closure runs.
  public func plans(_ body: () throws -> Void) rethrows -> [Plan] {
    noted.withLock { $0 = [] }
    try body()
    return noted.withLock { $0 }
  }

  /// Runs through to the base.
  public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    try base.read { try body(ExplainingConnection($0, base.dialect, note)) }
  }

  /// Runs through to the base.
  @discardableResult
  public func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    try base.write(order) { try body(ExplainingConnection($0, base.dialect, note)) }
  }

  /// Passed on; there is no statement of the caller's in it.
  public func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? { try base.exclusively(name, body) }
  /// Passed on.
  public func clock() throws -> Int64? { try base.clock() }

  private func note(_ plan: Plan) { noted.withLock { $0.append(plan) } }
}

private final class ExplainingConnection: Connection {
  private let base: any Connection
  private let dialect: Dialect
  private let note: (ExplainingDatabase.Plan) -> Void

  init(_ base: any Connection, _ dialect: Dialect, _ note: @escaping (ExplainingDatabase.Plan) -> Void) {
    (self.base, self.dialect, self.note) = (base, dialect, note)
  }

  func run(_ sql: String, _ arguments: [Value]) throws -> Int {
    try explain(sql, arguments)
    return try base.run(sql, arguments)
  }

  func query<T>(_ sql: String, _ arguments: [Value], _ read: (any Row) throws -> T) throws -> [T] {
    try explain(sql, arguments)
    return try base.query(sql, arguments, read)
  }

  func columns(of sql: String, _ arguments: [Value]) throws -> [String] { try base.columns(of: sql, arguments) }

  func insert(into table: String, columns: [String], values: [Value], conflict: String) throws {
    try base.insert(into: table, columns: columns, values: values, conflict: conflict)
  }

  private func explain(_ sql: String, _ arguments: [Value]) throws {
    let (words, column) =
      switch dialect {
      case .sqlite: ("EXPLAIN QUERY PLAN ", 3)
      case .postgres: ("EXPLAIN (COSTS OFF) ", 0)
      }
    let steps = try base.query(words + sql, arguments) { String($0.text(column).prefix(200)) }
    note(ExplainingDatabase.Plan(sql: sql, steps: steps))
  }
}
