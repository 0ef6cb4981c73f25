import Foundation
import Mail

/// A registered person, as the forum knows them.
public struct Participant: Hashable, Sendable {
  /// The person's name in the forum's own database; opaque.
  public var key: String
  /// What others see; in any script, and whatever people put there.
  public var name: String
  /// As the forum has it; not yet known to be an address.
  public var address: String
  /// False for an account that the forum has closed: they get nothing (rule F3).
  public var isActive: Bool
  /// False until they have confirmed their address to the forum: they get nothing (rule F3).
  public var isConfirmed: Bool
  /// What the forum knows of the person's preferences; the rest stands in the ledger or in the configuration.
  public var preferences: Preferences

  /// Somebody who may be mailed, unless it is said.
  public init(
    key: String, name: String, address: String, isActive: Bool = true, isConfirmed: Bool = true,
    preferences: Preferences = Preferences()
  ) {
    self.key = key
    self.name = name
    self.address = address
    self.isActive = isActive
    self.isConfirmed = isConfirmed
    self.preferences = preferences
  }
}

extension Participant {
  /// Whether mail can be sent to what the forum has for an address (rule X1).
  public var hasUsableAddress: Bool { (try? Address(address)) != nil }

  /// Whether the zone that the forum has for the person is one, if it has any.
  public var hasKnownZone: Bool { preferences.zone.map { TimeZone(identifier: $0) != nil } ?? true }
}
