import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// A process that dies at any commit of the ledger, on either side of it, while it takes in, handles and posts.
@Suite("Crashes while mail comes in")
struct InboundCrashTests {
  private func story() throws -> (TestSite, thread: String, letters: [String]) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    let (ana, ben) = (site.relay.mails(to: "ana")[0], site.relay.mails(to: "ben")[0])
    let letters = [
      Letter(from: "ana@example.net", to: ana.field("Reply-To"), text: "From Ana.").raw,
      Letter(from: "ben@example.net", to: ben.field("Reply-To"), text: "From Ben.", id: "2@x").raw,
      ben.report(status: "5.1.1"),
      Letter(
        from: "ben@example.net", to: ben.field("Reply-To"), text: "On 26 May 2026, Ana wrote:\n> nothing", id: "3@x"
      ).raw,
    ]
    return (site, thread, letters)
  }

  private func run(_ site: TestSite, _ letters: [String]) throws {
    for letter in letters { try site.receive(letter) }
    try site.handle()
    try site.postReplies()
    try site.deliver()
  }

  @Test(
    "I1, I5, B3: each reply is posted once, each failure counted once, each answer sent once, wherever a run dies",
    arguments: FaultingDatabase.Moment.allCases)
  func everywhere(_ moment: FaultingDatabase.Moment) throws {
    var commit = 1
    while true {
      let (site, thread, letters) = try story()
      site.relay.clear()
      let database = site.crash(atCommit: commit, moment)
      do { try run(site, letters) } catch {}
      guard database.hasCrashed else { break }
      site.restart()
      // The mailbox still has what was not recorded; what was, comes again or does not.
      try run(site, letters)
      let bodies = try site.bodies(in: thread)
      #expect(bodies.dropFirst().sorted() == ["From Ana.", "From Ben."], "commit \(commit) \(moment)")
      // The answer to Ben that was taken lowers it.
      #expect(try site.ledger.scoreTenths(of: "ben@example.net") == 19, "commit \(commit) \(moment)")
      let answers = Set(site.relay.accepted.map(\.messageID))
      #expect(answers.count == 1, "commit \(commit) \(moment)")
      commit += 1
    }
    #expect(commit > 10)
  }

  @Test("X3: a message that ends the process is begun three times, then set aside, and those behind it are handled")
  func poison() throws {
    let (site, thread, letters) = try story()
    let poison = try #require(try site.receive("From: a@b.example\r\n\r\npoison"))
    try site.receive(letters[0])
    // Three runs die after the try was committed, before the message was settled.
    for _ in 1...3 { #expect(try site.ledger.beginReceived(after: 0, now: site.clock.now)?.id == poison) }
    let report = try HandleStage(site.context, site.handling, keys: TestSite.keys).runOnce()
    #expect(report.setAside == 1)
    #expect(report.outcomes == [.reply: 1])
    try site.postReplies()
    #expect(try site.bodies(in: thread).last == "From Ana.")
    #expect(try site.ledger.receivedCounts().setAside == 1)
    #expect(try site.ledger.retrySetAsideMessages(now: site.clock.now) == 1)
    #expect(try site.handle() == [.stranger: 1])
  }

  @Test("I5: of a forum that keeps no key of ours the one post that may be the reply, after a crash, is it")
  func inexact() throws {
    let (site, thread, letters) = try story()
    try site.receive(letters[0])
    try site.handle()
    // The forum has it, and the ledger does not know.
    let poster = InexactPoster(base: site.fixture.writer, posts: [])
    let one = try #require(try site.ledger.dueReplies(after: 0, at: site.clock.now, limit: 1).first)
    #expect(try site.ledger.beginPosting(one.received, now: site.clock.now))
    try site.postReplies(over: InexactPoster(base: site.fixture.writer, posts: ["2"]))
    #expect(try site.bodies(in: thread).count == 1)
    #expect(try site.ledger.mailedReply(one.received)?.state == .posted)
    // Another one, of which the forum has several that may be it: nobody guesses.
    try site.receive(letters[1])
    try site.handle()
    let two = try #require(try site.ledger.dueReplies(after: 0, at: site.clock.now, limit: 1).first)
    #expect(try site.ledger.beginPosting(two.received, now: site.clock.now))
    #expect(try site.postReplies(over: InexactPoster(base: site.fixture.writer, posts: ["2", "3"])).inDoubt == 1)
    #expect(try site.ledger.mailedReply(two.received)?.reply.parking == .inDoubt)
    // None: it is posted.
    #expect(try site.ledger.releaseReply(two.received, now: site.clock.now))
    #expect(try site.ledger.beginPosting(two.received, now: site.clock.now))
    #expect(try site.postReplies(over: poster).posted == 1)
    #expect(try site.bodies(in: thread).count == 2)
  }

  @Test("I5: a reply that meets a mistake of the mapping is told, and keeps no other waiting")
  func mistaken() throws {
    let (site, thread, letters) = try story()
    for letter in letters.prefix(2) { try site.receive(letter) }
    try site.handle()
    let due = try site.ledger.dueReplies(after: 0, at: site.clock.now, limit: 10)
    let poster = FailingPoster(base: site.fixture.writer, body: due[0].reply.body)
    let before = try site.bodies(in: thread).count
    for _ in 1...2 {
      let error = #expect(throws: ForumError.self) { try site.postReplies(over: poster) }
      #expect(error?.description.hasPrefix("reply ") == true && error?.description.contains("too long") == true)
    }
    // It is shown, and can be forgotten, as one that waits for a word.
    let failing = try site.ledger.failingReplies(limit: 10)
    #expect(failing.count == 1 && failing.first?.tries == 2)
    #expect(try site.bodies(in: thread).count == before + 1)
    #expect(try site.postReplies().posted == 1)
    #expect(try site.bodies(in: thread).count == before + 2)
  }
}

/// A forum whose mapping fails for one text.
private struct FailingPoster: ReplyPoster {
  let base: any ReplyPoster
  let body: String
  var isExact: Bool { true }
  func post(_ reply: ReplyDraft) throws -> ReplyAnswer {
    if reply.body == body { throw ForumError(.query, "test, reply.statements[1]: too long") }
    return try base.post(reply)
  }
  func posts(like reply: ReplyDraft, since moment: Timestamp) throws -> [String] { [] }
}

/// A forum without a column for our key.
private struct InexactPoster: ReplyPoster {
  let base: any ReplyPoster
  let posts: [String]
  var isExact: Bool { false }
  func post(_ reply: ReplyDraft) throws -> ReplyAnswer { try base.post(reply) }
  func posts(like reply: ReplyDraft, since moment: Timestamp) throws -> [String] { posts }
}
