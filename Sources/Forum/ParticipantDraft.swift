/// A person who is to be made.
public struct ParticipantDraft: Hashable, Sendable {
  /// What others see.
  public var name: String
  /// Where their mail goes. Kept as it is: fan-out finds out whether it is an address.
  public var address: String
  /// False for an account that the forum has closed.
  public var isActive: Bool
  /// Whether they have shown the forum that the address is theirs.
  public var isConfirmed: Bool
  /// What they choose from the start; nil in it is left to the configuration.
  public var preferences: Preferences

  /// Somebody who may be mailed at once, unless it is said.
  public init(
    name: String, address: String, isActive: Bool = true, isConfirmed: Bool = true,
    preferences: Preferences = Preferences()
  ) {
    self.name = name
    self.address = address
    self.isActive = isActive
    self.isConfirmed = isConfirmed
    self.preferences = preferences
  }
}
