import Foundation
import Identifiers
import Mail
import TestSupport
import Testing

@testable import DeliveryPolicy

@Suite("A relay that knows nobody told from dead addresses")
struct RefusedPeopleTests {
  private func refused(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    .refused(Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))]), at: stage)
  }
  private let taken = Outcome.accepted(Reply(code: 250, lines: ["Ok"]))

  /// A streak, driven as a run drives it.
  private struct Driven {
    var streak = RefusalStreak()
    /// Whose last mail was taken.
    var lastTaken: Set<PersonID> = []
    var tookNone = true
    var questions = 0

    mutating func take(_ outcome: Outcome, _ id: Int64, _ domain: String, post: Int64 = 1) -> [DeliveryID] {
      var byRelay = streak.count(
        outcome, of: DeliveryID(id), for: PersonID(id), content: .post(JournalPosition(post)),
        to: address("p\(id)@\(domain).example"))
      if let question = streak.people?.question, !question.isEmpty {
        questions += 1
        byRelay += streak.answer(lastTaken: lastTaken.intersection(question), tookNone: tookNone)
      }
      return byRelay
    }

    /// The numbers in turn; returns the number of the first whose refusal was the relay's.
    mutating func first(_ outcome: Outcome, _ ids: ClosedRange<Int64>, domains: Int64) -> Int64? {
      for id in ids where !take(outcome, id, "d\(id % domains)").isEmpty { return id }
      return nil
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var text = "550 5.1.1 No such user"
    var stage = SMTPStage.rcpt
    var domains: Int64 = 3
    var people: Int64 = 30
    var lastTaken: ClosedRange<Int64> = 1...30
    var tookNone = true
    /// The number of the refusal with which it is the relay's; nil: they are believed.
    let relays: Int64?
  }

  @Test(
    "S3: refused in a row are people whose last mail was taken, of several domains: the relay's; else they are believed",
    arguments: [
      Case(testDescription: "everybody", relays: 5),
      Case(testDescription: "everybody, some of whom are new", lastTaken: 4...30, relays: 10),
      Case(testDescription: "addresses that never took a mail", lastTaken: 99...99, relays: nil),
      Case(testDescription: "a few dead ones among them", lastTaken: 1...2, relays: nil),
      Case(testDescription: "four", people: 4, relays: nil),
      Case(testDescription: "a domain that has died, others were taken", domains: 1, tookNone: false, relays: nil),
      Case(testDescription: "a dozen of a domain that has died", domains: 1, people: 12, relays: nil),
      Case(testDescription: "a forum of one domain", domains: 1, relays: 20),
      Case(testDescription: "no room at MAIL", text: "552 5.3.4 No space", stage: .mail, relays: 5),
      Case(testDescription: "no room without a code", text: "552 No space", stage: .rcpt, relays: 5),
      Case(testDescription: "mailboxes full", text: "552 5.2.2 Full", relays: 5),
      Case(testDescription: "one post after its content", text: "552 5.3.4 Large", stage: .dot, relays: nil),
      Case(testDescription: "the sender", text: "550 5.1.8 Bad sender", relays: nil),
      Case(testDescription: "greylisting", text: "450 4.7.1 Later", relays: nil),
    ])
  private func whose(_ one: Case) {
    var driven = Driven()
    driven.lastTaken = Set(one.lastTaken.map { PersonID($0) })
    driven.tookNone = one.tookNone
    #expect(driven.first(refused(one.text, at: one.stage), 1...one.people, domains: one.domains) == one.relays)
    // Dead addresses cost a few questions, not one each.
    #expect(driven.questions <= 3)
  }

  @Test("S3: mail taken between begins anew; who was spared is believed once it was, if nobody else is refused")
  func spared() throws {
    var driven = Driven()
    driven.lastTaken = Set((1...40).map { PersonID($0) })
    let dead = refused("550 5.1.1 No such user")
    for id in 1...4 as ClosedRange<Int64> { #expect(driven.take(dead, id, "d\(id)").isEmpty) }
    #expect(driven.take(taken, 9, "d1").isEmpty && driven.streak == RefusalStreak())
    #expect(driven.first(dead, 1...5, domains: 3) == 5)
    // Still broken at the next try, and in the next run: one is enough.
    driven.streak = try JSONDecoder().decode(RefusalStreak.self, from: JSONEncoder().encode(driven.streak))
    #expect(driven.take(dead, 6, "d1") == [6])
    #expect(driven.take(taken, 9, "d1").isEmpty)
    #expect(driven.first(dead, 1...6, domains: 3) == nil)
    // Broken anew: five who were not spared before show it, and all are spared.
    #expect(driven.first(dead, 11...14, domains: 3) == nil)
    #expect(driven.take(dead, 15, "d9").count == 11)
  }
}

@Suite("A relay that puts off whatever it is given")
struct DeferralStreakTests {
  private func outcome(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
    return text.hasPrefix("2") ? .accepted(reply) : .refused(reply, at: stage)
  }

  @Test(
    "E5: five second or later tries in a row of three messages, none taken, are told; first tries and full mailboxes not",
    arguments: [
      ("451 4.7.1 Later", true, 3, 5, 2, true), ("451 4.7.1 Later", false, 30, 30, 9, false),
      ("451 4.7.1 Later", true, 2, 30, 2, false), ("451 4.7.1 Later", true, 3, 4, 2, false),
      ("451 4.7.1 Later", true, 4, 30, 1, false), ("450 Later", true, 5, 5, 1, true),
      ("452 4.2.2 Full", true, 9, 30, 3, false), ("550 5.1.1 Who", true, 9, 30, 3, false),
    ])
  func told(_ text: String, _ isRetry: Bool, _ messages: Int, _ tries: Int, _ domains: Int, _ isTold: Bool) {
    var streak = DeferralStreak()
    for number in 0..<tries {
      let to = address("p@\(number % messages % domains).example")
      streak.count(outcome(text), of: DeliveryID(Int64(number % messages + 1)), isRetry: isRetry, to: to)
    }
    #expect(streak.isComplete == isTold)
    streak.count(outcome("250 Ok"), of: 99, isRetry: false, to: address("p@x.example"))
    #expect(streak == DeferralStreak())
  }
}
