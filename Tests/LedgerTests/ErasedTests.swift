import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A6: somebody who was erased") struct ErasedTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  @Test("A6: a forum that lists them still makes nobody new of them, nor does whoever looks them up at that moment")
  func knownAgain() throws {
    let ana = try bench.fill("zurbaran")
    try bench.erase("zurbaran")
    for isRecording in [true, false] {
      let people = try ledger.people(keys: ["zurbaran-key", "new"], isRecording: isRecording)
      #expect(people["zurbaran-key"]?.id == ana && people["zurbaran-key"]?.isErased == true)
      #expect(people["new"]?.isErased ?? false == false)
    }
    let byNumber = try #require(try ledger.people(ids: [ana])[ana])
    #expect(byNumber.isErased && byNumber.key == "erased-0123456789ab")
    #expect(try ledger.pseudonyms(of: ["zurbaran-key", "velasquez-key"]) == ["zurbaran-key": "erased-0123456789ab"])
    #expect(try ledger.erasedAt(ana) == bench.now)
    // Somebody whom the ledger never knew is known from then on.
    _ = try ledger.erase(
      Ledger.Erasing(key: "never seen", pseudonym: "erased-1", entry: bench.erasing("x").entry), now: bench.now
    ) { "" }
    #expect(try ledger.people(keys: ["never seen"])["never seen"]?.isErased == true)
    #expect(try bench.places(of: "never seen") == [])
  }

  @Test("A6: whoever was at work when they were erased writes nothing of them, and queues nothing for them")
  func atWork() throws {
    let (ana, bo) = (try bench.fill("zurbaran"), try bench.fill("velasquez"))
    let entry = try bench.entry("99")
    try bench.erase("zurbaran")
    let before = try bench.rows().count
    try bench.decide(entry, instant: [ana, bo])
    #expect(try ledger.decision(post: entry.position, person: ana) == .skipped(.erased))
    #expect(try bench.rows().count == before + 1)
    let draft = { Ledger.NoticeDraft(person: $0, topic: "t", body: "zurbaran") }
    #expect(try ledger.queueNotice(draft(ana), now: bench.now) == nil)
    #expect(try ledger.queueNotice(draft(bo), now: bench.now) != nil)
    _ = try bench.file.write { try $0.run("DELETE FROM notice WHERE body = 'zurbaran'") }
    try bench.file.write {
      try Ledger.giveSlots([PersonSlot(person: ana, due: bench.now, date: nil, kind: .regular)], .replace, $0)
    }
    #expect(try bench.slots()[ana] == nil)
    #expect(try ledger.askToSignIn(ana, address: "zurbaran", now: bench.now) { _ in "zurbaran" } == nil)
    try ledger.changePreferences(of: ana) { $0.zone = "zurbaran" }
    try ledger.put(.init(person: ana, target: "zurbaran", watch: Watch(scope: .thread)))
    #expect(try !ledger.stopMail(of: ana, now: bench.now))
    let fault = RowFault(
      .participant, key: "zurbaran-key", query: "q", column: "address", value: "zurbaran", complaint: "is none")
    try ledger.setAside([SetAside(fault, since: bench.now)])
    let post = Post(
      key: "98", ordinal: 98, threadKey: "t", discussionKey: "d", number: "98", authorKey: "zurbaran-key",
      authorName: "", body: "", createdAt: bench.now)
    let candidate = Candidate(post, state: .resting, visibleAt: bench.now, seenAt: bench.now)
    var update = CollectorUpdate()
    update.upserts = [candidate]
    try ledger.save(update)
    _ = try ledger.journal([(candidate, due: bench.now)], signingKey: 1, now: bench.now)
    #expect(try ledger.journalEntries(postKeys: ["98"])[0].identity?.authorKey == "erased-0123456789ab")
    #expect(try bench.places(of: "zurbaran") == [])
  }

  @Test(
    "A6, S5: a mail that is being sent at that moment ends under the pseudonym, and is not tried again",
    arguments: [AttemptEnd.Outcome.accepted, .transient, .permanent])
  func sending(_ outcome: AttemptEnd.Outcome) throws {
    let people = try bench.people("zurbaran-key", "bo")
    let copies = try bench.copies("5", to: people)
    let lease = try bench.begin()
    let erasure = try bench.erase("zurbaran")
    #expect(erasure.underWay == 1 && erasure.dropped == 0)
    let state: DeliveryState = outcome == .accepted ? .sent : outcome == .transient ? .deferred : .failed
    let ends = copies.map { copy -> AttemptEnd in
      var end = bench.end(copy, 1, outcome, state, due: bench.now + 60)
      (end.address, end.answer) = ("zurbaran@x.example", "550 5.1.1 <zurbaran@x.example> unknown")
      end.severity = outcome == .permanent ? .hard : nil
      return end
    }
    try bench.commitGroup([ends[0]], lease: lease)
    #expect(try bench.row(copies[0]).state == (outcome == .transient ? .dropped : state))
    #expect(try bench.places(of: "zurbaran") == [])
    let attempt = try #require(try ledger.attempts(of: [copies[0]]).first)
    #expect(attempt.address == "erased-0123456789ab" && attempt.answer == "550")
    try bench.commitGroup([ends[1]], lease: lease)
    #expect(try bench.row(copies[1]).state == state)
    #expect(try ledger.attempts(of: [copies[1]]).first?.address == "zurbaran@x.example")
  }

  @Test("A6, S5: what a run had claimed and not begun is not begun; what a run died of is sent to nobody again")
  func claimed() throws {
    let people = try bench.people("zurbaran-key", "bo")
    let copies = try bench.copies("5", to: people)
    let (lease, _) = try #require(try bench.lease())
    try bench.erase("zurbaran")
    #expect(try bench.commitGroup(begin: copies, lease: lease.id) == [copies[1]])
    #expect(try bench.row(copies[0]).state == .dropped && bench.row(copies[0]).reason == "erased")
  }

  @Test("A6, I1: mail to their old addresses is recorded, and nothing of it kept")
  func later() throws {
    let ana = try bench.fill("zurbaran")
    let copy = try #require(try bench.rows().values.first { $0.person == ana }).id
    try bench.erase("zurbaran")
    func take(_ identity: String) throws -> ReceivedID {
      let draft = Received.Draft(
        identity: identity, mailbox: "inbox", recipient: "reply+zurbaran@x.example", arrivedAt: bench.now,
        raw: Array("zurbaran".utf8))
      return try #require(try ledger.takeIn(draft, now: bench.now))
    }
    var failure = Ledger.Settlement(.failure, "zurbaran", person: ana, delivery: copy)
    failure.failures = [
      FailureEvent(
        delivery: 4712, person: ana, address: "zurbaran@x.example", severity: .hard, source: .report, status: "5.1.1",
        diagnostic: "zurbaran", at: bench.now)
    ]
    #expect(try ledger.settle(try take("f"), failure, now: bench.now))
    var reply = Ledger.Settlement(.reply, "zurbaran", person: ana)
    reply.reply = MailedReply(
      mailKey: "m", person: ana, post: 1, threadKey: "t", body: "zurbaran", elided: "", bodyHash: "", notes: "",
      messageID: nil, subject: "", arrivedAt: bench.now, parking: nil)
    #expect(try ledger.settle(try take("r"), reply, now: bench.now))
    #expect(try bench.places(of: "zurbaran") == [])
    #expect(try ledger.receivedCounts().waiting == 0)
    #expect(try ledger.failures(of: [4712]).map(\.address) == ["erased-0123456789ab"])
    #expect(try ledger.suppressionCount() == 0 && ledger.dueReplies(after: 0, at: .distant, limit: 9).isEmpty)
  }

  @Test("A6, E3: whom a restored ledger brings back is erased again when it goes on, by the word that was left")
  func restored() throws {
    let ana = try bench.fill("zurbaran")
    _ = try ledger.leaveWitness(now: bench.now) { "a ledger" }
    let backup = try DatabaseSnapshot(bench.file)
    try bench.erase("zurbaran")
    _ = try ledger.erase(
      Ledger.Erasing(key: "later", pseudonym: "erased-2", entry: bench.erasing("x").entry), now: bench.now
    ) { "" }
    let word = try ledger.leaveWitness(now: bench.now) { "" }
    #expect(word.erased?.values.sorted() == ["erased-0123456789ab", "erased-2"])
    try backup.restore(bench.file)
    #expect(try !bench.places(of: "zurbaran").isEmpty && ledger.standing(to: word) == .behind)
    let resumed = try ledger.resume(mailedUntil: nil, witness: word, now: bench.now)
    #expect(resumed.erased == 2)
    // Their name was the forum's to tell; in the ledger it stands where somebody wrote it down.
    let left = try bench.places(of: "zurbaran")
    #expect(left.isSubset(of: ["set_aside.value", "audit.subject"]), "\(left)")
    let people = try ledger.people(keys: ["zurbaran-key", "later"])
    #expect(people["zurbaran-key"]?.id == ana && people.values.allSatisfy(\.isErased))
    #expect(try ledger.resume(mailedUntil: nil, witness: word, isForced: true, now: bench.now).erased == 0)
  }
}

extension Timestamp {
  fileprivate static let distant = Timestamp(4_000_000_000)
}
