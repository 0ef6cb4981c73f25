import SQL
import TestSupport
import Testing

@Suite("Transactions") struct TransactionTests {
  private struct Refusal: Error {}

  @Test("C1: a write whose closure throws leaves nothing")
  func rollback() throws {
    let scratch = try Scratch()
    #expect(throws: Refusal.self) {
      try scratch.database.write { connection in
        try connection.run("INSERT INTO item (id) VALUES (1)")
        try connection.insert(into: "item", columns: ["id", "name"], values: [2, "b", 3, "c"])
        throw Refusal()
      }
    }
    #expect(try scratch.ids("TRUE") == [])
  }

  @Test("C1: a write that fails half-way leaves nothing, and the database goes on")
  func halfWay() throws {
    let scratch = try Scratch()
    try scratch.add(3, "three")
    let error = databaseError {
      try scratch.database.write {
        try $0.insert(into: "item", columns: ["id", "name"], values: [1, "a", 2, "b", 3, "c", 4, "d"])
      }
    }
    #expect(error?.kind == .constraint)
    #expect(error?.description.contains(TestDatabase.isPostgres ? "item_pkey" : "item.id") == true)
    #expect(error?.description.contains(scratch.name) == true)
    #expect(try scratch.ids("TRUE") == [3])
    try scratch.add(1, "a")
    #expect(try scratch.ids("TRUE") == [1, 3])
  }

  @Test("return how many rows they changed, and what RETURNING gives")
  func results() throws {
    let scratch = try Scratch()
    for id in 1...4 { try scratch.add(Int64(id), "a") }
    let (changed, none, gone, first) = try scratch.database.write { connection in
      (
        try connection.run("UPDATE item SET name = $1 WHERE id > $2", ["b", 1]),
        try connection.run("DELETE FROM item WHERE id = 9"),
        try connection.query("DELETE FROM item WHERE name = $1 RETURNING id", ["b"]) { $0.integer(0) },
        try connection.first("SELECT id FROM item WHERE id = 7") { $0.integer(0) }
      )
    }
    #expect(changed == 3 && none == 0 && first == nil)
    #expect(gone.sorted() == [2, 3, 4])
  }

  @Test("insert on conflict as the clause says")
  func conflict() throws {
    let scratch = try Scratch()
    try scratch.add(1, "old")
    try scratch.database.write {
      try $0.insert(
        into: "item", columns: ["id", "name"], values: [1, "new", 2, "two"],
        conflict: "ON CONFLICT (id) DO UPDATE SET name = excluded.name")
    }
    #expect(try scratch.texts("SELECT name FROM item ORDER BY id") == ["new", "two"])
  }

  @Test("reading see one state, whatever another process commits meanwhile")
  func snapshot() throws {
    let scratch = try Scratch()
    try scratch.add(1, "a")
    let other = try scratch.again()
    let seen = try scratch.database.read { connection in
      let before = try connection.query("SELECT count(*) FROM item") { $0.integer(0) }
      try other.write { try $0.run("INSERT INTO item (id) VALUES (2)") }
      return before + (try connection.query("SELECT count(*) FROM item") { $0.integer(0) })
    }
    #expect(seen == [1, 1])
    #expect(try scratch.ids("TRUE") == [1, 2])
  }

  @Test("reading within a write see what it has written", .disabled(if: TestDatabase.isPostgres))
  func nested() throws {
    let scratch = try Scratch()
    try scratch.database.write { connection in
      try connection.run("INSERT INTO item (id) VALUES (1)")
      #expect(try scratch.ids("TRUE") == [1])
    }
  }

  @Test("S5: commit durably, whatever the server's own default is", .enabled(if: TestDatabase.isPostgres))
  func durableOnPostgres() throws {
    let set = try Scratch().database.read { try $0.first("SHOW synchronous_commit") { $0.text(0) } }
    #expect(set == "on")
  }

  @Test("commit for every other connection and survive the connection", .disabled(if: TestDatabase.isPostgres))
  func durable() throws {
    let scratch = try Scratch()
    try scratch.add(1, "a")
    let other = try scratch.again()
    #expect(try other.read { try $0.query("SELECT id FROM item") { $0.integer(0) } } == [1])
    try (scratch.database as? SQLiteDatabase)?.close()
    #expect(try other.read { try $0.query("PRAGMA journal_mode") { $0.text(0) } } == ["wal"])
    #expect(try other.read { try $0.query("PRAGMA synchronous") { $0.integer(0) } } == [2])  // FULL (rule S5)
  }
}
