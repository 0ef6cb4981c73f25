/// A registered person, as the forum knows them.
public struct Participant: Hashable, Sendable {
  /// The person's name in the forum's own database; opaque.
  public var key: String
  public var name: String
  /// As the forum has it; not yet known to be an address.
  public var address: String
  public var isActive: Bool
  public var isConfirmed: Bool
  /// What the forum knows of the person's preferences; the rest stands in the ledger or in the configuration.
  public var preferences: Preferences

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
