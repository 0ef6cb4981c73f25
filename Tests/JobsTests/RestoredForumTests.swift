import Forum
import Ledger
import SQL
import TestSupport
import Testing
import Time

@testable import Jobs

/// A forum that was restored from a backup, and moderators who do nothing of the kind.
@Suite("A restored forum") struct RestoredForumTests {
  /// Runs until what has come is settled and sent; returns what the runs had to say.
  func settle(_ site: TestSite) throws -> [String] {
    var told: [String] = []
    for _ in 1...2 {
      told += try JobRun(site.stages).run(job: "dispatch", steps: [.collect, .fanOut, .digest, .deliver]).steps.flatMap(
        \.words)
      site.clock.advance(by: 180)
    }
    return told
  }

  /// The posts that were sent, by their texts: keys mean two posts each here.
  func texts(_ site: TestSite) -> [String] {
    site.relay.accepted.compactMap { mail in
      mail.text.matches(of: /body-[0-9a-z]+/).first.map { String($0.output) }
    }
  }

  /// A site with three posts, a backup, three more posts that are lost with the restore; all mailed.
  func restored() throws -> (site: TestSite, thread: String, authors: [String]) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let authors = try ["ben", "eva", "ida"].map { try site.fixture.participant($0) }
    for number in 1...3 { try site.fixture.post(in: thread, by: authors[number % 3], "body-\(number)") }
    _ = try settle(site)
    let backup = try DatabaseSnapshot(site.fixture.forum)
    for number in 4...6 { try site.fixture.post(in: thread, by: authors[number % 3], "body-\(number)") }
    _ = try settle(site)
    #expect(texts(site) == (1...6).map { "body-\($0)" })
    site.relay.clear()
    site.clock.advance(by: 3600)
    try backup.restore(site.fixture.forum)
    try resetSequence(site, to: 3)
    return (site, thread, authors)
  }

  /// A snapshot has rows alone: PostgreSQL gives numbers on its own.
  func resetSequence(_ site: TestSite, to number: Int) throws {
    guard site.fixture.forum.dialect == .postgres else { return }
    try site.fixture.forum.write { connection in
      let (value, isCalled) = (max(number, 1), number > 0)
      _ = try connection.query("SELECT setval(pg_get_serial_sequence('post', 'id'), \(value), \(isCalled))") { _ in }
    }
  }

  @Test("E3: the admin's word is not about posts with new numbers, though no run has seen them yet: they are mailed")
  func writtenBeforeTheWord() throws {
    let (site, thread, authors) = try restored()
    for (number, name) in ["a", "b", "c"].enumerated() {
      try site.fixture.post(in: thread, by: authors[(number + 2) % 3], "body-\(name)")
    }
    _ = try settle(site)
    #expect(try site.ledger.holds().map(\.kind) == [.forum])
    try site.fixture.post(in: thread, by: authors[1], "body-d")
    site.clock.advance(by: 300)
    _ = try site.ledger.resume(mailedUntil: site.clock.now, witness: nil, now: site.clock.now)
    _ = try settle(site)
    #expect(texts(site) == ["body-d"])
  }

  @Test("E1, E3: a post that could not be read was not mailed, whatever the admin says of the others: mended, it is")
  func setAside() throws {
    let site = try TestSite()
    try site.fixture.dropChecks()
    let thread = try site.thread(watchedBy: ["ana"])
    let authors = try ["ben", "eva"].map { try site.fixture.participant($0) }
    let bad = try site.fixture.post(in: thread, by: authors[0], "body-bad")
    let created = site.clock.now.seconds
    try site.fixture.set("post", "created_at", 1_770_000_000_000, of: bad)
    let backup = try DatabaseSnapshot(site.fixture.forum)
    try site.fixture.post(in: thread, by: authors[0], "body-1")
    _ = try settle(site)
    site.clock.advance(by: 3600)
    try backup.restore(site.fixture.forum)
    try resetSequence(site, to: 1)
    try site.fixture.post(in: thread, by: authors[1], "body-2")
    _ = try settle(site)
    #expect(try site.ledger.holds().map(\.kind) == [.forum])
    _ = try site.ledger.resume(mailedUntil: site.clock.now, witness: nil, now: site.clock.now)
    _ = try settle(site)
    try site.fixture.set("post", "created_at", created, of: bad)
    site.clock.advance(by: 7200)
    _ = try settle(site)
    #expect(texts(site) == ["body-1", "body-bad"])
  }

  @Test("E3: is noticed when it was restored twice, and nobody was mailed what stood there in between")
  func twice() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let authors = try ["ben", "eva", "ida"].map { try site.fixture.participant($0) }
    let backup = try DatabaseSnapshot(site.fixture.forum)
    try site.fixture.post(in: thread, by: authors[0], "body-1")
    _ = try settle(site)
    for number in 1...2 {
      site.clock.advance(by: 3600)
      try backup.restore(site.fixture.forum)
      try resetSequence(site, to: 0)
      try site.fixture.post(in: thread, by: authors[number], "body-\(number + 1)")
      _ = try settle(site)
      #expect(try site.ledger.holds().map(\.kind) == [.forum])
      // The first time nobody is to have it, the second time everybody.
      let moment = number == 1 ? site.clock.now : nil
      _ = try site.ledger.resume(mailedUntil: moment, witness: nil, now: site.clock.now)
      _ = try settle(site)
    }
    #expect(texts(site) == ["body-1", "body-3"])
  }

  @Test(
    "E3: that gives numbers of lost posts to new ones holds those, and goes on by the admin's word",
    arguments: [false, true], [nil, "now"])
  func holds(_ isRunBetween: Bool, _ from: String?) throws {
    let (site, thread, authors) = try restored()
    if isRunBetween { #expect(try settle(site) == []) }
    for (number, name) in ["a", "b", "c", "d", "e"].enumerated() {
      try site.fixture.post(in: thread, by: authors[(number + 2) % 3], "body-\(name)")
    }
    let told = try settle(site)
    #expect(told.contains { $0.hasPrefix("The forum was restored from a backup: ") }, "\(told)")
    // What has a number that was never given before goes on.
    #expect(texts(site) == ["body-d", "body-e"])
    #expect(try site.ledger.holds().map(\.kind) == [.forum])
    let resumed = try site.ledger.resume(
      mailedUntil: from == nil ? nil : site.clock.now, witness: nil, now: site.clock.now)
    #expect(resumed == Ledger.Resumed())
    #expect(try settle(site) == [])
    #expect(
      Set(texts(site))
        == Set((from == nil ? ["a", "b", "c"] : []) + ["d", "e"]).map { "body-\($0)" }.reduce(into: []) {
          $0.insert($1)
        })
    try site.fixture.post(in: thread, by: authors[0], "body-f")
    #expect(try settle(site) == [])
    #expect(texts(site).suffix(1) == ["body-f"] && texts(site).count == (from == nil ? 6 : 3))
  }

  @Test("E3: never sends a copy that waits with the text of another post that has its number now")
  func deferredCopy() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let (ben, eva) = (try site.fixture.participant("ben"), try site.fixture.participant("eva"))
    let backup = try DatabaseSnapshot(site.fixture.forum)
    try site.fixture.post(in: thread, by: ben, "body-1")
    site.relay.answer(.refused("450 4.2.1 Later"))
    _ = try settle(site)
    try backup.restore(site.fixture.forum)
    try site.fixture.forum.write { connection in
      if site.fixture.forum.dialect == .postgres {
        _ = try connection.query("SELECT setval(pg_get_serial_sequence('post', 'id'), 1, false)") { _ in }
      }
    }
    site.clock.advance(by: 3600)
    try site.fixture.post(in: thread, by: eva, "body-2")
    site.relay.answer(.accepted)
    _ = try settle(site)
    #expect(texts(site) == [])
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    _ = try settle(site)
    #expect(texts(site) == ["body-2"])
  }

  @Test("E3: of a restored forum the admin's word is about the held posts alone: what else waits or rests goes its way")
  func othersGoOn() throws {
    let (site, thread, authors) = try restored()
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("dan", mode: .digest)])
    for (number, name) in ["a", "b", "c"].enumerated() {
      try site.fixture.post(in: thread, by: authors[(number + 2) % 3], "body-\(name)")
    }
    // Numbered anew: one that is deferred and waits for dan's digest, and one that still rests.
    try site.fixture.post(in: thread, by: authors[0], "body-d")
    site.relay.answer(.refused("450 4.2.1 Later"))
    #expect(try settle(site).contains { $0.hasPrefix("The forum was restored from a backup: ") })
    try site.fixture.post(in: thread, by: authors[0], "body-e")
    try site.collect()
    let resumed = try site.ledger.resume(mailedUntil: site.clock.now + 1, witness: nil, now: site.clock.now)
    #expect(resumed == Ledger.Resumed())
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    _ = try settle(site)
    #expect(Set(texts(site)) == ["body-d", "body-e"])
    site.clock.advance(by: 86_400)
    _ = try settle(site)
    let digests = site.relay.accepted.filter { $0.name == "dan" }
    #expect(digests.count == 1 && digests[0].posts.count == 2)
  }

  @Test("E3: a month of ordinary moderation raises no alarm, and mails each post once", arguments: 1...6)
  func moderation(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let site = try TestSite()
    let threads = try (1...4).map { _ in try site.fixture.thread() }
    let authors = try (1...5).map { try site.fixture.participant("p\($0)") }
    let ana = try site.fixture.participant("ana")
    try site.fixture.put(Watch(scope: .everything), by: ana)
    var posts: [String] = []
    for day in 1...30 {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let state: Visibility = random.once(in: 5) ? .pending : .visible
        posts.append(
          try site.fixture.post(
            in: threads.randomElement(using: &random)!, by: authors.randomElement(using: &random)!, state: state))
      }
      if random.once(in: 2) { #expect(try settle(site) == []) }
      try moderate(site, &posts, threads, authors, &random)
      #expect(try settle(site) == [], "seed \(seed), day \(day)")
      #expect(try site.ledger.holds().isEmpty)
      site.clock.advance(by: 86_400 - 720)
    }
    let sent = site.relay.accepted.flatMap(\.posts)
    #expect(sent.count == Set(sent).count)
  }

  /// One thing that moderators do.
  private func moderate(
    _ site: TestSite, _ posts: inout [String], _ threads: [String], _ authors: [String], _ random: inout SplitMix64
  ) throws {
    guard let post = posts.randomElement(using: &random) else { return }
    let forum = site.fixture.forum
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      // The newest is deleted, row and all, and perhaps its forerunner too.
      for _ in 0...1 where !posts.isEmpty {
        let newest = posts.removeLast()
        try forum.write { try $0.run("DELETE FROM post WHERE id = \(newest)") }
      }
    case 1:
      let author = authors.randomElement(using: &random)!
      try forum.write { try $0.run("UPDATE post SET author = NULL WHERE author = \(author)") }
    case 2:
      let (from, to) = (threads.randomElement(using: &random)!, threads.randomElement(using: &random)!)
      try forum.write { try $0.run("UPDATE post SET thread = \(to) WHERE thread = \(from)") }
    case 3: try forum.write { try $0.run("UPDATE post SET created_at = created_at - 5000 WHERE id = \(post)") }
    case 4: try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    case 5: try site.fixture.writer.setVisibility(.visible, ofPost: post)
    case 6: try forum.write { try $0.run("UPDATE post SET author = \(authors[0]) WHERE id = \(post)") }
    default: try forum.write { try $0.run("UPDATE post SET body = 'edited' WHERE id = \(post)") }
    }
  }
}
