import DeliveryPolicy
import Ledger
import Mail
import Time

/// What becomes of one attempt: its row, and its count.
extension AttemptGroup {
  /// An end as if the message had been taken; whoever asks for it fills in the rest.
  func blank(_ one: UnderWay, _ outcome: Outcome, at now: Timestamp) -> AttemptEnd {
    AttemptEnd(
      delivery: one.delivery.id, number: one.number, address: one.recipient.description, beganAt: one.beganAt,
      endedAt: now, outcome: .accepted, scope: classify(outcome)?.scope, answer: outcome.answer, state: .sent)
  }

  /// The row of an attempt that is counted, and its count.
  mutating func end(
    of one: UnderWay, _ outcome: Outcome, _ verdict: Verdict?, _ fault: RefusalWindow.Fault, _ past: RecipientRecord,
    at now: Timestamp, random: Double
  ) -> AttemptEnd {
    var end = blank(one, outcome, at: now)
    note(one, outcome, verdict, past)
    switch outcome {
    case .accepted:
      report.sent += 1
    case .uncertain:
      end.outcome = .uncertain
      doubt(one, &end, now, random)
    // Until the relay, as it is set, has taken a first mail, it is believed of dead addresses alone (rule E7).
    case _ where !health.hasAccepted && !outcome.isDeadAddress:
      end.scope = .relay
      if case .notOffered(let capability) = outcome {
        report.lacking += 1
        report.lastLacking = capability.kind
      } else {
        report.unproven += 1
        report.lastUnproven = outcome.gist ?? outcome.answer
      }
      wait(one, &end, now, random)
    case .lost:
      end.outcome = .lost
      putOff(one, outcome, &end, now, random)
    // `unsent` does not come here: its scope is the relay.
    case .refused, .notOffered, .unsent:
      if verdict?.scope == .sender {
        report.senderRefused += 1
        report.lastSenderRefusal = outcome.gist
        wait(one, &end, now, random)
      } else if case .inPart(let domain, _) = fault {
        // For now, as others' answers tell: it does not count against its recipient.
        end.scope = domain == nil ? .relay : .domain
        wait(one, &end, now, random)
      } else if verdict?.permanence == .permanent {
        // What a domain has against us is not about its people, however many are refused.
        let isOneOfMany =
          verdict?.scope != .domain && health.refusals?.hasOthers(than: one.delivery.person, at: now) ?? false
        if let seconds = past.wait(isOneOfMany: isOneOfMany) {
          askAgain(&end, now + seconds)
        } else {
          fail(&end, outcome)
        }
      } else {
        end.outcome = .transient
        putOff(one, outcome, &end, now, random)
      }
    }
    return end
  }

  /// The row of what the relay refused for reasons of its own.
  /// - Parameter isItsOwn: the relay took others: it is the message's reason too, whose time goes on.
  mutating func refusedByRelay(
    _ one: UnderWay, _ outcome: Outcome, isItsOwn: Bool, at now: Timestamp, random: Double
  ) -> AttemptEnd {
    var end = blank(one, outcome, at: now)
    end.outcome = .transient
    if isItsOwn { putOff(one, outcome, &end, now, random) } else { wait(one, &end, now, random) }
    return end
  }

  /// What of this run's mails was refused for good at the first try, and how many were tried so.
  private mutating func note(_ one: UnderWay, _ outcome: Outcome, _ verdict: Verdict?, _ past: RecipientRecord) {
    if case .accepted = outcome { report.tried += 1 }
    guard case .refused = outcome, past.refusals == 0 else { return }
    report.tried += 1
    guard verdict?.permanence == .permanent || outcome.isDenial else { return }
    report.refused += 1
    report.lastRefusal = outcome.gist ?? outcome.answer
  }

  /// Somebody who had mail lately is asked for again before a refusal counts.
  private mutating func askAgain(_ end: inout AttemptEnd, _ due: Timestamp) {
    end.outcome = .permanent
    end.state = .deferred
    end.due = due
    report.deferred += 1
  }

  private mutating func fail(_ end: inout AttemptEnd, _ outcome: Outcome) {
    end.outcome = .permanent
    end.state = .failed
    hold(against: &end, outcome)
    report.failed += 1
    report.lastFailure = outcome.gist ?? outcome.answer
  }

  /// What an end for good says of the address (rule B2). Of a connection that broke, and of what the relay lacks, it says
  /// nothing.
  private func hold(against end: inout AttemptEnd, _ outcome: Outcome) {
    guard case .refused(let reply, _) = outcome else { return }
    end.status = reply.stated
    end.severity =
      end.scope == .recipient
      ? FailureEvent.Severity(
        status: reply.stated ?? EnhancedStatusCode(5, 1, 0), isPermanent: reply.code / 100 == 5, namesPolicy: false)
      : .policy
  }

  /// Deferred for as long as it takes: the trouble is not the message's.
  private mutating func wait(_ one: UnderWay, _ end: inout AttemptEnd, _ now: Timestamp, _ random: Double) {
    if end.outcome == .accepted { end.outcome = .transient }
    end.stopsClock = true
    end.state = .deferred
    end.due = now + retry.wait(after: tries(one), random: random)
    report.deferred += 1
  }

  /// Deferred by the schedule, or given up at its end. The time in which nothing could be tried is not counted.
  private mutating func putOff(
    _ one: UnderWay, _ outcome: Outcome, _ end: inout AttemptEnd, _ now: Timestamp, _ random: Double
  ) {
    let first = one.delivery.firstAttemptAt ?? one.beganAt
    var schedule = retry
    if !givesUp {
      schedule.lifetime = .days(36_500)
    } else if let patience = patience(for: outcome) {
      schedule.lifetime = min(schedule.lifetime, patience)
    }
    // A relay that has taken nothing since lacks it for everybody.
    if case .notOffered(let capability) = outcome {
      report.lacking += 1
      report.lastLacking = capability.kind
      if case .size = capability { report.lacksSize = true }
      if health.lastAccepted.map({ $0 < first }) ?? true { schedule.lifetime = .days(36_500) }
    }
    end.due = schedule.due(
      after: tries(one), firstAttempt: first + health.timeOut(since: first, until: now), now: now, random: random)
    if end.due != nil {
      end.state = .deferred
      report.deferred += 1
    } else if case .notOffered = outcome {
      fail(&end, outcome)
    } else {
      end.state = .expired
      hold(against: &end, outcome)
      report.expired += 1
      report.lastFailure = outcome.gist ?? outcome.answer
    }
  }

  /// The attempts since its retries last began anew.
  private func tries(_ one: UnderWay) -> Int { one.number - one.delivery.attemptsBefore }

  /// Sent again with the same Message-ID, or held (rule S5). Its five days do not end it: nobody knows that it failed.
  private mutating func doubt(_ one: UnderWay, _ end: inout AttemptEnd, _ now: Timestamp, _ random: Double) {
    if uncertain == .resend, one.delivery.uncertain < UncertainPolicy.limit {
      end.state = .uncertain
      end.due = now + retry.wait(after: tries(one), random: random)
      report.uncertain += 1
    } else {
      end.state = .held
      end.hold = .uncertain
      report.held += 1
      report.heldInDoubt += 1
    }
  }
}
