import Synchronization

/// Statements already spread out, so that the text of a hot statement is read once.
final class Spreads: Sendable {
  static let shared = Spreads()

  private struct Key: Hashable {
    let sql: String
    let lists: [Int: Int]
    let dialect: Dialect
  }
  private let known = Mutex<[Key: Spread]>([:])

  func spread(_ sql: String, _ arguments: [Value], _ dialect: Dialect) -> Spread {
    let key = Key(sql: sql, lists: dialect.lists(in: arguments), dialect: dialect)
    return known.withLock { known in
      if let spread = known[key] { return spread }
      let spread = Spread(dialect.statement(sql), lists: key.lists, dialect)
      known[key] = spread
      return spread
    }
  }
}
