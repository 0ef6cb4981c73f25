import Identifiers
import Time

/// A message that came in, as it was taken.
public struct Received: Hashable, Sendable {
  /// Its number.
  public var id: ReceivedID
  /// What tells it from every other: made of its sender, its Message-ID and its body (rule I1).
  public var identity: String
  /// The envelope's recipient, where whoever handed it over knew.
  public var recipient: String?
  /// When it reached the forum's mailbox (rule I7), never by its own `Date`.
  public var arrivedAt: Timestamp
  /// How often its handling was begun, this time included.
  public var tries: Int
  /// Octets of the whole message.
  public var size: Int
  /// The message as it came; of one that was too large, its header alone.
  public var raw: [UInt8]

  /// It was too large to be taken in.
  public var isCut: Bool { size > raw.count }

  /// A message that is to be taken in.
  public struct Draft: Hashable, Sendable {
    /// See `Received.identity`.
    public var identity: String
    /// Where it was found: `maildir`, `imap`, `pipe`.
    public var mailbox: String
    /// See `Received.recipient`.
    public var recipient: String?
    /// See `Received.arrivedAt`.
    public var arrivedAt: Timestamp
    /// As it came.
    public var raw: [UInt8]
    /// Octets, where `raw` is not all of it.
    public var size: Int

    /// A message with where it came from.
    public init(
      identity: String, mailbox: String, recipient: String? = nil, arrivedAt: Timestamp, raw: [UInt8], size: Int? = nil
    ) {
      self.identity = identity
      self.mailbox = mailbox
      self.recipient = recipient
      self.arrivedAt = arrivedAt
      self.raw = raw
      self.size = size ?? raw.count
    }
  }

  /// What became of a message. The raw value stands in the ledger.
  public enum Outcome: String, Sendable, CaseIterable {
    /// A reply that is to be posted.
    case reply
    /// A reply that waits for somebody's word.
    case parked
    /// A reply that cannot be posted; its sender was told.
    case refused
    /// Commands that were obeyed, or answered.
    case command
    /// A command that waits until the account's address confirms it.
    case unconfirmed
    /// A confirmation of what was parked.
    case confirmation
    /// Mail to a stop address: a watch ended, or more.
    case stop
    /// A report of a delivery of ours.
    case failure
    /// A report that says that a message is late, or arrived.
    case report
    /// "This is spam".
    case complaint
    /// Written by a machine.
    case automatic
    /// Receipts, calendar answers, reactions, list mail.
    case other
    /// Our own mail, come back.
    case own
    /// To an address of ours whose token is not ours, or is too old.
    case badToken = "bad-token"
    /// From somebody who is no participant, to no token.
    case stranger

    /// Anybody may have sent it: little is kept of it as it came. Of a parked reply the text stands beside it.
    var isAnybodys: Bool {
      switch self {
      case .stranger, .badToken, .own, .other, .automatic, .report, .unconfirmed: true
      case .reply, .parked, .refused, .command, .confirmation, .stop, .failure, .complaint: false
      }
    }
  }
}
