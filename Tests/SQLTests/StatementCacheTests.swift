import Testing

@testable import SQL

@Suite("A cache of statements") struct StatementCacheTests {
  @Test("keeps one for each text, database and length of lists, whatever the values are")
  func entries() {
    let cache = StatementCache()
    let sql = "a IN ($1) AND b = $2 {for update}"
    for count in 0...1000 {
      for dialect in Dialect.allCases {
        let arguments: [Value] = [.integers((0..<Int64(count)).map { $0 }), .text("\(count)")]
        let cached = cache.statement(sql, arguments, dialect)
        let fresh = ExpandedStatement(dialect.statement(sql), lists: dialect.lists(in: arguments), dialect)
        #expect(cached.sql == fresh.sql && cached.parameters == fresh.parameters)
      }
    }
    // PostgreSQL takes an array of any length; SQLite has 1, 2, 4 … 1024 marks.
    #expect(cache.count == 1 + 11)
    _ = cache.statement("other", [], .sqlite)
    #expect(cache.count == 13)
  }
}
