import Forum
import SQL

/// Where the columns of a result stand, found once per query.
///
/// Names count as the database gives them: PostgreSQL has lower-cased what was not quoted, SQLite has not.
struct Columns {
  private let positions: [String: Int]
  /// How the forum's times are read; nil: in UTC.
  let times: LocalTimes?

  init(_ row: any Row, times: LocalTimes? = nil) { self.init(row.columns, times: times) }

  init(_ names: [String], times: LocalTimes? = nil) {
    self.times = times
    // Of two columns of one name (`SELECT *` over a join) the first counts.
    positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where a column stands; nil where the mapping leaves it out.
  subscript(_ name: String) -> Int? { positions[name] }

  /// - Throws: `ForumError` of kind `query`.
  func required(_ name: String) throws -> Int {
    guard let position = positions[name] else { throw ForumError(.query, "the result has no column `\(name)`") }
    return position
  }
}
