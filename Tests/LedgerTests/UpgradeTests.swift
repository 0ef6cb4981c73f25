import Forum
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

/// A ledger of an older program, with rows in it, is brought up to date (rule O6).
@Suite("A ledger that is upgraded") struct UpgradeTests {
  private let directory: TemporaryDirectory
  private let database: TestDatabase
  private let file: any SQL.Database

  init() throws {
    directory = try TemporaryDirectory()
    database = try TestDatabase(in: directory, "ledger.sqlite")
    file = try database.open()
  }

  private func rows(_ sql: String) throws -> [String] {
    try file.read {
      try $0.query(sql) { row in
        row.columns.indices.map { row.optionalText($0) ?? "NULL" }.joined(separator: "|")
      }
    }
  }

  @Test("O6: from schema 2 keeps candidates, journal and refusals; what they answered is not known", arguments: [1, 2])
  func parents(_ version: Int) throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(version)))
    let columns = "post_key, thread_key, discussion_key, urgent, visible_at"
    try file.write {
      try $0.run(
        """
        INSERT INTO candidate (\(columns), ordinal, state, seen_at, ask_at)
        VALUES ('7', 't', 'd', 0, 5, 7, 'resting', 5, 5), ('8', 't', 'd', 1, NULL, 8, 'pending', 6, 6)
        """)
      try $0.run(
        "INSERT INTO journal (\(columns), due, journalled_at, signing_key) VALUES ('6', 't', 'd', 0, 4, 4, 4, 1)")
      if version == 2 {
        try $0.run("INSERT INTO domain_refusal VALUES ('b.example', 1, '550 5.7.1', 9)")
      }
    }
    let kept = "SELECT \(columns), seen_at FROM candidate UNION ALL SELECT \(columns), due FROM journal ORDER BY 1"
    let before = try rows(kept)
    #expect(before == ["6|t|d|0|4|4", "7|t|d|0|5|5", "8|t|d|1|NULL|6"])
    let ledger = Ledger(file)
    #expect(try ledger.migrate() == Ledger.migrations.count - version)
    #expect(try ledger.migrate() == 0)
    #expect(try rows(kept) == before)
    let parents = "SELECT parent_key FROM journal UNION ALL SELECT parent_key FROM candidate"
    #expect(try rows(parents) == ["NULL", "NULL", "NULL"])
    #expect(try ledger.refusals(by: "b.example", since: Timestamp(0)).count == version - 1)
  }

  @Test("I2: signs for its own name, unless older programs have signed for none", arguments: [true, false])
  func tokenRealm(hasPeople: Bool) throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(17)))
    if hasPeople { try file.write { _ = try $0.run("INSERT INTO person (person_key) VALUES ('1')") } }
    let ledger = Ledger(file)
    try ledger.migrate()
    #expect(try ledger.tokenRealm(makeName: nil) == nil)
    #expect(try ledger.tokenRealm { "name" } == (hasPeople ? nil : "name"))
    #expect(try ledger.tokenRealm { "other" } == (hasPeople ? nil : "name"))
    let word = try ledger.leaveWitness(now: Timestamp(1)) { "third" }
    #expect(word.ledger == (hasPeople ? "third" : "name"))
  }

  @Test("C2: goes on where the older program stopped: what rested enters the journal once, at the next position")
  func goesOn() throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(2)))
    try file.write {
      try $0.run(
        """
        INSERT INTO candidate (post_key, ordinal, state, thread_key, discussion_key, urgent, visible_at, seen_at,
          ask_at)
        VALUES ('7', 7, 'resting', 't', 'd', 0, 5, 5, 5)
        """)
    }
    let ledger = Ledger(file)
    try ledger.migrate()
    let resting = try ledger.settledCandidates(
      now: Timestamp(6), settle: 0, through: .max, withUrgent: true, limit: 10)
    #expect(resting.map(\.postKey) == ["7"] && resting.map(\.parentKey) == [nil])
    let settled = resting.map { (candidate: $0, due: Timestamp(6)) }
    #expect(try ledger.journal(settled, signingKey: 1, now: Timestamp(6)) == 1)
    #expect(try ledger.journal(settled, signingKey: 1, now: Timestamp(6)) == 0)
    let entries = try ledger.journalEntries(positions: [1, 2])
    #expect(entries.map(\.postKey) == ["7"] && entries.map(\.parentKey) == [nil])
  }

  @Test("E4, F6: goes on within the post at which the older program stopped, and with all behind it")
  func halfWay() throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(5)))
    try file.write { connection in
      try connection.run("INSERT INTO person (person_key) VALUES ('a'), ('b'), ('c')")
      try connection.run(
        """
        INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key)
        VALUES ('1', 't', 'd', 0, 4, 4, 4, 1),
          ('2', 't', 'd', 0, 4, 4, 4, 1), ('3', 't', 'd', 0, 4, 4, 4, 1),
          ('4', 't', 'd', 1, 4, 4, 4, 1)
        """)
      try connection.run("INSERT INTO mark (name, value) VALUES ('fanned-out', 1), ('delivery', 1)")
      try connection.run("INSERT INTO fan_out (post, after_key) VALUES (2, 'a')")
      try connection.run(
        "INSERT INTO decision VALUES (1, 1, 0, 'skipped', 'muted', NULL), (2, 1, 0, 'instant', 'thread', 1)")
      try connection.run("INSERT INTO delivery (id, person, post, state, due) VALUES (1, 1, 2, 'queued', 4)")
    }
    let ledger = Ledger(file)
    try ledger.migrate()
    var turns: [String] = []
    while let turn = try ledger.nextFanOut() {
      turns.append("\(turn.entry.postKey) \(turn.cursor.map { "\($0)" } ?? "nil")")
      // Whoever was decided about by the older program is not decided about again.
      let rows = (1...3).map { DecisionRow(person: PersonID($0), decision: .instant(.thread)) }
      try ledger.decide(rows, entry: turn.entry, next: nil, now: Timestamp(5))
    }
    #expect(turns == ["4 nil", "2 forum(after: \"a\")", "3 nil"])
    let decided = try rows("SELECT post, count(*) FROM decision GROUP BY post ORDER BY post")
    #expect(decided == ["1|1", "2|3", "3|3", "4|3"])
    #expect(try rows("SELECT count(*) FROM delivery") == ["9"])
    // What is journalled from here on stands behind.
    let new = Candidate(
      Post(
        key: "5", ordinal: 5, threadKey: "t", discussionKey: "d", number: "5", authorName: "", body: "",
        createdAt: Timestamp(5)), state: .resting, visibleAt: Timestamp(5), seenAt: Timestamp(5))
    #expect(try ledger.journal([(new, due: Timestamp(5))], signingKey: 1, now: Timestamp(5)) == 1)
    #expect(try ledger.nextFanOut()?.turn == 5)
  }

  @Test("E4: a ledger whose older program had decided everything, or nothing, is left so", arguments: [nil, 1])
  func wholly(_ mark: Int64?) throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(5)))
    try file.write { connection in
      try connection.run(
        """
        INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key)
        VALUES ('1', 't', 'd', 0, 4, 4, 4, 1)
        """)
      if let mark { try connection.run("INSERT INTO mark (name, value) VALUES ('fanned-out', $1)", [.integer(mark)]) }
    }
    let ledger = Ledger(file)
    try ledger.migrate()
    #expect(try ledger.nextFanOut()?.entry.postKey == (mark == nil ? "1" : nil))
  }

  @Test("O6: from schema 14 replies that wait, or are tried, go on; since when they are tried is not known")
  func replies() throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(14)))
    try file.write {
      try $0.run(
        """
        INSERT INTO reply (received, mail_key, person, post, thread_key, body, elided, body_hash, subject, arrived_at, state,
          tries, due)
        VALUES (1, 'k1', 1, 1, 't', 'I agree.', '', 'h', '', 4, 'trying', 2, 4),
          (2, 'k2', 1, 1, 't', 'I agree.', '', 'h', '', 4, 'waiting', 0, 4)
        """)
    }
    let ledger = Ledger(file)
    try ledger.migrate()
    let due = try ledger.dueReplies(after: 0, at: Timestamp(5), limit: 10)
    #expect(due.map(\.state) == [.trying, .waiting] && due.map(\.triedAt) == [nil, nil])
    for moment: Int64 in [9, 6, 7] { #expect(try ledger.beginPosting(1, now: Timestamp(moment))) }
    #expect(try ledger.mailedReply(1)?.triedAt == Timestamp(6))
  }

  @Test("O6: from schema 15 the journal goes on; what its posts said is not known")
  func texts() throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(15)))
    try file.write {
      try $0.run(
        """
        INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key)
        VALUES ('1', 't', 'd', 0, 4, 4, 4, 1)
        """)
    }
    let ledger = Ledger(file)
    try ledger.migrate()
    #expect(try ledger.journalEntries(positions: [1]).map(\.text) == [nil])
    try ledger.keep([.init(post: 1, version: "v", words: [], text: "9 a")], now: Timestamp(5))
    #expect(try ledger.journalEntries(texts: ["9 a", "9 b"]).map(\.position) == [1])
  }

  @Test("O6: from schema 18 decisions stay; when they were made is not known, and nothing is told of what was")
  func decisions() throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(18)))
    try file.write { try $0.run("INSERT INTO decision VALUES (1, 1, 0, 'skipped', 'muted', NULL)") }
    let ledger = Ledger(file)
    try ledger.migrate()
    #expect(try rows("SELECT * FROM decision") == ["1|1|0|skipped|muted|NULL|NULL"])
    #expect(try ledger.decision(post: 1, person: 1) == .skipped(.muted))
    #expect(try ledger.events(of: 1, post: 1).isEmpty)
  }
}
