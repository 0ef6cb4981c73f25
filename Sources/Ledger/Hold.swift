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
}
