/// Delivery brings messages to a relay and tells how each of them ended.
///
/// What it does: takes messages from a ``MessageFeed`` one at a time, sends them over kept SMTP connections
/// (``SMTPTransport``) or into a Maildir (``MaildirTransport``), and reports one ``Outcome`` for every message it took.
/// It also holds the policy of delivering as pure functions and values: what an answer means (``classify(_:)``), when
/// to try again (``RetrySchedule``), when to leave a relay alone (``Breaker``, ``RefusalStreak``) or a domain
/// (``DomainPolicy``).
///
/// What it refuses to do: it knows no ledger, no clock of its own, no recipient's history; it never sends in clear text
/// where TLS was asked for, and never to another host than loopback without TLS unless the configuration says so (S7).
///
/// What its failures do: a trouble of the relay ends the run as ``RelayTrouble`` and spends nobody's attempt (S3); a
/// trouble of one message ends that message alone; an error of the feed stops new messages, lets those under way finish
/// and is then thrown on.
import Mail

/// Where messages come from and where their ends are told. The transport calls it from one thread, one call at a time.
public protocol MessageFeed: AnyObject {
  /// The next message to send; nil when none is to be had now and none will come in this run: the transport then
  /// finishes those under way and returns. Not asked again after nil.
  func next() throws -> OutgoingMessage?
  /// How one message ended. Called exactly once for every message that ``next()`` gave.
  func ended(_ id: Int64, _ outcome: Outcome) throws
  /// Called at least once a second while the transport runs, so that the feed can commit groups and renew leases.
  func tick() throws
}

/// How one try at one message ended.
public enum Outcome: Hashable, Sendable {
  /// A 2xx reply after the final dot: the relay has taken responsibility (RFC 5321 section 4.2.5).
  case accepted(Reply)
  /// A reply said no.
  case refused(Reply, at: Stage)
  /// The relay lacks what the message needs; nothing was sent (S7).
  case notOffered(Capability)
  /// The connection was lost or timed out within the message's content: part of it was handed to the kernel, the final
  /// dot was not. Spends an attempt. Also a message whose commands alone broke two connections while the relay took
  /// others: the message is then the likely cause, and unspent it would come first again for ever.
  case lost(reason: String)
  /// The connection was lost or timed out after the final dot was handed to the kernel: nobody knows (RFC 1047).
  case uncertain(reason: String)
  /// Never begun, chained behind a lost one, answered 421, or the connection was lost before any content was handed
  /// over. Spends nothing.
  case unsent(reason: String)
}

/// The point of the transaction at which a reply came.
public enum Stage: String, Hashable, Sendable, CaseIterable {
  case mail, rcpt, data
  /// The reply after the final dot.
  case dot
}

/// An SMTP extension that a message may need.
public enum Capability: Error, Hashable, Sendable, CustomStringConvertible {
  /// RFC 6531: an address or a header field is not ASCII.
  case smtpUTF8
  /// RFC 6152: the content has octets above 127.
  case eightBitMIME
  /// RFC 1870: the message is larger than the relay takes; both in octets.
  case size(message: Int, limit: Int)

  /// Words for the admin.
  public var description: String {
    switch self {
    case .smtpUTF8:
      "the relay does not offer SMTPUTF8 (RFC 6531), and an address or a header field of the message is not ASCII"
    case .eightBitMIME: "the relay does not offer 8BITMIME (RFC 6152), and the message has octets above 127"
    case .size(let message, let limit):
      "the message has \(message) octets; the relay takes at most \(limit) (SIZE, RFC 1870)"
    }
  }
}

/// A way to hand messages on.
public protocol Transport {
  /// Runs until the feed is dry, `stop` says so, or the relay is found down.
  /// - Throws: only what the feed throws; a relay's troubles are in the report.
  func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport
}

/// What a run did, and why it stopped.
public struct TransportReport: Sendable {
  public enum End: Sendable {
    /// The feed had no more.
    case dry
    /// The stop signal was set.
    case stopped
    /// The relay could not be reached, or gave nothing but trouble.
    case relayDown(RelayTrouble)
  }

  public internal(set) var end: End = .dry
  public internal(set) var accepted = 0
  public internal(set) var refused = 0
  public internal(set) var notOffered = 0
  public internal(set) var lost = 0
  public internal(set) var uncertain = 0
  public internal(set) var unsent = 0
  /// Connections that reached the point where mail can be sent.
  public internal(set) var connections = 0

  init() {}

  mutating func count(_ outcome: Outcome) {
    switch outcome {
    case .accepted: accepted += 1
    case .refused: refused += 1
    case .notOffered: notOffered += 1
    case .lost: lost += 1
    case .uncertain: uncertain += 1
    case .unsent: unsent += 1
    }
  }
}
