/// Which relay it is that something was learned of, without any secret: what was learned of other settings says nothing.
public struct RelayIdentity: Hashable, Sendable, Codable {
  /// Host, port, TLS and user. Another one has to take a first mail before it is believed (rule E7).
  public var relay: String
  /// Changes also with what may end a trouble, such as the password (as a keyed digest). Other settings are not left
  /// alone for what these met.
  public var settings: String

  /// Without values: the one relay of a test.
  public init(relay: String = "", settings: String = "") {
    self.relay = relay
    self.settings = settings
  }
}
