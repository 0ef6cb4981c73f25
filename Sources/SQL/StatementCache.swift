import Synchronization

/// Statements already expanded, so that the text of a hot statement is read once in a process.
///
/// Nothing is ever thrown out: statements are texts of the program and of one mapping, and lists come in few lengths
/// (`Dialect.lists`), so that the cache ends at some hundred entries.
final class StatementCache: Sendable {
  /// The one that all connections go by.
  static let shared = StatementCache()

  /// The lengths of the lists are part of a statement: each has its own number of parameters.
  private struct Key: Hashable {
    let sql: String
    let lists: [Int: Int]
    let dialect: Dialect
  }
  private let known = Mutex<[Key: ExpandedStatement]>([:])

  /// How many statements it knows.
  var count: Int { known.withLock { $0.count } }

  /// The statement for these arguments, expanded now or before. Only how long their lists are matters, never what is in
  /// them: no value of anybody's is kept.
  func statement(_ sql: String, _ arguments: [Value], _ dialect: Dialect) -> ExpandedStatement {
    let key = Key(sql: sql, lists: dialect.lists(in: arguments), dialect: dialect)
    return known.withLock { known in
      if let statement = known[key] { return statement }
      let statement = ExpandedStatement(dialect.statement(sql), lists: key.lists, dialect)
      known[key] = statement
      return statement
    }
  }
}
