import DeliveryPolicy
import Identifiers
import Mail
import Time

/// How an attempt ended and what becomes of its delivery.
public struct AttemptEnd: Hashable, Sendable {
  /// The raw value stands in the ledger.
  public enum Outcome: String, Sendable {
    /// 2xx after the final dot.
    case accepted
    /// Refused for now (4xx).
    case transient
    /// Refused for good (5xx).
    case permanent
    /// The connection broke before the whole message had left.
    case lost
    /// The whole message may have arrived, and no answer came (RFC 1047).
    case uncertain
  }
  /// The delivery that was attempted.
  public var delivery: DeliveryID
  /// 1 for the first attempt.
  public var number: Int
  /// The address that it went to, as the forum had it then.
  public var address: String
  /// When it began.
  public var beganAt: Timestamp
  /// When its end was known.
  public var endedAt: Timestamp
  /// How it ended.
  public var outcome: Outcome
  /// What the failure concerns (rule S3); nil for an accepted message.
  public var scope: Verdict.Scope?
  /// The server's whole answer, or what happened instead (rule S2).
  public var answer: String
  /// The state that the delivery moves to.
  public var state: DeliveryState
  /// Why it is held.
  public var hold: HoldReason?
  /// When it may be tried again.
  public var due: Timestamp?

  /// The trouble was the relay's or our own as the sender: the delivery's time (rule S4) begins anew with the next
  /// attempt.
  public var stopsClock = false
  /// What it says of the address; nil if nothing is to be held against it, nor kept.
  public var severity: FailureEvent.Severity?
  /// The enhanced status code of the answer, if it has one.
  public var status: EnhancedStatusCode?

  /// Traps on a state that no attempt can end in (rule S1).
  public init(
    delivery: DeliveryID, number: Int, address: String, beganAt: Timestamp, endedAt: Timestamp, outcome: Outcome,
    scope: Verdict.Scope? = nil, answer: String, state: DeliveryState, hold: HoldReason? = nil, due: Timestamp? = nil
  ) {
    precondition(DeliveryState.sending.next.contains(state), "an attempt cannot end in \(state)")
    self.delivery = delivery
    self.number = number
    self.address = address
    self.beganAt = beganAt
    self.endedAt = endedAt
    self.outcome = outcome
    self.scope = scope
    self.answer = answer
    self.state = state
    self.hold = hold
    self.due = due
  }
}

extension AttemptEnd {
  /// The event that counts like a report (rule B2).
  func failure(of person: PersonID) -> FailureEvent? {
    severity.map {
      FailureEvent(
        delivery: delivery, person: person, address: Ledger.canonical(address), severity: $0, source: .dialogue,
        status: status?.description ?? "", diagnostic: answer, at: endedAt)
    }
  }
}
