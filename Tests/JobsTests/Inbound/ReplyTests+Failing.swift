import Forum
import Ledger
import Synchronization
import TestSupport
import Testing
import Time

@testable import Jobs

/// Replies that the forum fails to take.
extension ReplyTests {
  @Test("I5, E8: what the forum took for another post is told as long as it stands, and never tried again")
  func unlike() throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "I agree.").raw)
    try site.handle()
    let poster = AnsweringPoster { .unlike(key: "7", words: "w.yaml: forum.reply_hook: it is of participant 2") }
    func run() throws -> StepReport {
      var step = StepReport("post")
      try PostStage(site.context, PostStage.Settings(), poster: poster).run(&step)
      return step
    }
    let first = try run().troubles.filter { $0.topic == .unlike }
    #expect(first.map(\.what) == ["reply 1: w.yaml: forum.reply_hook: it is of participant 2"])
    #expect(first.map(\.status) == [.configuration])
    // Told already, it lasts, in the same words.
    let second = try run().troubles.filter { $0.topic == .unlike }
    #expect(second.map(\.what) == [nil] && second.map(\.status) == [.configuration])
    #expect(poster.asked == 1)
    #expect(try site.ledger.releaseReply(1, now: site.clock.now))
    #expect(try site.postReplies().posted == 1)
    #expect(try run().troubles.isEmpty)
  }

  @Test(
    "I7: what the forum fails to take goes back to its author after a stated time, and is not tried any more",
    arguments: ["query", "unavailable", "unlike"])
  func givenUp(_ way: String) throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "I agree with Ben.").raw)
    try site.handle()
    let poster = AnsweringPoster {
      switch way {
      case "query": throw ForumError(.query, "corp, reply.statements[1]: no such column")
      case "unavailable": throw ForumError(.unavailable, "it does not answer")
      default: return .unlike(key: "7", words: "is of participant 2")
      }
    }
    func run() throws -> [PostStage.Report] {
      do {
        return [
          try PostStage(site.context, PostStage.Settings(giveUpAfter: 7200), poster: poster).runOnce()
        ]
      } catch is ForumError {
        return []
      }
    }
    site.relay.clear()
    for pause: Int64 in [0, 3600, 3600] {
      site.clock.advance(by: pause)
      _ = try run()
      try site.deliver()
      #expect(site.relay.accepted.isEmpty)
    }
    // The time is over; what can be tried is tried a last time.
    site.clock.advance(by: 1)
    let asked = poster.asked
    _ = try run()
    #expect(poster.asked == asked + (way == "unlike" ? 0 : 1))
    try site.deliver()
    let mail = try #require(site.relay.accepted.first)
    #expect(site.relay.accepted.count == 1 && mail.name == "ana")
    #expect(
      mail.words.contains("The online forum did not accept your reply") && mail.words.contains("I agree with Ben."),
      "\(mail.words)")
    #expect(try site.ledgerText("SELECT state || ' ' || reason FROM reply") == ["refused given-up"])
    let last = try run()
    #expect(poster.asked == asked + (way == "unlike" ? 0 : 1) && last.map(\.unlike) == [0])
  }
}

/// A forum that answers whatever a test says, and counts how often it was asked.
final class AnsweringPoster: ReplyPoster {
  private let count = Mutex(0)
  private let answer: @Sendable () throws -> ReplyAnswer
  var asked: Int { count.withLock { $0 } }

  init(_ answer: @escaping @Sendable () throws -> ReplyAnswer) { self.answer = answer }

  var isExact: Bool { true }
  func posts(like reply: ReplyDraft, since moment: Timestamp) -> [String] { [] }
  func post(_ reply: ReplyDraft) throws -> ReplyAnswer {
    count.withLock { $0 += 1 }
    return try answer()
  }
}
