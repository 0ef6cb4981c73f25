import Time

/// Something kept back until the admin's word.
public struct Hold: Hashable, Sendable {
  /// What is kept back; the raw value stands in the ledger.
  public enum Kind: String, Sendable {
    /// Mail to one recipient domain (rule S3).
    case domain
    /// More new posts than is plausible (rule C5).
    case flood
    /// Posts of a forum that was restored from a backup (rule E3).
    case forum
    /// Everything: the ledger itself was restored from a backup (rule E3).
    case ledger
  }
  /// What is kept back.
  public let kind: Kind
  /// The domain; empty for a flood.
  public let name: String
  /// In words for the admin.
  public let reason: String
  /// When it was first held.
  public let since: Timestamp

  /// An admin ordered it: only an admin ends it.
  public var isOrdered: Bool { reason.hasPrefix(Hold.ordered) }

  /// What the words of such a hold begin with.
  static let ordered = "held by an admin"

  /// `held by an admin (kofi): their server moves house`
  static func words(orderedBy admin: String, why: String) -> String {
    ordered + (admin.isEmpty ? "" : " (\(admin))") + (why.isEmpty ? "" : ": \(why)")
  }
}
