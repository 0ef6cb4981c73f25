import DeliveryPolicy
import Identifiers
import Mail

/// Where messages come from and where their ends are told. The transport calls it from one thread, one call at a time.
public protocol MessageFeed: AnyObject {
  /// The next message to send; nil when none is to be had now and none will come in this run: the transport then
  /// finishes those under way and returns. Not asked again after nil.
  func next() throws -> OutgoingMessage?
  /// How one message ended. Called exactly once for every message that ``next()`` gave.
  func ended(_ id: DeliveryID, _ outcome: Outcome) throws
  /// Called at least once a second while the transport runs, so that the feed can commit groups and renew leases.
  func tick() throws
}
