import SQL
import TestSupport
import Testing

@Suite("Migrations") struct MigrationTests {
  private let first = Migration(
    1, "first",
    """
    CREATE TABLE a (id {number}, name TEXT);
    CREATE TABLE log (name TEXT);

    """,
    own: [
      .sqlite: "CREATE TRIGGER a_added AFTER INSERT ON a BEGIN INSERT INTO log VALUES (NEW.name); END;\n",
      .postgres: """
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS \
      $$ BEGIN INSERT INTO log VALUES (NEW.name); RETURN NULL; END $$;
      CREATE TRIGGER a_added AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION note();

      """,
    ])
  private let second = Migration(
    2, "second", "INSERT INTO a (id, name) VALUES (1, 'kept; whole');\nCREATE TABLE b (id {identity});\n")
  private let broken = Migration(3, "broken", "CREATE TABLE c (id INTEGER);\nINSERT INTO nowhere VALUES (1);\n")

  private func tables(_ database: any SQL.Database) throws -> [String] {
    try database.read {
      try $0.query(
        TestDatabase.isPostgres
          ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
          : "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
      ) { $0.text(0) }
    }
  }

  private func opened() throws -> (TestDatabase, any SQL.Database) {
    let home = try TestDatabase(in: TemporaryDirectory(), "db.sqlite")
    return (home, try home.open())
  }

  @Test("O6: run by themselves, each step once, and take up where the last program stopped")
  func stepwise() throws {
    let (home, database) = try opened()
    #expect(try database.migrate("forum", [first]) == 1)
    #expect(try database.migrate("forum", [first]) == 0)
    #expect(try database.migrate("forum", [first, second]) == 1)
    #expect(try tables(database) == ["a", "b", "log", "schema_version"])
    let names = try database.read { try $0.query("SELECT name FROM log") { $0.text(0) } }
    #expect(names == ["kept; whole"])
    let again = try home.open()
    #expect(try again.migrate("forum", [first, second]) == 0)
  }

  @Test("O6: a step that fails leaves nothing, not even the steps before it in the same run")
  func failing() throws {
    let (home, database) = try opened()
    defer { _ = home }
    let error = databaseError { try database.migrate("forum", [first, second, broken]) }
    #expect(error?.kind == .invalid)
    #expect(error?.description.contains("nowhere") == true)
    #expect(try tables(database) == [])
    #expect(try database.migrate("forum", [first, second]) == 2)
    _ = databaseError { try database.migrate("forum", [first, second, broken]) }
    #expect(try tables(database) == ["a", "b", "log", "schema_version"])
    #expect(try database.migrate("forum", [first, second]) == 0)
  }

  @Test("O6: an older program refuses a newer schema, says what to do and changes nothing")
  func newer() throws {
    let (home, database) = try opened()
    defer { _ = home }
    try database.migrate("ledger", [first, second])
    let error = databaseError { try database.migrate("ledger", [first]) }
    #expect(error?.kind == .newerSchema)
    #expect(
      error?.description == "the ledger has schema version 2, this program knows 1: install the newer program")
    #expect(try database.migrate("ledger", [first, second]) == 0)
  }

  @Test("O6: die with their process at the commit, and run again")
  func crash() throws {
    let (home, database) = try opened()
    defer { _ = home }
    for moment in FaultingDatabase.Moment.allCases {
      let dying = FaultingDatabase(database)
      dying.crash(atCommit: 1, moment)
      #expect(throws: FaultingDatabase.Crash.self) { try dying.migrate("forum", [first, second]) }
      #expect(try tables(database).isEmpty == (moment == .beforeCommit))
    }
    #expect(try database.migrate("forum", [first, second]) == 0)
  }

  @Test("of a schema that is not there are refused where none is to be made; later steps are taken all the same")
  func missing() throws {
    let (home, database) = try opened()
    defer { _ = home }
    let error = databaseError { try database.migrate("ledger", [first], creating: false) }
    #expect(error?.kind == .missingSchema)
    #expect(error?.description.hasPrefix("ledger.database: there is no ledger in it") == true)
    #expect(try tables(database) == [])
    try database.migrate("ledger", [first])
    #expect(try database.migrate("ledger", [first, second], creating: false) == 1)
  }

  @Test("of two schemas share a database")
  func shared() throws {
    let (home, database) = try opened()
    defer { _ = home }
    let other = Migration(1, "other", "CREATE TABLE other (id INTEGER);\n")
    #expect(try database.migrate("forum", [first, second]) == 2)
    #expect(try database.migrate("ledger", [other]) == 1)
    #expect(try database.migrate("forum", [first, second]) == 0)
  }

  @Test("do not take a database that cannot be read for a new one")
  func unreadable() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("garbage.sqlite", String(repeating: "garbage ", count: 200))
    let error = databaseError {
      try SQLiteDatabase(path: path, access: .foreign(readOnly: false)).migrate("forum", [first])
    }
    #expect(error?.kind == .unavailable)
  }
}

@Suite("A faulting database") struct FaultingDatabaseTests {
  private func count(_ scratch: Scratch) throws -> Int { try scratch.ids("TRUE").count }

  private func insert(_ database: FaultingDatabase, _ id: Int) throws {
    try database.write { try $0.run("INSERT INTO item (id) VALUES ($1)", [.integer(Int64(id))]) }
  }

  @Test(
    "dies at the commit it was told, with or without it, and stays dead", arguments: FaultingDatabase.Moment.allCases)
  func dies(_ moment: FaultingDatabase.Moment) throws {
    let scratch = try Scratch()
    let database = FaultingDatabase(scratch.database)
    database.crash(atCommit: 3, moment)
    try insert(database, 1)
    _ = databaseError { try insert(database, 1) }  // refused: no commit
    try insert(database, 2)
    #expect(throws: FaultingDatabase.Crash.self) { try insert(database, 3) }
    #expect(database.hasCrashed)
    #expect(throws: FaultingDatabase.Crash.self) { try insert(database, 4) }
    #expect(throws: FaultingDatabase.Crash.self) { try database.read { _ in } }
    #expect(database.commits == (moment == .beforeCommit ? 2 : 3))
    #expect(try count(scratch) == database.commits)
  }

  @Test("that is not armed only counts")
  func counts() throws {
    let scratch = try Scratch()
    let database = FaultingDatabase(scratch.database)
    for id in 1...5 { try insert(database, id) }
    #expect(try database.read { try $0.query("SELECT count(*) FROM item") { $0.integer(0) } } == [5])
    #expect(database.commits == 5)
    #expect(!database.hasCrashed)
  }
}
