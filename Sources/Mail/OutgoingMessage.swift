import Identifiers

/// A message ready for the wire.
public struct OutgoingMessage: Sendable {
  /// The ledger's own number of the delivery.
  public let id: DeliveryID
  /// Where it goes, and where a report of its failure goes.
  public let envelope: Envelope
  /// Header and body with CRLF line ends, ending in CRLF, no line above 998 octets; without SMTP's dot-stuffing.
  public let data: [UInt8]

  /// The caller vouches for the form of `data`.
  public init(id: DeliveryID, envelope: Envelope, data: [UInt8]) {
    self.id = id
    self.envelope = envelope
    self.data = data
  }
}
