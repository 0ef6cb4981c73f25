import Synchronization

/// Statements already spread out, so that the text of a hot statement is read once.
final class Spreads: Sendable {
  static let shared = Spreads()

  private struct Key: Hashable {
    let sql: String
    let lists: [Int: Int]
  }
  private let known = Mutex<[Key: Spread]>([:])

  func spread(_ sql: String, _ lists: [Int: Int]) -> Spread {
    let key = Key(sql: sql, lists: lists)
    return known.withLock { known in
      if let spread = known[key] { return spread }
      let spread = Spread(sql, lists: lists)
      known[key] = spread
      return spread
    }
  }
}
