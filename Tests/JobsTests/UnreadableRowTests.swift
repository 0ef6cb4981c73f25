import Forum
import ForumSources
import Ledger
import SQL
import TestSupport
import Testing
import Time

@testable import Jobs

/// A row that cannot be read sets aside its own post, person or watch; all other mail goes, and it is made up for.
@Suite("Rows that cannot be read") struct UnreadableRowTests {
  /// A moment in milliseconds: no writer's check stands in its way any more.
  private static let odd: Int64 = 1_770_000_000_000

  /// A site whose forum takes any row, as a foreign one does.
  private func site() throws -> TestSite {
    let site = try TestSite()
    try site.fixture.dropChecks()
    return site
  }

  private func run(_ site: TestSite) throws -> RunReport {
    try JobRun(site.stages).run(job: "dispatch", steps: [.collect, .fanOut, .digest, .deliver])
  }

  /// Runs until what has come is settled and sent; returns all that was told.
  private func settle(_ site: TestSite) throws -> [String] {
    var told: [String] = []
    for _ in 1...3 {
      told += try run(site).steps.flatMap(\.words)
      site.clock.advance(by: 300)
    }
    return told
  }

  @Test("E1: a post is set aside alone, told once, and taken up when it is mended")
  func post() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let bad = try site.fixture.post(in: thread)
    try site.fixture.set("post", "created_at", Self.odd, of: bad)
    let good = try site.fixture.post(in: thread)
    let told = try settle(site)
    #expect(site.relay.accepted.map(\.posts) == [[good], [good]])
    #expect(told.count == 1)
    #expect(
      told.first?.hasPrefix(
        "embedded, query posts_after, post \(bad): `1770000000000` in column `created_at` is not within")
        == true, "\(told)")
    #expect(try site.ledger.setAside(limit: 9).map(\.fault.key) == [bad])
    #expect(try settle(site) == [])
    try site.fixture.set("post", "created_at", site.clock.now.seconds, of: bad)
    #expect(try settle(site) == [])
    #expect(site.relay.accepted.map(\.posts) == [[good], [good], [bad], [bad]])
    #expect(try site.ledger.setAsideCount() == 0)
    #expect(try settle(site) == [] && site.relay.accepted.count == 4)
  }

  @Test("E1, C5: a post that is mended after days comes as a catch-up digest")
  func mendedLate() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let bad = try site.fixture.post(in: thread)
    try site.fixture.set("post", "created_at", Self.odd, of: bad)
    _ = try settle(site)
    let written = site.clock.now.seconds
    site.clock.advance(by: 3 * 86_400)
    try site.fixture.set("post", "created_at", written, of: bad)
    site.clock.advance(by: 8 * 3600)
    _ = try settle(site)
    #expect(site.relay.accepted.map(\.posts) == [[bad]])
    #expect(site.relay.accepted.map(\.isDigest) == [true])
  }

  @Test("E1: a post that becomes unreadable while it rests, or waits for approval, waits on", arguments: [true, false])
  func candidate(_ isPending: Bool) throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread, state: isPending ? .pending : .visible)
    try site.collect()
    try site.fixture.set("post", "visible_at", Self.odd, of: post)
    #expect(try settle(site).count == 1)
    #expect(site.relay.accepted.isEmpty)
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    try site.fixture.set("post", "visible_at", nil, of: post)
    #expect(try settle(site) == [])
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("E1: a post that becomes unreadable when its copies wait is held back, with its digests, and goes when mended")
  func queued() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("eva", mode: .digest)])
    let (first, second) = (try site.fixture.post(in: thread), try site.fixture.post(in: thread))
    try site.settle()
    try site.fixture.set("post", "created_at", Self.odd, of: first)
    #expect(try settle(site).count == 1)
    site.clock.advance(by: 86_400)
    _ = try settle(site)
    #expect(site.relay.accepted.map(\.name) == ["ana", "eva"])
    #expect(site.relay.accepted.map(\.posts) == [[second], [second]])
    #expect(try site.deliveries().compactMap(\.reason) == ["unreadable-post"])
    try site.fixture.set("post", "created_at", site.clock.now.seconds, of: first)
    for days: Int64 in [2, 1] {
      site.clock.advance(by: days * 86_400)
      _ = try settle(site)
    }
    #expect(site.relay.accepted.map(\.name) == ["ana", "eva", "ana", "eva"])
    #expect(site.relay.accepted.suffix(2).map(\.posts) == [[first], [first]])
  }

  @Test("E1, M6: a file that cannot be read is told once, and its post is mailed with the others of its files")
  func attachment() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.fixture.forum.write {
      try $0.run("DROP TABLE post_attachment")
      try $0.run("CREATE TABLE post_attachment (id BIGINT, post BIGINT, name TEXT, size TEXT, url TEXT)")
      try $0.run(
        """
        INSERT INTO post_attachment VALUES (1, \(post), 'good.pdf', '2500000', 'https://e.org/good'),
          (2, \(post), 'bad.pdf', 'large', 'https://e.org/bad')
        """)
    }
    let told = try settle(site)
    #expect(told.count == 1)
    let words = "embedded, query attachments, of post \(post): `large` in column `size` is no whole number"
    #expect(told.first?.hasPrefix(words) == true && !told[0].contains("waits"), "\(told)")
    let mail = try #require(site.relay.accepted.first)
    #expect(site.relay.accepted.count == 1 && mail.text.contains("good.pdf") && !mail.text.contains("bad.pdf"))
    #expect(try site.ledger.setAsideCount() == 1)
    #expect(try site.ledger.setAsideCountOfWaiting() == 0 && site.ledger.postsSetAside() == 0)
    try site.fixture.forum.write { try $0.run("UPDATE post_attachment SET size = '1'") }
    #expect(try settle(site) == [] && site.ledger.setAsideCount() == 0)
  }

  @Test("E1: a discussion that cannot be read holds back its posts alone")
  func discussion() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let other = try site.fixture.writer.addDiscussion(title: "Other", slug: "other")
    let elsewhere = try site.fixture.thread(in: other)
    try site.fixture.watch(thread: elsewhere, by: [try site.fixture.participant("ben")])
    let (post, beside) = (try site.fixture.post(in: thread), try site.fixture.post(in: elsewhere))
    try site.fixture.set("discussion", "closes_at", Self.odd, of: site.fixture.discussion)
    #expect(try settle(site).count == 1)
    #expect(site.relay.accepted.map(\.posts) == [[beside]])
    try site.fixture.set("discussion", "closes_at", nil, of: site.fixture.discussion)
    site.clock.advance(by: 3600)
    #expect(try settle(site) == [])
    #expect(site.relay.accepted.map(\.posts) == [[beside], [post]])
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test("E1: a post in a thread that is not there is told, not passed over; it goes when it stands in one")
  func lostThread() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.fixture.forum.write { connection in
      // Programs write that do not ask SQLite to see to references: here a table without any stands for them.
      if site.fixture.forum.dialect == .sqlite {
        for sql in ["CREATE TABLE copy AS SELECT * FROM post", "DROP TABLE post", "ALTER TABLE copy RENAME TO post"] {
          try connection.run(sql)
        }
      }
      try connection.run("UPDATE post SET thread = 77 WHERE id = \(post)")
    }
    let told = try settle(site)
    #expect(told.count == 1 && told.first?.contains("post \(post): `NULL` in column `discussion`") == true, "\(told)")
    try site.fixture.set("post", "thread", Int64(thread), of: post)
    #expect(try settle(site) == [])
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test(
    "E1: a person who cannot be read is passed by alone, and gets what they missed when they can: instant or digest",
    arguments: [("paused_until", Mode.instant), ("paused_until", .digest), ("since", .instant), ("since", .digest)])
  func person(_ column: String, _ mode: Mode) throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana", "ben"], mode: mode)
    let ana = try site.names().first { $0.value == "ana" }!.key
    func set(_ value: Int64?) throws {
      if column == "since" {
        try site.fixture.forum.write { connection in
          try connection.run("UPDATE watch SET since = \(value ?? 1) WHERE participant = \(ana)")
        }
      } else {
        try site.fixture.set("participant", column, value, of: ana)
      }
    }
    try set(Self.odd)
    let first = try site.publish(2, in: thread)
    let told = try settle(site)
    #expect(told.count == 1 && told.first?.contains("participant \(ana): `1770000000000`") == true, "\(told)")
    let second = try site.publish(in: thread)
    _ = try settle(site)
    site.clock.advance(by: 86_400)
    #expect(try settle(site) == [])
    #expect(Set(site.relay.accepted.map(\.name)) == ["ben"])
    #expect(site.relay.accepted.flatMap(\.posts) == first + second)
    site.relay.clear()
    try set(nil)
    site.clock.advance(by: 86_400)
    _ = try settle(site)
    site.clock.advance(by: 86_400)
    _ = try settle(site)
    #expect(Set(site.relay.accepted.map(\.name)) == ["ana"])
    #expect(site.relay.accepted.flatMap(\.posts).sorted() == first + second)
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test("E1: a person who becomes unreadable when a copy waits gets it when they can be read again")
  func personQueued() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let ana = try site.names().first { $0.value == "ana" }!.key
    let post = try site.publish(in: thread)
    try site.fixture.set("participant", "paused_until", Self.odd, of: ana)
    #expect(try settle(site).count == 1)
    #expect(site.relay.accepted.map(\.name) == ["ben"])
    try site.fixture.set("participant", "paused_until", nil, of: ana)
    site.clock.advance(by: 7200)
    _ = try settle(site)
    #expect(site.relay.accepted.map(\.name) == ["ben", "ana"])
    #expect(site.relay.accepted.map(\.posts) == [post, post])
  }

  @Test("E1: an address or a zone that cannot be used is told once and shown until it is mended")
  func unusable() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let ana = try site.names().first { $0.value == "ana" }!.key
    let eva = try site.fixture.participant("eva", mode: .digest) { $0.zone = "Mars/X" }
    try site.fixture.watch(thread: thread, by: [eva])
    try site.fixture.forum.write { try $0.run("UPDATE participant SET address = 'nope' WHERE id = \(ana)") }
    try site.publish(2, in: thread)
    let told = try settle(site)
    #expect(told.count == 2, "\(told)")
    #expect(told.contains { $0.contains("`nope` in column `address` is no address that mail can be sent to") })
    #expect(told.contains { $0.contains("`Mars/X` in column `zone` is no time zone") })
    #expect(try settle(site) == [])
    #expect(try site.ledger.setAsideCount() == 2)
    // They hold nothing back: no run counts them among what waits.
    #expect(try run(site).steps.allSatisfy { $0.count("set aside") == 0 })
    try site.fixture.forum.write { try $0.run("UPDATE participant SET address = 'ana@example.net', zone = NULL") }
    site.clock.advance(by: 7200)
    #expect(try settle(site) == [])
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test("E1: where the query is at fault nothing moves on, and the run says so")
  func query() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let posts = try (0..<12).map { _ in try site.fixture.post(in: thread) }
    for post in posts { try site.fixture.set("post", "created_at", Self.odd, of: post) }
    let report = try run(site)
    #expect(report.status == .configuration)
    #expect(report.steps.flatMap(\.words).contains { $0.contains("12 of 12 rows cannot be read, for one reason: ") })
    #expect(try site.ledger.setAsideCount() == 0)
    for post in posts { try site.fixture.set("post", "created_at", site.clock.now.seconds, of: post) }
    _ = try settle(site)
    #expect(site.relay.accepted.flatMap(\.posts) == posts)
  }

  @Test("E1: a post that is deleted while it is set aside is forgotten")
  func deleted() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.fixture.set("post", "created_at", Self.odd, of: post)
    _ = try settle(site)
    try site.fixture.forum.write { try $0.run("DELETE FROM post") }
    _ = try settle(site)
    #expect(try site.ledger.setAsideCount() == 0 && site.relay.accepted.isEmpty)
  }

  @Test("E1: a person who is deleted while set aside is forgotten at once; a row without a key after a week")
  func forgotten() throws {
    let site = try site()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let ana = try site.names().first { $0.value == "ana" }!.key
    try site.fixture.set("participant", "paused_until", Self.odd, of: ana)
    try site.publish(3, in: thread)
    #expect(try settle(site).count == 1)
    try site.fixture.forum.write {
      try $0.run("DELETE FROM watch WHERE participant = \(ana)")
      try $0.run("DELETE FROM participant WHERE id = \(ana)")
    }
    _ = try settle(site)
    #expect(try site.ledger.setAsideCount() == 0)
    let nameless = RowFault(.post, key: "", query: "q", column: "id", value: "NULL", complaint: "must be a key")
    try site.ledger.setAside([SetAside(nameless, since: site.clock.now)])
    func prune() throws { _ = try PruneStage(site.context, PruneStage.Settings()).runOnce() }
    try prune()
    #expect(try site.ledger.setAsideCount() == 1)
    site.clock.advance(by: 8 * 86_400)
    try prune()
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test("C1, E1: a crash at any commit loses neither what is set aside nor what it missed, and doubles nothing")
  func crashes() throws {
    for moment in FaultingDatabase.Moment.allCases {
      var commit = 1
      while true {
        let site = try site()
        let thread = try site.thread(watchedBy: ["ana", "ben"])
        let ana = try site.names().first { $0.value == "ana" }!.key
        let database = site.crash(atCommit: commit, moment)
        func attempt(_ body: () throws -> Void) throws {
          do { try body() } catch is FaultingDatabase.Crash { site.restart() }
        }
        try site.fixture.set("participant", "paused_until", Self.odd, of: ana)
        let bad = try site.fixture.post(in: thread)
        try site.fixture.set("post", "created_at", Self.odd, of: bad)
        let good = try site.fixture.post(in: thread)
        for _ in 1...3 {
          try attempt { try site.dispatch() }
          site.clock.advance(by: 300)
        }
        try site.fixture.set("participant", "paused_until", nil, of: ana)
        try site.fixture.set("post", "created_at", site.clock.now.seconds, of: bad)
        for _ in 1...4 {
          site.clock.advance(by: 4000)
          try attempt { try site.dispatch() }
        }
        let sent = Set(site.relay.accepted.flatMap { mail in mail.posts.map { "\(mail.name) \($0)" } })
        #expect(sent == ["ana \(good)", "ana \(bad)", "ben \(good)", "ben \(bad)"], "\(moment) \(commit)")
        // What may have arrived before the crash comes again under its own name.
        #expect(Set(site.relay.accepted.map(\.messageID)).count == 4, "\(moment) \(commit)")
        if !database.hasCrashed { break }
        commit += 1
      }
      #expect(commit > 8)
    }
  }
}

extension ForumFixture {
  /// From here on the forum's tables take any row, as a foreign forum's do.
  func dropChecks() throws {
    try forum.write { connection in
      switch forum.dialect {
      case .sqlite:
        let names = try connection.query(
          "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%refused%'"
        ) {
          $0.text(0)
        }
        for name in names { try connection.run("DROP TRIGGER \(name)") }
      case .postgres:
        let names = try connection.query(
          """
          SELECT conrelid::regclass::text, conname FROM pg_constraint
          WHERE conname LIKE '%is_moment' AND connamespace = current_schema()::regnamespace
          """
        ) { ($0.text(0), $0.text(1)) }
        for (table, name) in names { try connection.run("ALTER TABLE \(table) DROP CONSTRAINT \(name)") }
        try connection.run("ALTER TABLE post DROP CONSTRAINT post_thread_fkey")
      }
    }
  }

  /// Writes a number, or NULL, into a column of one row.
  func set(_ table: String, _ column: String, _ value: Int64?, of key: String) throws {
    try forum.write {
      try $0.run("UPDATE \(table) SET \(column) = $1 WHERE id = $2", [.optional(value), .integer(Int64(key)!)])
    }
  }
}
