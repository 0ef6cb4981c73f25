import DeliveryPolicy
import Mail

/// One message's way through MAIL, RCPT, DATA and the final dot (RFC 5321 section 3.3).
struct Transaction {
  /// What the relay has to answer next.
  enum Step: Hashable {
    /// RSET, sent to clear away the transaction before.
    case reset
    case mail, rcpt, data
    /// 354 came; content may be written.
    case ready
    case dot
    /// A lone dot, sent because DATA was let through though nobody was to get it (RFC 2920 section 3.1).
    case emptyDot
  }

  /// What is sent.
  let message: OutgoingMessage
  var step = Step.mail
  /// The outcome was told; what is left serves only to bring the dialogue in order.
  var isOver = false
  /// The relay answered MAIL with 2xx, so it may hold a sender.
  var mailTaken = false
  /// The relay answered RCPT with 2xx: a final dot would send something.
  var recipientTaken = false
  /// Offsets in the connection's output: first octet of the content, and just after the final dot's line.
  var content: Range<Int>?

  /// As it goes over the wire, without brackets; empty for the null reverse-path.
  private let reversePath: String
  private let recipient: String
  /// What follows MAIL's path, with a space before each.
  private let parameters: String

  /// - Throws: the ``Capability`` that the relay lacks.
  init(_ message: OutgoingMessage, capabilities: Capabilities, asciiDomain: (String) -> String?) throws(Capability) {
    self.message = message
    let needs = Content.needs(of: message.data)
    if let limit = capabilities.sizeLimit, message.data.count > limit {
      throw .size(message: message.data.count, limit: limit)
    }
    if needs.eightBit, !capabilities.eightBitMIME { throw .eightBitMIME }
    let sender = message.envelope.reversePath
    var ascii: (sender: String?, recipient: String?)
    if !needs.headerUTF8 {
      // RFC 6531 section 3.2: with A-labels the message is an ordinary one, which every relay further on can take.
      ascii.sender = sender.map { $0.inASCII(asciiDomain)?.description } ?? ""
      ascii.recipient = message.envelope.recipient.inASCII(asciiDomain)?.description
    }
    let needsUTF8 = ascii.sender == nil || ascii.recipient == nil
    if needsUTF8, !capabilities.smtpUTF8 { throw .smtpUTF8 }
    reversePath = needsUTF8 ? sender?.description ?? "" : ascii.sender ?? ""
    recipient = needsUTF8 ? message.envelope.recipient.description : ascii.recipient ?? ""
    var parameters = capabilities.size ? " SIZE=\(message.data.count)" : ""
    if needs.eightBit { parameters += " BODY=8BITMIME" }
    if needsUTF8 { parameters += " SMTPUTF8" }
    self.parameters = parameters
  }

  /// `MAIL FROM:<…> SIZE=…`
  func appendMail(to output: inout [UInt8]) {
    Self.append("MAIL FROM:<", reversePath, ">\(parameters)\r\n", to: &output)
  }

  /// `RCPT TO:<…>`
  func appendRcpt(to output: inout [UInt8]) {
    Self.append("RCPT TO:<", recipient, ">\r\n", to: &output)
  }

  /// X1: an `Address` cannot hold what would end the path or the line; if one does, nothing may reach the wire.
  private static func append(_ verb: String, _ path: String, _ rest: String, to output: inout [UInt8]) {
    // A space is one of a quoted local part, which is closed before the path's bracket is.
    let isQuoted = path.utf8.first == UInt8(ascii: "\"")
    precondition(
      path.utf8.allSatisfy {
        $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && (isQuoted || $0 != 0x20)
      },
      """
      an address with a control character, a space or a bracket came as far as the SMTP dialogue: \
      \(path.debugDescription)
      """
    )
    output.append(contentsOf: verb.utf8)
    output.append(contentsOf: path.utf8)
    output.append(contentsOf: rest.utf8)
  }
}
