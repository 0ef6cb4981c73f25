import DeliveryPolicy
import Mail
import Time

/// What a run learns from each end: whether the relay works, and what a connection of it takes.
extension SMTPRun {
  /// Learns from an end whether the relay works, before the end is told.
  func ended(_ message: OutgoingMessage, _ outcome: Outcome, _ part: Dialogue.Part, _ session: RelaySession) {
    if isOpen, sessionLimit.givesBack(message.id, outcome, accepted: session.accepted) {
      session.isExhausted = true
      return queue.takeBack(message)
    }
    sessionLimit.ended(message.id, outcome, accepted: session.accepted)
    if case .accepted = outcome { session.accepted += 1 }
    switch (outcome, classify(outcome)?.scope) {
    case (.refused(let reply, let stage), .relay):
      session.hasAnswered = true
      breaker.failed(at: moment)
      refusedDomains.insert(message.envelope.recipient.canonicalDomain)
      // One domain's addresses may all be refused for a reason of theirs.
      let isAboutOne = stage == .rcpt && refusedDomains.count < 2
      if breaker.trips > 0, !isAboutOne { giveUp("it refused message after message at \(stage.rawValue)", reply) }
    case (.accepted, _), (.refused, _):
      session.hasAnswered = true
      breaker.answered()
      refusedDomains = []
    case (.uncertain(let reason), _):
      breaker.becameUncertain(at: moment)
      if breaker.trips > 0 {
        giveUp("the fate of several messages in a row is unknown, last because \(reason)")
      }
    default: break
    }
    queue.ended(message, outcome, part, mayTryAgain: isOpen)
  }

  /// A connection is gone. That it never gave an answer counts against the relay.
  func closed(_ session: RelaySession, _ reason: String) {
    session.close()
    if session.hasHungInPipeline {
      // The next connection does not pipeline, and will show whether the relay works.
      queue.pipeliningFailed()
      return
    }
    guard !session.isQuitting, !session.hasAnswered else { return }
    breaker.failed(at: moment)
    if breaker.trips > 0 { giveUp("connection after connection broke, last because \(reason)") }
  }

  /// Ends the run; the first reason is the one that is told.
  private func giveUp(_ problem: String, _ reply: Reply? = nil) {
    guard trouble == nil else { return }
    trouble = RelayTrouble(.dialogue, relay: settings.name, problem: problem, reply: reply)
  }

  /// The run's clock in seconds, for the breaker; it has no date.
  private var moment: Timestamp { Timestamp(now() / 1_000_000_000) }
}
