/// A small seam to a relational database: run, query, bulk insert, transaction, migrate.
///
/// It does no more than that: no records, no query building, no schema of its own but the version number. What it
/// runs is one dialect of SQL that SQLite and PostgreSQL share, with parameters written `$1`, `$2` …; the few words
/// that differ stand in `Dialect`. Calls block; a connection belongs to one closure and must not leave it.
/// `openDatabase` tells from a name which of the two it is.
///
/// Failures: every call throws `DatabaseError`. A transaction whose closure throws leaves nothing behind.
public protocol Database: Sendable {
  /// Runs the closure in a read transaction: all its queries see one state.
  func read<T>(_ body: (any Connection) throws -> T) throws -> T
  /// Runs the closure in a write transaction that is committed when it returns and rolled back when it throws. It may
  /// be run again if the database broke a deadlock at its cost.
  @discardableResult
  func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T
  /// Runs the closure while no other process runs one under the same name, on this machine or another that uses the
  /// database. Nil, at once and without running it, if one does. The lock dies with its process.
  ///
  /// It spares work that would be done twice; it is no proof against it: a process that lost its connection lost its
  /// lock and does not know.
  func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T?
  /// The database's own clock, in seconds since 1970; nil where it is this machine's. Machines that share a database go
  /// by one clock, its own.
  func clock() throws -> Int64?
  var dialect: Dialect { get }
}

/// Whether a write transaction may run beside others. SQLite knows one way only: one at a time.
public enum WriteOrder: Sendable {
  /// After every other `serial` one that began before, on whatever machine; what it reads and writes no other changes
  /// meanwhile.
  case serial
  /// Beside others: it takes the rows that it changes by `{for update}` or in the statement that changes them.
  case concurrent
}

extension Database {
  @discardableResult
  public func write<T>(_ body: (any Connection) throws -> T) throws -> T { try write(.serial, body) }
}

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
  ///   - conflict: an `ON CONFLICT` clause, or nothing.
  func insert(into table: String, columns: [String], values: [Value], conflict: String) throws
}

extension Connection {
  @discardableResult
  public func run(_ sql: String) throws -> Int { try run(sql, []) }

  public func query<T>(_ sql: String, _ read: (any Row) throws -> T) throws -> [T] { try query(sql, [], read) }

  /// The first row of a query, or nil.
  public func first<T>(_ sql: String, _ arguments: [Value] = [], _ read: (any Row) throws -> T) throws -> T? {
    try query(sql, arguments, read).first
  }

  public func insert(into table: String, columns: [String], values: [Value]) throws {
    try insert(into: table, columns: columns, values: values, conflict: "")
  }
}

/// One row of a result, read by the position of its columns.
public protocol Row: AnyObject {
  var columns: [String] { get }
  func isNull(_ column: Int) -> Bool
  /// The whole number, or 0 for NULL; a text that reads as a number counts as that.
  func integer(_ column: Int) -> Int64
  /// The whole number if the database keeps it as one; nil for NULL and for everything else.
  func wholeNumber(_ column: Int) -> Int64?
  /// The text in UTF-8, repaired where it was not; empty for NULL.
  func text(_ column: Int) -> String
}

extension Row {
  public func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
  public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}

/// A value bound to a parameter.
public enum Value: Hashable, Sendable {
  case null
  case integer(Int64)
  case text(String)
  /// Stands for `IN ($1)`: as many parameters as there are values. Without values it matches nothing, and so does
  /// `NOT IN ($1)`, since it then compares with NULL.
  case list([Value])

  public static func optional(_ value: Int64?) -> Value { value.map(Value.integer) ?? .null }
  public static func optional(_ value: String?) -> Value { value.map(Value.text) ?? .null }
  public static func texts(_ values: some Sequence<String>) -> Value { .list(values.map(Value.text)) }
  public static func integers(_ values: some Sequence<Int64>) -> Value { .list(values.map(Value.integer)) }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .text(value) }
}

/// What went wrong with a database, in words for an admin.
public struct DatabaseError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Sendable {
    /// It cannot be reached, is locked for too long, full or read-only: the next run may find it well again.
    case unavailable
    /// The schema was written by a newer program (rule O6).
    case newerSchema
    /// The schema is not there, and was not to be made.
    case missingSchema
    /// The database's name makes no sense.
    case misnamed
    /// A constraint was broken.
    case constraint
    /// The statement is wrong, or the data is not what it must be.
    case invalid
  }
  public let kind: Kind
  public let description: String
  /// Two transactions were in each other's way and this one had to give in; the driver tries it again.
  let isConflict: Bool
  /// It speaks of a table that is not there.
  let isOfMissingTable: Bool
  /// A value is none that its column could hold, such as a word where keys are numbers.
  public let isOfValue: Bool

  public init(_ kind: Kind, _ description: String) { self.init(kind, description, isConflict: false) }

  init(
    _ kind: Kind, _ description: String, isConflict: Bool = false, isOfMissingTable: Bool = false,
    isOfValue: Bool = false
  ) {
    self.kind = kind
    self.description = description
    self.isConflict = isConflict
    self.isOfMissingTable = isOfMissingTable
    self.isOfValue = isOfValue
  }
}
