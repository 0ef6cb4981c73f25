import Forum
import SQL

/// A mapping's query for posts, cut down by the database to where they stand: what people wrote may be large, and the
/// posts many (rule E4).
///
/// The query's columns are named anew, by their places, so that one name which comes twice is told apart: as everywhere,
/// the first counts.
struct StandingQuery {
  /// A part of all posts that the query tells.
  struct Page {
    /// The ordinal above which it begins; nil for the first, on which are those without an ordinal too.
    let after: Int64?
    /// Rows at most.
    let limit: Int
  }

  /// What is wanted of a post.
  private static let columns = [
    "id", "ordinal", "thread", "discussion", "state", "created_at", "parent", "author", "format", "visible_at",
    "urgent",
  ]

  let sql: String
  /// The query's own, and what a page adds to them.
  let values: [Value]

  /// - Parameters:
  ///   - names: the columns of the query's result, in their order.
  ///   - detail: what is wanted besides.
  init(
    _ sql: String, _ values: [Value], columns names: [String], _ detail: PostDetail, page: Page?, _ dialect: Dialect
  ) {
    let places = Dictionary(names.enumerated().map { ($1, "c\($0)") }, uniquingKeysWith: { first, _ in first })
    let named = StandingQuery.columns + (detail == .named ? ["number", "author_name"] : [])
    var wanted = named.compactMap { name in places[name].map { "\($0) AS \"\(name)\"" } }
    if detail == .sized, let body = places["body"] {
      let octets =
        switch dialect {
        case .sqlite: "length(CAST(\(body) AS BLOB))"
        case .postgres: "octet_length(CAST(\(body) AS TEXT))"
        }
      wanted.append("\(octets) AS \"\(PostColumns.bodyOctets)\"")
    }
    guard !wanted.isEmpty else {
      (self.sql, self.values) = (sql, values)
      return
    }
    let all = names.indices.map { "c\($0)" }.joined(separator: ", ")
    var text = "WITH q (\(all)) AS (\(sql)) SELECT \(wanted.joined(separator: ", ")) FROM q"
    var values = values
    if let page, let place = places["ordinal"] ?? places["id"] {
      let ordinal = "CAST(\(place) AS BIGINT)"
      if let after = page.after {
        values.append(.integer(after))
        text += " WHERE \(ordinal) > $\(values.count)"
      }
      values.append(.integer(Int64(page.limit)))
      text += " ORDER BY \(ordinal) NULLS FIRST LIMIT $\(values.count)"
    }
    self.sql = text
    self.values = values
  }
}
