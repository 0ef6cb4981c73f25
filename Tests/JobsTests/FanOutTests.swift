import Forum
import TestSupport
import Testing
import Time

@Suite("Fan-out: who hears of a post, and why not")
struct FanOutTests {
  @Test("F1: the most specific watch or mute wins; two watches on one post make one mail")
  func scopes() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let preferences: [(String, [(WatchScope, Bool)])] = [
      ("all", [(.everything, false)]),
      ("discussion", [(.discussion, false)]),
      ("thread", [(.thread, false)]),
      ("twice", [(.everything, false), (.discussion, false), (.thread, false)]),
      ("butThisThread", [(.everything, false), (.thread, true)]),
      ("butThisDiscussion", [(.everything, false), (.discussion, true)]),
      ("onlyThisThread", [(.discussion, true), (.thread, false)]),
      ("nothing", [(.everything, true)]),
    ]
    for (name, watches) in preferences {
      let person = try site.fixture.participant(name)
      for (scope, isMute) in watches {
        let target = scope == .thread ? thread : scope == .discussion ? site.fixture.discussion : ""
        try site.fixture.put(Watch(scope: scope, isMute: isMute), on: target, by: person)
      }
    }
    let post = try site.publish(in: thread)[0]
    #expect(
      try site.decisions(post) == [
        "all": "instant everything", "discussion": "instant discussion", "thread": "instant thread",
        "twice": "instant thread", "butThisThread": "skipped muted", "butThisDiscussion": "skipped muted",
        "onlyThisThread": "instant thread", "nothing": "skipped muted",
      ])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name).sorted() == ["all", "discussion", "onlyThisThread", "thread", "twice"])
  }

  @Test("F1: watches of other threads and discussions say nothing")
  func otherTargets() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let other = try site.fixture.thread("Another", in: site.fixture.writer.addDiscussion(title: "B", slug: "b"))
    let ana = try site.fixture.participant("ana")
    try site.fixture.put(Watch(scope: .thread), on: other, by: ana)
    let post = try site.publish(in: thread)[0]
    #expect(try site.decisions(post).isEmpty)
  }

  @Test("F2: the mode of the watch beats the person's own, and that the configuration's")
  func modes() throws {
    let site = try TestSite { $0.defaults.mode = .digest }
    let thread = try site.fixture.thread()
    for (name, person, watch): (String, Mode?, Mode?) in [
      ("configured", nil, nil), ("own", .instant, nil), ("watch", .off, .instant), ("digest", .instant, .digest),
      ("off", .instant, .off), ("ownOff", .off, nil),
    ] {
      let key = try site.fixture.participant(name, mode: person)
      try site.fixture.put(Watch(scope: .thread, mode: watch), on: thread, by: key)
    }
    let post = try site.publish(in: thread)[0]
    #expect(
      try site.decisions(post) == [
        "configured": "digest thread", "own": "instant thread", "watch": "instant thread", "digest": "digest thread",
        "off": "skipped mode-off", "ownOff": "skipped mode-off",
      ])
  }

  @Test("F3, F4: whoever gets nothing is a row with the reason")
  func reasons() throws {
    let site = try TestSite()
    let writer = site.fixture.writer
    let members = try writer.addDiscussion(title: "Bureau", slug: "bureau", isPrivate: true)
    let thread = try site.fixture.thread(in: members)
    let now = site.clock.now
    func add(
      _ name: String, isMember: Bool = true, isActive: Bool = true, isConfirmed: Bool = true, since: Int64 = -60,
      _ change: (inout Preferences) -> Void = { _ in }
    ) throws -> String {
      let key = try site.fixture.participant(name, isActive: isActive, isConfirmed: isConfirmed, change)
      if isMember { try writer.addMember(discussion: members, participant: key) }
      try site.fixture.put(Watch(scope: .thread, since: now + since), on: thread, by: key)
      return key
    }
    let author = try add("author")
    _ = try add("reader")
    _ = try add("outsider", isMember: false)
    _ = try add("inactive", isActive: false)
    _ = try add("unconfirmed", isConfirmed: false)
    _ = try add("late", since: 1)
    _ = try add("paused") { $0.pausedUntil = now + 86_400 }
    _ = try add("pauseOver") { $0.pausedUntil = now + 1 }
    _ = try add("suppressed")
    let broken = try add("broken")
    try writer.setStanding(of: broken, isActive: true, address: "broken@@example.net")
    try site.fixture.ledgerFile.write {
      try $0.run("INSERT INTO suppression (address, reason, since) VALUES ('suppressed@example.net', 'bounces', 0)")
    }
    let post = try site.fixture.post(in: thread, by: author)
    try site.settle()
    #expect(
      try site.decisions(post) == [
        "author": "skipped own-post", "reader": "instant thread", "outsider": "skipped not-readable",
        "inactive": "skipped inactive", "unconfirmed": "skipped unconfirmed", "late": "skipped older-than-watch",
        "paused": "skipped paused", "pauseOver": "instant thread", "suppressed": "skipped suppressed",
        "broken": "skipped bad-address",
      ])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["reader", "pauseOver"])
  }

  @Test("F3: whoever asks for their own posts gets them")
  func ownPosts() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana") { $0.ownPosts = true }
    try site.fixture.watch(thread: thread, by: [ana])
    let post = try site.fixture.post(in: thread, by: ana)
    try site.settle()
    #expect(try site.decisions(post) == ["ana": "instant thread"])
  }

  @Test("F4: a decision is made once; a watch set after it changes nothing")
  func decidedOnce() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.publish(in: thread)[0]
    let ben = try site.fixture.participant("ben")
    try site.fixture.put(Watch(scope: .thread, since: site.clock.now - 86_400), on: thread, by: ben)
    for _ in 1...3 { try site.dispatch() }
    #expect(try site.decisions(post) == ["ana": "instant thread"])
    #expect(site.relay.accepted.count == 1)
  }

  @Test("F3, F4: watches and preferences that the ledger keeps count as the forum's do")
  func ownWatches() throws {
    let site = try TestSite { $0.pageSize = 3 }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva", "fay"])
    let extra = try site.fixture.participant("gus")
    let people = try site.ledger.people(keys: [extra] + (try site.names().keys))
    try site.ledger.put(
      .init(person: people[extra]!.id, target: thread, watch: Watch(scope: .thread, since: Timestamp(0))))
    let ben = try site.names().first { $0.value == "ben" }!.key
    try site.ledger.put(.init(person: people[ben]!.id, target: thread, watch: Watch(scope: .thread, isMute: true)))
    let eva = try site.names().first { $0.value == "eva" }!.key
    var preferences = Preferences()
    preferences.mode = .digest
    try site.ledger.changePreferences(of: people[eva]!.id) { $0 = preferences }
    let post = try site.publish(in: thread)[0]
    #expect(
      try site.decisions(post) == [
        "ana": "instant thread", "ben": "skipped muted", "eva": "digest thread", "fay": "instant thread",
        "gus": "instant thread",
      ])
  }

  @Test(
    "F6: people come in pages; a run stopped after any page goes on there, and decides nobody twice",
    arguments: 1...6)
  func pages(_ stopAfter: Int) throws {
    let site = try TestSite { $0.pageSize = 3 }
    let names = (1...10).map { "p\($0)" }
    let thread = try site.thread(watchedBy: names)
    let posts = try (1...2).map { _ in try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    try site.collect()
    var questions = 0
    var pages = 0
    var runs = 0
    repeat {
      let before = site.forum.questions.count { $0 == "watchers" }
      let stop = site.stop
      let source = site.forum
      source.before { question in
        if question == "watchers", source.questions.count(where: { $0 == "watchers" }) - before >= stopAfter {
          stop.request()
        }
      }
      try site.fanOut()
      questions = source.questions.count { $0 == "watchers" } - before
      pages += questions
      runs += 1
      source.comeBack()
      site.newSignal()
    } while questions > 0
    // A run that is stopped has asked for one page more than it decides.
    #expect((2 * 4...2 * 4 + runs).contains(pages))
    for post in posts { #expect(try site.decisions(post).count == 10) }
    #expect(try site.deliveries().count == 20)
    try site.deliver()
    #expect(Set(site.relay.accepted.map { "\($0.name) \($0.posts)" }).count == 20)
    #expect(try site.count("SELECT count(*) FROM fan_out") == 0)
  }

  @Test("F6: people with many watches are never cut in two by the end of a page", arguments: 2...7)
  func wideWatchers(_ pageSize: Int) throws {
    let site = try TestSite { $0.pageSize = pageSize }
    let thread = try site.fixture.thread()
    for name in ["ana", "ben", "eva"] {
      let key = try site.fixture.participant(name)
      try site.fixture.put(Watch(scope: .everything), by: key)
      try site.fixture.put(Watch(scope: .discussion), on: site.fixture.discussion, by: key)
      try site.fixture.put(Watch(scope: .thread, isMute: name == "ben"), on: thread, by: key)
    }
    let post = try site.publish(in: thread)[0]
    #expect(
      try site.decisions(post) == ["ana": "instant thread", "ben": "skipped muted", "eva": "instant thread"])
  }
}
