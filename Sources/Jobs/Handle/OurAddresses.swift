import Mail

/// The addresses under which mail comes in: `PREFIX+TOKEN@domain`, one for commands, and one for each discussion.
public struct OurAddresses: Sendable {
  /// Of all of them, in ASCII and lower case.
  public var domain: String
  /// `reply` in `reply+TOKEN@domain`.
  public var reply: String
  /// `bounces` in the reverse-path.
  public var bounce: String
  /// `stop`, the mailto form of `List-Unsubscribe`.
  public var stop: String
  /// `confirm`, for what is parked.
  public var confirm: String
  /// `listserv`, for commands; without a token.
  public var command: String

  /// As the configuration's section `mail` has them.
  public init(
    domain: String, reply: String = "reply", bounce: String = "bounces", stop: String = "stop",
    confirm: String = "confirm", command: String = "listserv"
  ) {
    self.domain = domain
    self.reply = reply
    self.bounce = bounce
    self.stop = stop
    self.confirm = confirm
    self.command = command
  }

  /// What an address of ours is for.
  enum Role: Hashable, Sendable {
    case reply, bounce, stop, confirm, command
    /// A discussion's constant address, or one that leads nowhere.
    case name(String)
  }

  /// An address of ours, with its token where it is of a form that has one; nil for other people's.
  func role(of address: Address) -> (role: Role, token: String?)? {
    guard address.canonicalDomain == domain else { return nil }
    let local = address.localPart.lowercased()
    let parts = local.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let token = parts.count > 1 ? parts[1] : nil
    switch parts[0] {
    case reply: return (.reply, token)
    case bounce: return (.bounce, token)
    case stop: return (.stop, token)
    case confirm: return (.confirm, token)
    case command: return (.command, token)
    default: return (.name(local), nil)
    }
  }
}
