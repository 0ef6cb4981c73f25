import SQL
import Testing

@Suite("Whether there is a row") struct ExistenceTests {
  @Test("is told by the query alone, whatever its columns are")
  func exists() throws {
    let scratch = try Scratch()
    try scratch.add(1, "a", nil)
    let found = try scratch.database.read { connection in
      try ["name = $1", "name = $1 AND size IS NULL", "name <> $1"].map {
        try connection.exists("SELECT size FROM item WHERE \($0) LIMIT 1", ["a"])
      }
    }
    #expect(found == [true, true, false])
  }
}
