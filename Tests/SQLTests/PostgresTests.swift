import Glibc
import SQL
import Synchronization
import TestSupport
import Testing

/// What only a server can do: refuse, go away, serve many at once.
@Suite("PostgreSQL", .enabled(if: TestDatabase.isPostgres, "no PostgreSQL server; see Tests/with-postgres"))
struct PostgresTests {
  private func number(_ database: any SQL.Database, _ sql: String) throws -> Int64 {
    try database.write(.concurrent) { try $0.first(sql) { $0.integer(0) } ?? 0 }
  }

  @Test("that is not there, or lets nobody in, is unavailable, in words without the password")
  func unreachable() throws {
    let database = try PostgresDatabase(uri: "postgresql://ana:geheim@/forum?host=/nowhere&password=geheim")
    let error = databaseError { try database.read { _ in } }
    #expect(error?.kind == .unavailable)
    #expect(error?.description.hasPrefix("postgresql:///nowhere/forum: ") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("geheim") == false)
  }

  @Test("that knows the user and gives no right to a table is something to mend, and no waiting helps")
  func noRight() throws {
    let scratch = try Scratch()
    let role = "r" + String(UInt64.random(in: 1 ... .max), radix: 36)
    try TestDatabase.onServer("CREATE ROLE \(role) LOGIN")
    defer {
      try? TestDatabase.onServer("DROP OWNED BY \(role)")
      try? TestDatabase.onServer("DROP ROLE \(role)")
    }
    let schema = try #require(try scratch.texts("SELECT current_schema()").first ?? nil)
    try TestDatabase.onServer("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
    let database = try PostgresDatabase(uri: scratch.uri.replacing("//watchpost@", with: "//\(role)@"))
    let error = databaseError { try database.read { _ = try $0.query("SELECT id FROM item") { $0.integer(0) } } }
    #expect(error?.kind == .misnamed, "\(error?.description ?? "")")
    #expect(error?.description.contains("permission denied for table item (SQLSTATE 42501); GRANT") == true)
  }

  @Test("by a name that makes no sense is refused in words without the password")
  func misnamed() throws {
    let error = databaseError { try PostgresDatabase(uri: "postgresql://ana:geheim@host/forum?sslmood=require") }
    #expect(error?.kind == .misnamed)
    #expect(error?.description.contains("sslmood") == true)
    #expect(error?.description.contains("geheim") == false)
  }

  @Test("that ends a connection in mid-transaction loses nothing that was committed, and the next call connects anew")
  func lostConnection() throws {
    let scratch = try Scratch()
    let killer = try scratch.again()
    try scratch.add(1, "kept")
    let error = databaseError {
      try scratch.database.write { connection in
        try connection.run("INSERT INTO item (id) VALUES (2)")
        let pid = try connection.first("SELECT pg_backend_pid()") { $0.integer(0) }!
        _ = try number(killer, "SELECT pg_terminate_backend(\(pid))::int")
        try connection.run("INSERT INTO item (id) VALUES (3)")
      }
    }
    #expect(error?.kind == .unavailable, "\(error?.description ?? "")")
    #expect(try scratch.ids("TRUE") == [1])
    try scratch.add(4, "after")
    #expect(try scratch.ids("TRUE") == [1, 4])
  }

  @Test("a session whose transaction could not even begin is used again as if it had not been")
  func failedBegin() throws {
    let scratch = try Scratch()
    let impatient = try openDatabase(scratch.uri + "%20-cstatement_timeout%3D200")
    try scratch.database.write { _ in
      for _ in 1...2 {
        let error = databaseError { try impatient.write { try $0.run("INSERT INTO item (id) VALUES (1)") } }
        #expect(error?.kind == .unavailable, "\(error?.description ?? "")")
      }
    }
    try impatient.write { try $0.run("INSERT INTO item (id) VALUES (2)") }
    #expect(try scratch.ids("TRUE") == [2])
  }

  @Test("idle connections that the server has closed meanwhile are replaced, all of them")
  func closedWhileIdle() throws {
    let scratch = try Scratch()
    let killer = try scratch.again()
    let pids = try scratch.database.read { first in
      try scratch.database.read { second in
        try [first, second].map { try $0.first("SELECT pg_backend_pid()") { $0.integer(0) }! }
      }
    }
    #expect(Set(pids).count == 2)
    for pid in pids { _ = try number(killer, "SELECT pg_terminate_backend(\(pid), 10000)::int") }
    try scratch.add(1, "a")
    #expect(try scratch.ids("TRUE") == [1])
  }

  @Test("that is a replica, which may only be read, is unavailable for writing, in words")
  func readOnly() throws {
    let scratch = try Scratch()
    let error = databaseError {
      try scratch.database.write {
        try $0.run("SET TRANSACTION READ ONLY")
        try $0.run("INSERT INTO item (id) VALUES (1)")
      }
    }
    #expect(error?.kind == .unavailable && error?.description.contains("read-only") == true)
    try scratch.add(1, "a")
  }

  @Test("refuses writes to a forum that was opened to be read")
  func foreign() throws {
    let directory = try TemporaryDirectory()
    let home = try TestDatabase(in: directory, "forum.sqlite")
    try home.open().write { try $0.run("CREATE TABLE post (id BIGINT)") }
    let database = try openDatabase(home.name, .foreign(readOnly: true))
    #expect(databaseError { try database.write { try $0.run("DELETE FROM post") } }?.kind == .unavailable)
    #expect(databaseError { try database.read { _ = try $0.run("DELETE FROM post") } }?.kind == .unavailable)
    #expect(try database.read { try $0.query("SELECT id FROM post") { $0.integer(0) } } == [])
  }

  @Test("breaks a deadlock at one transaction's cost, which is then run again")
  func deadlock() throws {
    let scratch = try Scratch()
    for id in 1...2 { try scratch.add(Int64(id), "a", 0) }
    let meeting = Meeting()
    @Sendable func add(_ database: any SQL.Database, _ ids: [Int64]) throws -> Int {
      var runs = 0
      try database.write(.concurrent) { connection in
        runs += 1
        try connection.run("UPDATE item SET size = size + 1 WHERE id = $1", [.integer(ids[0])])
        if runs == 1 { try meeting.wait() }
        try connection.run("UPDATE item SET size = size + 1 WHERE id = $1", [.integer(ids[1])])
      }
      return runs
    }
    let other = try scratch.again()
    let database = scratch.database
    let theirs = OtherProcess { try add(other, [2, 1]) }
    let ours = try add(database, [1, 2])
    let runs = try (ours, theirs.value())
    #expect(runs.0 + runs.1 >= 3, "one of the two ran twice: \(runs)")
    #expect(try scratch.database.read { try $0.query("SELECT size FROM item") { $0.integer(0) } } == [2, 2])
  }

  @Test("C2: runs serial transactions one after another over all processes: a number given first is committed first")
  func serial() throws {
    let scratch = try Scratch()
    let (first, second, watcher) = try (scratch.again(), scratch.again(), scratch.again())
    let meeting = Meeting()
    // The only session of the second: the next transaction uses it too.
    let pid = try number(second, "SELECT pg_backend_pid()")
    let late = OtherProcess {
      try meeting.wait()
      try second.write { try $0.run("INSERT INTO item (id, name) SELECT count(*) + 1, 'second' FROM item") }
    }
    try first.write { connection in
      try meeting.wait()
      // Until the other one waits for its turn.
      let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = \(pid)"
      let deadline = Deadline()
      while try number(watcher, waiting) == 0 { try deadline.check("the other's turn") }
      try connection.run("INSERT INTO item (id, name) SELECT count(*) + 1, 'first' FROM item")
    }
    try late.value()
    #expect(try scratch.texts("SELECT name FROM item ORDER BY id") == ["first", "second"])
  }

  @Test("lets one process at a time take a stage, and any other schema's")
  func exclusively() throws {
    let scratch = try Scratch()
    let (other, elsewhere) = try (scratch.again(), Scratch())
    let held = try scratch.database.exclusively("collect") {
      (
        try other.exclusively("collect") { true }, try other.exclusively("prune") { true },
        try elsewhere.database.exclusively("collect") { true }
      )
    }
    #expect(held?.0 == nil && held?.1 == true && held?.2 == true)
    #expect(try other.exclusively("collect") { true } == true)
    struct Refusal: Error {}
    #expect(throws: Refusal.self) { try scratch.database.exclusively("collect") { throw Refusal() } }
    #expect(try other.exclusively("collect") { true } == true)
  }

  @Test("tells its own clock, in whole seconds")
  func clock() throws {
    let scratch = try Scratch()
    let (before, now) = (
      try number(scratch.database, "SELECT floor(extract(epoch FROM clock_timestamp()))"),
      try #require(try scratch.database.clock())
    )
    #expect((before...before + 60).contains(now))
  }

  @Test("keeps rows of every kind, however many come at once")
  func bulk() throws {
    let scratch = try Scratch()
    let texts = ["a", "", "{\"x\",NULL}", "NULL", "back\\slash \"quote\"", "line\nbreak\ttab", "你好 🐎"]
    let values = (0..<12_000).flatMap { index -> [Value] in
      [.integer(Int64(index)), .text(texts[index % texts.count]), index % 3 == 0 ? .null : .integer(Int64(-index))]
    }
    try scratch.database.write { try $0.insert(into: "item", columns: ["id", "name", "size"], values: values) }
    let rows = try scratch.database.read {
      try $0.query("SELECT id, name, size FROM item ORDER BY id") { row -> [Value] in
        [.integer(row.integer(0)), .text(row.text(1)), .optional(row.optionalInteger(2))]
      }
    }
    #expect(Array(rows.joined()) == values)
  }
}

/// Where two threads wait for each other, once.
private final class Meeting: Sendable {
  private let arrived = Mutex(0)

  func wait() throws {
    arrived.withLock { $0 += 1 }
    let deadline = Deadline()
    while arrived.withLock({ $0 }) < 2 {
      try deadline.check("the other thread")
      sched_yield()
    }
  }
}
