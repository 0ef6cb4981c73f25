import Jobs
import Testing
import Time

@Suite("Collect: rest, floods and what is held")
struct SettlingTests {
  @Test("C4: a post rests for the settling time before it is journalled")
  func rests() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    #expect(try site.collect().resting == 1)
    site.clock.advance(by: 119)
    #expect(try site.collect().journalled == 0)
    site.clock.advance(by: 1)
    #expect(try site.collect().journalled == 1)
    #expect(try site.journal() == [post])
  }

  @Test("C4: a post first seen after its settling time does not rest again")
  func restsFromItsMaking() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    #expect(try site.collect().journalled == 1)
  }

  @Test("C4: an urgent post goes at once, and before all that waits")
  func urgent() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let waiting = try site.publish(3, in: thread)
    let resting = try site.fixture.post(in: thread)
    let urgent = try site.fixture.post(in: thread, isUrgent: true)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [urgent, urgent].map { [$0] } + waiting.flatMap { [[$0], [$0]] })
    #expect(try site.journal() == waiting + [urgent])
    _ = resting
  }

  @Test("C4: a post that is made urgent while it rests goes with the next run")
  func becomesUrgent() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.collect()
    site.clock.advance(by: 5)
    try site.fixture.forum.write { try $0.run("UPDATE post SET urgent = 1 WHERE id = $1", [.text(post)]) }
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C4: edits do not restart the rest, and the text as it stands when the mail is built is mailed")
  func edits() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread, "Firstdraft")
    try site.collect()
    site.clock.advance(by: 119)
    try site.fixture.writer.edit(post: post, body: "Seconddraft", at: site.clock.now)
    try site.collect()
    site.clock.advance(by: 1)
    #expect(try site.collect().journalled == 1)
    try site.fanOut()
    try site.fixture.writer.edit(post: post, body: "Finaltext", at: site.clock.now)
    try site.deliver()
    let mail = try #require(site.relay.accepted.first)
    #expect(mail.text.contains("Finaltext"))
    #expect(!mail.text.contains("draft"))
  }

  @Test("C4: an edit during a run is in the mails that are built more than a minute later")
  func editDuringARun() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    let post = try site.fixture.post(in: thread, "Firstdraft")
    try site.settle()
    site.settings.deliver.group = 1
    site.relay.onMail { number in
      guard number == 2 else { return }
      do { try site.fixture.writer.edit(post: post, body: "Finaltext", at: site.clock.now) } catch {
        Issue.record(error)
      }
      site.clock.advance(by: 60)
    }
    try site.deliver()
    #expect(site.relay.accepted.map { $0.text.contains("Finaltext") } == [false, false, true])
  }

  @Test("C4: a post hidden while it rests is not mailed; shown again it is, after a rest of its own")
  func hiddenWhileResting() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.collect()
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    site.clock.advance(by: 120)
    try site.dispatch()
    #expect(try site.journal().isEmpty)
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    try site.dispatch()
    #expect(site.relay.accepted.isEmpty)
    site.clock.advance(by: 120)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C4: a post whose row is removed while it rests is forgotten")
  func removedWhileResting() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.collect()
    try site.fixture.forum.write { try $0.run("DELETE FROM post WHERE id = $1", [.text(post)]) }
    try site.settle()
    #expect(try site.count("SELECT count(*) FROM candidate") == 0)
    #expect(try site.journal().isEmpty)
  }

  @Test("C5: a run that finds more posts than plausible holds all of them and says so, run after run")
  func flood() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...6 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    for _ in 1...3 {
      #expect(try site.collect().held == 6)
      site.clock.advance(by: 300)
    }
    let hold = try #require(try site.ledger.holds().first)
    #expect(hold.kind == .flood)
    #expect(hold.reason == "6 new posts at once, the limit is 5")
    #expect(try site.journal().isEmpty)
  }

  @Test("C4, C5: an urgent post does not wait with a flood, unless the urgent ones are a flood themselves")
  func urgentInAFlood() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...6 { try site.fixture.post(in: thread) }
    let urgent = try (1...5).map { _ in try site.fixture.post(in: thread, isUrgent: true) }
    site.clock.advance(by: 120)
    let report = try site.collect()
    #expect((report.journalled, report.held) == (5, 6))
    #expect(try site.journal() == urgent)
    for _ in 1...6 { try site.fixture.post(in: thread, isUrgent: true) }
    #expect(try site.collect().held == 12)
    #expect(try site.ledger.releaseFlood())
    #expect(try site.collect().journalled == 12)
  }

  @Test("C5: the admin's word lets one flood go, once")
  func floodReleased() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...6 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    try site.collect()
    #expect(try site.ledger.releaseFlood())
    #expect(try site.collect().journalled == 6)
    for _ in 1...6 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    #expect(try site.collect().held == 6)
    #expect(try site.journal().count == 6)
    #expect(try site.ledger.holds().count == 1)
  }

  @Test("C5: a run that is stopped half-way through a released flood has not used up the admin's word")
  func floodReleasedInTwoRuns() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...510 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    try site.collect()
    #expect(try site.ledger.releaseFlood())
    let (signal, ledger) = (site.stop, site.fixture.ledger)
    var context = site.context
    // Stopped as soon as the first page is in.
    context.isStopping = {
      if let page = try? ledger.journalEntries(positions: [500]), !page.isEmpty { signal.request() }
      return signal.requested
    }
    #expect(try CollectStage(context, site.settings.collect).runOnce().journalled == 500)
    site.newSignal()
    #expect(try site.collect().journalled == 10)
    #expect(try site.journal().count == 510)
  }

  @Test("C5: the admin's word is for the posts that were seen: those deleted, a later flood is held")
  func laterFlood() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...6 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    try site.collect()
    #expect(try site.ledger.releaseFlood())
    try site.fixture.forum.write { try $0.run("DELETE FROM post") }
    for _ in 1...2 { try site.collect() }
    for _ in 1...6 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    #expect(try site.collect().held == 6)
    #expect(try site.journal().isEmpty)
  }

  @Test("C5: a flood that is discarded is mailed to nobody; what rests, and what comes later, is")
  func discarded() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...6 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    #expect(try site.ledger.discardFlood(visible: site.clock.now) == nil)
    try site.collect()
    let resting = try site.fixture.post(in: thread)
    try site.collect()
    #expect(try site.ledger.discardFlood(visible: site.clock.now - 120) == 6)
    let later = try site.publish(in: thread)
    #expect(try site.journal().count == 8 && site.journal().suffix(2) == [resting] + later)
    try site.dispatch()
    #expect(site.relay.accepted.flatMap(\.posts) == [resting] + later)
    #expect(try site.ledger.holds().isEmpty)
  }

  @Test("C5: a flood that the moderators have thinned out goes without the admin's word, and is no longer held")
  func floodThinnedOut() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    let posts = try (1...6).map { _ in try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    try site.collect()
    try site.fixture.writer.setVisibility(.deleted, ofPost: posts[0])
    #expect(try site.collect().journalled == 5)
    #expect(try site.ledger.holds().isEmpty)
  }
}
