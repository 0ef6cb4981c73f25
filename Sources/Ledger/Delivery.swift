import DeliveryPolicy
import Identifiers
import SQL
import Time

/// One message to one recipient, with the right to work on it.
public struct Delivery: Hashable, Sendable {
  /// What the message carries.
  public enum Content: Hashable, Sendable {
    /// A copy of a post.
    case post(JournalPosition)
    /// Part `part` of `parts` of a digest, from 1.
    case digestPart(digest: DigestID, part: Int, parts: Int)
  }
  public let id: DeliveryID
  public let person: PersonID
  public let content: Content
  /// 0 for the first sending of a post to a person; each sending anew is one more.
  public let generation: Int
  /// Attempts made so far.
  public var attempts: Int
  /// How often its fate was unknown.
  public let uncertain: Int
  /// When the first counted attempt began; nil before it.
  public let firstAttemptAt: Timestamp?

  static let columns = "id, person, post, digest, part, parts, generation, attempts, uncertain, first_attempt_at"

  init(_ row: any Row) {
    id = row.id(0)
    person = row.id(1)
    if let post: JournalPosition = row.optionalID(2) {
      content = .post(post)
    } else {
      content = .digestPart(digest: row.id(3), part: Int(row.integer(4)), parts: Int(row.integer(5)))
    }
    generation = Int(row.integer(6))
    attempts = Int(row.integer(7))
    uncertain = Int(row.integer(8))
    firstAttemptAt = row.optionalMoment(9)
  }
}

/// The right to work on some deliveries until a moment. What is recorded under a lease that has ended is ignored.
public struct Lease: Hashable, Sendable {
  /// One per run that delivers, never used twice.
  public let id: LeaseID
  public let until: Timestamp
}

/// Why a delivery is kept until an operator releases it. The text stands in the ledger and is what `release` is told.
public enum HoldReason: Hashable, Sendable {
  /// The recipient's domain refuses us by policy (rule S3).
  case domain(String)
  /// Nobody knows whether it arrived (rule S5).
  case uncertain
  /// It cannot be composed, such as for want of a signing key.
  case uncomposed

  /// As the table has it: `domain example.org`, `uncertain`, `uncomposed`.
  public var text: String {
    switch self {
    case .domain(let name): "domain \(name)"
    case .uncertain: "uncertain"
    case .uncomposed: "uncomposed"
    }
  }

  init?(text: String) {
    switch text {
    case "uncertain": self = .uncertain
    case "uncomposed": self = .uncomposed
    default:
      guard text.hasPrefix("domain ") else { return nil }
      self = .domain(String(text.dropFirst("domain ".count)))
    }
  }
}

/// How an attempt ended and what becomes of its delivery.
public struct AttemptEnd: Hashable, Sendable {
  /// The raw value stands in the ledger.
  public enum Outcome: String, Sendable { case accepted, transient, permanent, lost, uncertain }
  public var delivery: DeliveryID
  /// 1 for the first attempt.
  public var number: Int
  public var address: String
  public var beganAt: Timestamp
  public var endedAt: Timestamp
  public var outcome: Outcome
  /// What the failure concerns (rule S3); nil for an accepted message.
  public var scope: Verdict.Scope?
  /// The server's whole answer, or what happened instead (rule S2).
  public var answer: String
  public var state: DeliveryState
  /// Why it is held.
  public var hold: HoldReason?
  /// When it may be tried again.
  public var due: Timestamp?

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
