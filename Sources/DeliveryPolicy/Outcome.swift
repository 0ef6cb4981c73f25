import Mail

/// How one try at one message ended.
public enum Outcome: Hashable, Sendable {
  /// A 2xx reply after the final dot: the relay has taken responsibility (RFC 5321 section 4.2.5).
  case accepted(Reply)
  /// A reply said no.
  case refused(Reply, at: SMTPStage)
  /// The relay lacks what the message needs; nothing was sent (S7).
  case notOffered(Capability)
  /// The connection was lost or timed out within the message's content: part of it was handed to the kernel, the final
  /// dot was not. Spends an attempt. Also a message whose commands alone broke two connections while the relay took
  /// others: the message is then the likely cause, and unspent it would come first again for ever.
  case lost(reason: String)
  /// The connection was lost or timed out after the final dot was handed to the kernel: nobody knows (RFC 1047).
  case uncertain(reason: String)
  /// Never begun, chained behind a lost one, answered 421 once, or the connection was lost before any content was handed
  /// over. Spends nothing.
  case unsent(reason: String)
}

/// The point of the transaction at which a reply came.
public enum SMTPStage: String, Hashable, Sendable, CaseIterable {
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

  /// Words for the admin of many messages: without the size of one.
  public var kind: String {
    if case .size(_, let limit) = self { return "the relay takes at most \(limit) octets a message (SIZE, RFC 1870)" }
    return description
  }

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
