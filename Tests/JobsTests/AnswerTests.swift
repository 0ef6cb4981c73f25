import Identifiers
import Jobs
import Ledger
import Logging
import Mail
import SQL
import Synchronization
import TestSupport
import Testing
import Time

@testable import DeliveryPolicy

@Suite("Answers: what becomes of a delivery")
struct AnswerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answer: ScriptedRelay.Answer
    let state: DeliveryState
    /// What the attempt's row says; nil if none was spent.
    let outcome: String?
    let scope: String?
    let words: String?
  }

  private static let cases: [Case] = [
    Case(
      testDescription: "accepted", answer: .accepted, state: .sent, outcome: "accepted", scope: nil,
      words: "250 2.0.0 Ok"),
    Case(
      testDescription: "greylisting", answer: .refused("450 4.7.1 Greylisted, come again"), state: .deferred,
      outcome: "transient", scope: "recipient", words: "rcpt: 450 4.7.1 Greylisted, come again"),
    Case(
      testDescription: "no such user", answer: .refused("550 5.1.1 No such user"), state: .failed,
      outcome: "permanent", scope: "recipient", words: "rcpt: 550 5.1.1 No such user"),
    Case(
      testDescription: "policy", answer: .refused("550 5.7.1 Not from you", at: .dot), state: .failed,
      outcome: "permanent", scope: "domain", words: "dot: 550 5.7.1 Not from you"),
    Case(
      testDescription: "content", answer: .refused("554 5.6.0 Bad content", at: .dot), state: .failed,
      outcome: "permanent", scope: "message", words: "dot: 554 5.6.0 Bad content"),
    Case(
      testDescription: "a code that nobody knows", answer: .refused("499 Strange", at: .dot), state: .deferred,
      outcome: "transient", scope: "message", words: "dot: 499 Strange"),
    Case(
      testDescription: "a permanent code that contradicts itself", answer: .refused("550 4.2.2 Mailbox full"),
      state: .deferred, outcome: "transient", scope: "recipient", words: "rcpt: 550 4.2.2 Mailbox full"),
    Case(
      testDescription: "421", answer: .refused("421 4.3.2 Closing"), state: .deferred, outcome: "transient",
      scope: "relay",
      words: "rcpt: 421 4.3.2 Closing"),
    Case(
      testDescription: "the relay's own trouble", answer: .refused("451 4.3.0 Disk full", at: .mail),
      state: .deferred, outcome: "transient", scope: "relay", words: "mail: 451 4.3.0 Disk full"),
    Case(
      testDescription: "lost within the content", answer: .lost, state: .deferred, outcome: "lost", scope: "message",
      words: "the connection was lost within the content"),
    Case(
      testDescription: "lost after the final dot", answer: .uncertain, state: .uncertain, outcome: "uncertain",
      scope: "message", words: "the connection was lost after the final dot"),
    Case(testDescription: "unsent", answer: .unsent, state: .queued, outcome: nil, scope: nil, words: nil),
    Case(
      testDescription: "not offered", answer: .outcome(.notOffered(.size(message: 5000, limit: 1000))),
      state: .deferred, outcome: "transient", scope: "message",
      words: "the message has 5000 octets; the relay takes at most 1000 (SIZE, RFC 1870)"),
  ]

  @Test("S1, S2, S3: each answer leads to its state, and is kept whole with the attempt", arguments: cases)
  private func answers(_ one: Case) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.answer(one.answer)
    try site.deliver()
    let row = try #require(try site.deliveries().first)
    #expect(row.state == one.state)
    #expect(row.attempts == (one.outcome == nil ? 0 : 1))
    #expect(!row.isLeased)
    let attempts = try site.attempts()
    #expect(attempts.map(\.outcome) == (one.outcome.map { [$0] } ?? []))
    #expect(attempts.map(\.scope) == (one.outcome == nil ? [] : [one.scope]))
    #expect(attempts.map(\.answer) == (one.words.map { [$0] } ?? []))
    #expect(attempts.allSatisfy { $0.address == "ana@example.net" && $0.number == 1 })
    // Whatever is left to be done goes out the next time.
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    try site.deliver()
    #expect(try site.deliveries().first?.state == (one.state == .failed ? .failed : .sent))
    #expect(try site.count("SELECT count(*) FROM suppression") == 0)
  }

  @Test("S2: an answer of many lines is kept whole")
  func manyLines() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    let lines = ["5.2.1 The mailbox of", "5.2.1 ana@example.net is closed,", "5.2.1 see https://example.net/help"]
    site.relay.answer(.outcome(.refused(Reply(code: 550, lines: lines), at: .rcpt)))
    try site.deliver()
    #expect(try site.attempts().map(\.answer) == ["rcpt: 550 \(lines.joined(separator: " / "))"])
  }

  @Test("S1: a message that cannot be composed is held, told, and stops nobody else's")
  func cannotBeComposed() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    // A key that the ring does not hold.
    try site.fixture.ledgerFile.write { try $0.run("UPDATE journal SET signing_key = 9") }
    let good = try site.publish(in: thread)
    let report = try site.deliver()
    #expect(report.uncomposed == 1 && report.uncomposedBecause?.contains("signing key 9") == true)
    #expect(try site.deliveries().map(\.state) == [.held, .sent])
    #expect(try site.ledger.heldCounts() == [.uncomposed: 1])
    #expect(try site.deliveries().map(\.attempts) == [0, 1])
    #expect(site.relay.accepted.map(\.posts) == [good])
    // The admin puts the key back.
    try site.fixture.ledgerFile.write { try $0.run("UPDATE journal SET signing_key = 1") }
    #expect(try site.ledger.release(.uncomposed, now: site.clock.now) == 1)
    try site.deliver()
    #expect(try site.deliveries().map(\.state) == [.sent, .sent])
  }

  @Test("O3: what is logged of an answer masks every address in it, but for debug level; the ledger keeps it whole")
  func loggedAnswers() throws {
    let answer = "550 5.1.1 <ana@example.net>: no such user; ask help@relay.example"
    for (level, isMasked) in [(Logger.Level.info, true), (.debug, false)] {
      let site = try TestSite()
      try site.publish(in: try site.thread(watchedBy: ["ana"]))
      site.relay.answer(.refused(answer))
      let lines = Mutex<[String]>([])
      var context = site.context
      context.log = Logger(label: "test") { _ in NotingLog(logLevel: level) { line in lines.withLock { $0 += [line] } }
      }
      _ = try DeliverStage(
        context, site.settings.deliver, composer: { TestSite.composer }, transport: { site.relay }, stop: site.stop,
        random: { 0 }
      ).runOnce()
      let said = lines.withLock { $0 }.joined(separator: "\n")
      #expect(said.contains("<a…@example.net>: no such user; ask h…@relay.example") == isMasked, "\(said)")
      #expect(said.contains("ana@example.net") == !isMasked, "\(said)")
      #expect(try site.attempts().map(\.answer) == ["rcpt: \(answer)"])
    }
  }

  @Test("O3, S3: the line of an attempt says the state that is recorded, not the one that was given back or held")
  func loggedStates() throws {
    for domains in [["a", "b", "c"], ["a"]] {
      let site = try TestSite { $0.deliver.domainHold = 5 }
      let thread = try site.fixture.thread()
      for number in 0..<5 {
        let key = try site.fixture.writer.addParticipant(
          name: "p\(number)", address: "p\(number)@\(domains[number % domains.count]).example")
        try site.fixture.watch(thread: thread, by: [key])
      }
      try site.publish(in: thread)
      site.relay.answer(.refused("554 5.7.1 Not from you"))
      site.relay.doesNotTick()
      let lines = Mutex<[String]>([])
      var context = site.context
      context.log = Logger(label: "test") { _ in NotingLog(logLevel: .info) { line in lines.withLock { $0 += [line] } }
      }
      _ = try DeliverStage(
        context, site.settings.deliver, composer: { TestSite.composer }, transport: { site.relay }, stop: site.stop,
        random: { 0 }
      ).runOnce()
      let said = lines.withLock { $0 }.filter { $0.hasPrefix("an attempt ended") }
      let state = domains.count == 3 ? "deferred" : "held"
      #expect(said.count == 5 && said.allSatisfy { $0.contains("\"state\": \(state)") }, "\(said)")
      #expect(try site.states().values.allSatisfy { $0.rawValue == state })
    }
  }

  @Test("S1: every state in the ledger is reached by a legal move")
  func legalMoves() throws {
    let site = try TestSite { ($0.deliver.group, $0.deliver.domainHold) = (1, 2) }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva", "fay", "gus"])
    try site.publish(3, in: thread)
    let witness = Witness()
    let answers: [ScriptedRelay.Answer] = [
      .accepted, .refused("450 4.2.1 Later"), .refused("550 5.7.1 No"), .uncertain, .unsent, .lost,
      .refused("550 5.1.1 Who"),
    ]
    site.relay.answer { message, earlier in answers[(Int(message.id.rawValue) + earlier) % answers.count] }
    site.relay.onMail { _ in
      do { try witness.look(at: site) } catch { Issue.record(error) }
    }
    for _ in 1...6 {
      try site.deliver()
      try witness.look(at: site)
      site.clock.advance(by: 4000)
      _ = try site.ledger.release(.domain("example.net"), now: site.clock.now)
    }
    #expect(witness.seen.isSuperset(of: [.queued, .sending, .sent, .deferred, .failed, .uncertain, .held]))
  }
}

/// Hands each log message on as one line.
private struct NotingLog: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let note: @Sendable (String) -> Void

  init(logLevel: Logger.Level, _ note: @escaping @Sendable (String) -> Void) {
    (self.logLevel, self.note) = (logLevel, note)
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { note("\(event.message) \(event.metadata ?? [:])") }
}

/// Looks at the deliveries again and again, and knows the legal moves.
private final class Witness: Sendable {
  private let known = Mutex<[DeliveryID: DeliveryState]>([:])
  private let states = Mutex<Set<DeliveryState>>([])
  var seen: Set<DeliveryState> { states.withLock { $0 } }

  func look(at site: TestSite) throws {
    for row in try site.deliveries() {
      let old = known.withLock { $0.updateValue(row.state, forKey: row.id) } ?? .queued
      // What a delivery went through within two commits is not seen from outside.
      let next = old.next.union(old.next.flatMap(\.next))
      #expect(old == row.state || next.contains(row.state), "\(row.id): \(old) to \(row.state)")
      states.withLock { _ = $0.insert(row.state) }
    }
  }
}
