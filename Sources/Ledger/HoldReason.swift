import DeliveryPolicy
import Identifiers

/// Why a delivery is kept until an operator releases it. The text stands in the ledger and is what `release` is told.
public enum HoldReason: Hashable, Sendable {
  /// The recipient's domain refuses us by policy, or everybody (rule S3).
  case domain(String)
  /// The post is refused to everybody (rule S3).
  case post(JournalPosition)
  /// Nobody knows whether it arrived (rule S5).
  case uncertain
  /// It cannot be composed, such as for want of a signing key.
  case uncomposed
  /// An admin ordered it, of this message alone.
  case ordered

  /// It is left alone for a while.
  public init(_ subject: Pauses.Subject) {
    switch subject {
    case .domain(let name): self = .domain(name)
    case .post(let position): self = .post(position)
    }
  }

  /// As the table has it: `domain example.org`, `post 12`, `uncertain`, `uncomposed`,
  /// `operator`.
  public var text: String {
    switch self {
    case .domain(let name): "domain \(name)"
    case .post(let position): "post \(position.rawValue)"
    case .uncertain: "uncertain"
    case .uncomposed: "uncomposed"
    case .ordered: "operator"
    }
  }

  /// - Returns: nil for a text that is none of these, such as the reason of a delivery that was dropped.
  public init?(text: String) {
    switch text {
    case "uncertain": self = .uncertain
    case "uncomposed": self = .uncomposed
    case "operator": self = .ordered
    default:
      if text.hasPrefix("post "), let number = Int64(text.dropFirst("post ".count)) {
        self = .post(JournalPosition(number))
        return
      }
      guard text.hasPrefix("domain ") else { return nil }
      self = .domain(String(text.dropFirst("domain ".count)))
    }
  }
}
