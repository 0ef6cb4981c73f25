import Foundation
import Identifiers
import Mail
import TestSupport
import Testing
import Time

@testable import DeliveryPolicy

@Suite("Whose fault refusals for good are")
struct RefusalWindowTests {
  private static func outcome(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
    return text.hasPrefix("2") ? .accepted(reply) : .refused(reply, at: stage)
  }

  /// A window, driven as runs drive it: a try a second.
  private struct Driven {
    var window = RefusalWindow()
    var pauses = Pauses()
    var now = Timestamp(1_000_000)
    var known: Set<Int64> = Set(1...999)

    mutating func take(_ outcome: Outcome, _ id: Int64, person: Int64? = nil, _ domain: String, post: Int64 = 1)
      -> RefusalWindow.Fault
    {
      now = now + 1
      let person = person ?? id
      return window.count(
        outcome,
        of: RefusalWindow.Tried(
          DeliveryID(id), for: PersonID(person), at: domain, .post(JournalPosition(post)),
          isKnown: known.contains(person)), pauses, at: now)
    }
  }

  enum Whose: Equatable, Sendable { case its, relay, part, domain, post }

  private static func whose(_ fault: RefusalWindow.Fault) -> Whose {
    switch fault {
    case .itsOwn: .its
    case .relay: .relay
    case .inPart: .part
    case .domain: .domain
    case .post, .copies: .post
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Said in turn, but for `good`.
    var texts = ["550 5.1.1 No such user"]
    var stage = SMTPStage.rcpt
    var domains: Int64 = 3
    var people: Int64 = 30
    /// Whose last mail was taken.
    var known: ClosedRange<Int64> = 1...999
    var posts: Int64 = 1
    /// The tries that are taken.
    var good: @Sendable (Int64) -> Bool = { _ in false }
    /// Another's fault than each person's own: whose, and with which try.
    var fault: Whose = .its
    var at: Int64?
  }

  private static let cases = [
    Case(testDescription: "everybody, as unknown", fault: .relay, at: 5),
    Case(testDescription: "everybody, some of whom are new", known: 4...99, fault: .relay, at: 8),
    Case(testDescription: "addresses that never took a mail", known: 999...999),
    Case(testDescription: "a few dead ones that took mail, among many that never did", known: 1...2),
    Case(testDescription: "four", people: 4),
    Case(testDescription: "a domain that has died", domains: 1, fault: .domain, at: 5),
    Case(testDescription: "a domain of addresses that never took a mail", domains: 1, known: 999...999),
    Case(testDescription: "a forum of two domains", domains: 2, fault: .domain, at: 9),
    Case(testDescription: "two domains, by policy", texts: ["550 5.7.1 No"], domains: 2, fault: .relay, at: 10),
    Case(
      testDescription: "denied in words that are never about people, one domain", texts: ["550 relay not permitted"],
      domains: 1, fault: .relay, at: 5),
    Case(
      testDescription: "denied after the content of one post", texts: ["554 5.7.1 Account suspended"], stage: .dot,
      fault: .relay, at: 5),
    Case(
      testDescription: "codes that change from mail to mail", texts: ["550 5.7.1 no", "554 5.7.0 no", "553 5.7.2 x"],
      known: 999...999, fault: .relay, at: 5),
    Case(testDescription: "no room at MAIL", texts: ["552 5.3.4 No space"], stage: .mail, fault: .relay, at: 5),
    Case(testDescription: "mailboxes full", texts: ["552 5.2.2 Full"], fault: .relay, at: 5),
    Case(testDescription: "greylisting", texts: ["450 4.7.1 Later"]),
    Case(testDescription: "our sender", texts: ["550 5.1.8 Bad sender"]),
    Case(testDescription: "every second one", people: 60, good: { $0 % 2 == 0 }, fault: .part, at: 9),
    Case(
      testDescription: "every second one, each person of a domain of their own", domains: 60, people: 60,
      good: { $0 % 2 == 0 }, fault: .part, at: 9),
    Case(
      testDescription: "every second one of people who never took a mail", people: 60, known: 999...999,
      good: { $0 % 2 == 0 }),
    Case(testDescription: "every fourth one", people: 60, good: { $0 % 4 != 0 }),
    Case(
      testDescription: "every second one after the content, two posts", texts: ["554 5.3.4 Large"], stage: .dot,
      people: 60, posts: 2, good: { $0 % 4 < 2 }, fault: .part, at: 10),
    Case(
      testDescription: "a domain that has died, others are taken", people: 60, good: { $0 % 3 != 0 }, fault: .domain,
      at: 15),
    Case(
      testDescription: "half of a domain, others are taken", people: 60, good: { $0 % 3 != 0 || $0 % 2 == 0 },
      fault: .part, at: 27),
    Case(
      testDescription: "one post, nothing else was tried", texts: ["554 5.7.1 Bad URL"], stage: .dot, fault: .post,
      at: 3),
    Case(
      testDescription: "one post, others are taken", texts: ["550 High probability of spam"], stage: .dot, people: 60,
      posts: 2, good: { $0 % 2 == 0 }, fault: .post, at: 5),
    Case(
      testDescription: "every post after its content", texts: ["554 5.7.1 Bad URL"], stage: .dot, posts: 9,
      fault: .relay, at: 5),
  ]

  @Test("S3: the first rule of the table that fits says whose fault refusals are", arguments: cases)
  private func fault(_ one: Case) {
    var driven = Driven()
    driven.known = Set(one.known)
    var found: (whose: Whose, at: Int64)?
    for id in 1...one.people where found == nil {
      let text = one.texts[Int(id) % one.texts.count]
      let outcome = one.good(id) ? Self.outcome("250 Ok") : Self.outcome(text, at: one.stage)
      let whose = Self.whose(driven.take(outcome, id, "d\(id % one.domains).example", post: id % one.posts + 1))
      if whose != .its { found = (whose, id) }
    }
    #expect(found?.whose ?? .its == one.fault && found?.at == one.at, "\(String(describing: found))")
  }

  @Test("S3: what a relay refused in the row is its fault, once; taken mail ends the row, and the next run knows it")
  func row() throws {
    var driven = Driven()
    let dead = Self.outcome("550 5.1.1 No such user")
    for id in 1...4 as ClosedRange<Int64> { #expect(driven.take(dead, id, "d\(id)") == .itsOwn) }
    #expect(driven.take(dead, 5, "d1") == .relay([1, 2, 3, 4, 5]))
    driven.window = try JSONDecoder().decode(RefusalWindow.self, from: JSONEncoder().encode(driven.window))
    #expect(driven.take(dead, 6, "d1") == .relay([6]) && driven.take(dead, 6, "d1") == .relay([6]))
    #expect(driven.take(Self.outcome("250 Ok"), 9, "d1") == .itsOwn && driven.window == RefusalWindow())
    #expect(driven.take(dead, 7, "d1") == .itsOwn)
  }

  @Test("S3: three people who are refused again and again are enough, whatever the run; two are not")
  func fewPeople() {
    for (people, tries) in [(3, 5), (2, nil)] as [(Int64, Int?)] {
      var driven = Driven()
      let found = (1...12).first { number in
        driven.now = driven.now + 86_400
        return driven.take(Self.outcome("550 No"), Int64(number) % people, "d\(Int64(number) % people)") != .itsOwn
      }
      #expect(found == tries)
    }
  }

  @Test("S3: the post's fault ends where another is refused alike: it is the relay's, with all of both")
  func postThenRelay() {
    var driven = Driven()
    let refused = Self.outcome("554 5.7.1 Content rejected", at: .dot)
    for id in 1...2 as ClosedRange<Int64> { #expect(driven.take(refused, id, "d\(id)") == .itsOwn) }
    #expect(driven.take(refused, 3, "d3") == .post(1, [1, 2, 3], isSure: false))
    #expect(driven.take(refused, 4, "d1", post: 2) == .itsOwn)
    #expect(driven.take(refused, 5, "d2", post: 2) == .relay([4, 5]))
  }

  @Test("S3: of a domain or a post that was left alone before, one refusal is enough, until it is taken")
  func suspects() {
    var driven = Driven()
    driven.pauses.pause(.domain("d1"), "why", at: driven.now)
    driven.pauses.pause(.post(2), "why", at: driven.now)
    #expect(driven.take(Self.outcome("550 5.1.1 Who"), 1, "d1") == .domain("d1", [1]))
    #expect(driven.take(Self.outcome("550 5.1.1 Who"), 2, "d2") == .itsOwn)
    let rejected = Self.outcome("554 5.6.0 Rejected", at: .dot)
    #expect(driven.take(rejected, 3, "d3", post: 2) == .post(2, [3], isSure: false))
  }

  @Test("S3: refusals of more than an hour ago, between which mail was taken, are compared with nothing")
  func old() {
    var driven = Driven()
    for id in 1...12 as ClosedRange<Int64> {
      let isGood = id % 2 == 0
      #expect(driven.take(Self.outcome(isGood ? "250 Ok" : "550 5.1.1 Who"), id, "d\(id % 4)") == .itsOwn)
      driven.now = driven.now + 1000
    }
  }
}

@Suite("How often a refusal for good is asked about")
struct RecipientRecordTests {
  @Test("S3: who had mail lately is asked for for 17 hours; who had none is believed dead, unless many are refused")
  func wait() {
    let waits = [3600, 14_400, 43_200, nil, nil] as [Int64?]
    for isOneOfMany in [false, true] {
      #expect((0...4).map { RecipientRecord(isKnown: true, refusals: $0).wait(isOneOfMany: isOneOfMany) } == waits)
    }
    #expect(RecipientRecord().wait(isOneOfMany: false) == nil)
    #expect((0...2).map { RecipientRecord(refusals: $0).wait(isOneOfMany: true) } == [3600, 14_400, nil])
    #expect(RecipientRecord(refusals: 1).wait(isOneOfMany: false) == 14_400)
  }
}

@Suite("What is left alone for a growing while")
struct PausesTests {
  private let start = Timestamp(1_000_000)

  @Test(
    "S3: pauses grow from 15 minutes to 4 hours; three days of them are believed of a domain; taken, it begins anew")
  func growth() {
    var pauses = Pauses()
    var now = start
    var lengths: [Int64] = []
    for _ in 1...6 {
      pauses.pause(.domain("a"), "x", at: now)
      // Within the pause nothing grows.
      pauses.pause(.domain("a"), "x", at: now + 1)
      let until = pauses.all[0].until ?? now
      lengths.append(until - now)
      #expect(pauses.isPaused(.domain("a"), at: now) && !pauses.isPaused(.domain("a"), at: until))
      #expect(pauses.isSuspect(.domain("a")) && pauses.ended(at: until).count == 1)
      now = until
    }
    #expect(lengths == [900, 3600, 7200, 14_400, 14_400, 14_400])
    #expect(!pauses.isBelieved("a", at: start + 3 * 86_400 - 1) && pauses.isBelieved("a", at: start + 3 * 86_400))
    pauses.end(.domain("a"))
    #expect(!pauses.isSuspect(.domain("a")) && !pauses.isBelieved("a", at: start + 3 * 86_400))
  }

  @Test("S3: a post that is sure waits for the admin, one that is not after its last pause")
  func posts() {
    var pauses = Pauses()
    pauses.pause(.post(1), "x", isSure: true, at: start)
    #expect(pauses.isPaused(.post(1), at: start + 90 * 86_400))
    for day in 1...5 as ClosedRange<Int64> { pauses.pause(.post(2), "x", at: start + day * 86_400) }
    #expect(pauses.standing(at: start + 99 * 86_400).map(\.subject) == [.post(1), .post(2)])
  }

  @Test("E2: a pause that a clock ahead wrote binds nobody")
  func ahead() {
    var pauses = Pauses()
    pauses.pause(.domain("a"), "x", at: start + 365 * 86_400)
    #expect(!pauses.isPaused(.domain("a"), at: start) && pauses.ended(at: start).count == 1)
  }

  @Test("S3: what was left alone since a moment is ended together")
  func since() {
    var pauses = Pauses()
    pauses.pause(.domain("a"), "x", at: start)
    pauses.pause(.post(1), "x", at: start + 10)
    #expect(pauses.end(since: start + 10) == [.post(1)] && pauses.all.map(\.subject) == [.domain("a")])
  }
}
