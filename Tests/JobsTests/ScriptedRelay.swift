import DeliveryPolicy
import Foundation
import Identifiers
import Jobs
import Mail
import Synchronization
import TestSupport
import Time

@testable import Relay

/// A relay in memory: takes messages from the feed, answers each by a script and keeps what it was given.
///
/// It behaves as the real transport does: several messages may be under way, nothing new begins once the stop signal is
/// set, the feed has failed or the relay is down, and what is under way is always told to the feed.
final class ScriptedRelay: Transport, Sendable {
  /// What the relay does with a message.
  enum Answer: Sendable {
    case outcome(Outcome)
    /// The relay is found down with this message: it and all under way are unsent.
    case down
  }

  /// What the relay was handed, whether it took it or not.
  struct Mail: Sendable {
    let delivery: DeliveryID
    let address: String
    let messageID: String
    /// The keys of its posts, which are their numbers, in their order in the mail.
    let posts: [String]
    let isDigest: Bool
    let subject: String
    let text: String
    let outcome: Outcome?

    /// The name of the fixture's participant.
    var name: String { String(address.prefix { $0 != "@" }) }
    var isAccepted: Bool { if case .accepted = outcome { true } else { false } }
  }

  private struct State {
    var mails: [Mail] = []
    var runs = 0
    var script: @Sendable (OutgoingMessage, Int) -> Answer = { _, _ in .accepted }
    var onMail: @Sendable (Int) -> Void = { _ in }
    var window = 1
    var ticks = true
  }
  private let state = Mutex(State())

  /// Everything handed over so far.
  var mails: [Mail] { state.withLock { $0.mails } }
  /// What was accepted so far.
  var accepted: [Mail] { mails.filter(\.isAccepted) }
  /// How often a run asked for the relay.
  var runs: Int { state.withLock { $0.runs } }

  func mails(to name: String) -> [Mail] { accepted.filter { $0.name == name } }

  /// Forgets what came so far.
  func clear() { state.withLock { $0.mails = [] } }

  /// Answers from now on by a script that is given the message and how often its delivery came before.
  func answer(_ script: @escaping @Sendable (OutgoingMessage, Int) -> Answer) { state.withLock { $0.script = script } }
  func answer(_ answer: Answer) { self.answer { _, _ in answer } }
  /// Called with the number of each mail before it is answered, outside of any lock.
  func onMail(_ body: @escaping @Sendable (Int) -> Void) { state.withLock { $0.onMail = body } }
  /// How many messages are under way at once.
  func window(_ count: Int) { state.withLock { $0.window = count } }

  /// The process is stopped again and again: the feed is not called once a second.
  func doesNotTick() { state.withLock { $0.ticks = false } }

  func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport {
    let (window, ticks) = state.withLock { state in
      state.runs += 1
      return (state.window, state.ticks)
    }
    var run = Run()
    while true {
      while run.isOpen, !stop.requested, run.underWay.count < window {
        if let message = run.guarded({ try feed.next() }) ?? nil {
          run.underWay.append(message)
        } else {
          run.isDry = true
        }
      }
      guard !run.underWay.isEmpty else { break }
      let message = run.underWay.removeFirst()
      var outcome = Outcome.unsent(reason: "the relay is down")
      if !run.isDown {
        switch take(message) {
        case .outcome(let answered): outcome = answered
        case .down: run.isDown = true
        }
      }
      run.report.count(outcome)
      _ = run.guarded { try feed.ended(message.id, outcome) }
      if ticks { _ = run.guarded { try feed.tick() } }
    }
    return try run.ended(isStopped: stop.requested)
  }

  /// What a run of the real transport keeps while it lasts.
  private struct Run {
    var underWay: [OutgoingMessage] = []
    var report = TransportReport()
    /// The feed gave no more.
    var isDry = false
    var isDown = false
    /// The feed's first error; from then on nothing is asked of it, but ends are told.
    private var failure: (any Error)?

    /// A message may begin.
    var isOpen: Bool { !isDry && !isDown && failure == nil }

    mutating func guarded<T>(_ body: () throws -> T) -> T? {
      do { return try body() } catch {
        failure = failure ?? error
        return nil
      }
    }

    func ended(isStopped: Bool) throws -> TransportReport {
      if let failure { throw failure }
      var report = report
      if isDown {
        report.end = .relayDown(RelayTrouble(.connect, relay: "127.0.0.1:25", problem: "connection refused"))
      } else if isStopped {
        report.end = .stopped
      }
      return report
    }
  }

  private func take(_ message: OutgoingMessage) -> Answer {
    let (script, earlier, onMail, number) = state.withLock { state in
      (state.script, state.mails.count { $0.delivery == message.id }, state.onMail, state.mails.count + 1)
    }
    onMail(number)
    let answer = script(message, earlier)
    let mail = Mail(message, answer)
    state.withLock { $0.mails.append(mail) }
    return answer
  }
}

extension ScriptedRelay.Answer {
  static let accepted = ScriptedRelay.Answer.outcome(.accepted(Reply(code: 250, lines: ["2.0.0 Ok"])))
  static let uncertain = ScriptedRelay.Answer.outcome(.uncertain(reason: "the connection was lost after the final dot"))
  static let lost = ScriptedRelay.Answer.outcome(.lost(reason: "the connection was lost within the content"))
  static let unsent = ScriptedRelay.Answer.outcome(.unsent(reason: "chained behind a lost message"))

  /// A refusal: `.refused("550 5.1.1 No such user")`.
  static func refused(_ text: String, at stage: SMTPStage = .rcpt) -> ScriptedRelay.Answer {
    .outcome(.refused(Reply(code: Int(text.prefix(3))!, lines: [String(text.dropFirst(4))]), at: stage))
  }
}

extension ScriptedRelay.Mail {
  fileprivate init(_ message: OutgoingMessage, _ answer: ScriptedRelay.Answer) {
    let outcome: Outcome? = if case .outcome(let outcome) = answer { outcome } else { nil }
    self.init(delivery: message.id, to: message.envelope.recipient.description, data: message.data, outcome: outcome)
  }

  /// Reads a message as far as the tests need it.
  init(delivery: DeliveryID, to address: String, data: [UInt8], outcome: Outcome?) {
    let text = String(decoding: data, as: UTF8.self)
    func field(_ name: String) -> String {
      let line = text.split(separator: "\r\n", omittingEmptySubsequences: false).first { $0.hasPrefix("\(name): ") }
      return String(line?.dropFirst(name.count + 2) ?? "")
    }
    let lines = text.replacing("\r\n ", with: " ").split(separator: "\r\n", omittingEmptySubsequences: false)
    let numbers = lines.prefix { !$0.isEmpty }.filter { $0.hasPrefix("Watchpost-Posts: ") }
    let posts = numbers.flatMap { $0.dropFirst(17).split(separator: ", ").map(String.init) }
    self.init(
      delivery: delivery, address: address, messageID: field("Message-ID"), posts: posts,
      isDigest: field("Feedback-ID").contains(":digest:"), subject: field("Subject"), text: text, outcome: outcome)
  }
}
