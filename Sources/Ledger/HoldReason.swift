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

  /// - Returns: nil for a text that is none of these, such as the reason of a delivery that was dropped.
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
