import Identifiers
import Time

/// An address that is not to be mailed.
public struct Suppression: Hashable, Sendable {
  /// Why. The raw value stands in the ledger.
  public enum Cause: String, Sendable {
    /// The admin's word.
    case admin
    /// Too much failed (rule B3): it is tried again from time to time.
    case failures
  }

  /// In its canonical form.
  public var address: String
  /// In words: what was said last, or what the admin wrote.
  public var reason: String
  /// Since when.
  public var since: Timestamp
  /// Whose address it was; nil where only the address is known.
  public var person: PersonID?
  /// Why.
  public var cause: Cause
  /// When it is to be tried again; nil: never.
  public var nextProbe: Timestamp?
  /// How often it was tried.
  public var probes: Int
  /// The try whose end is waited for.
  public var probe: DeliveryID?
}
