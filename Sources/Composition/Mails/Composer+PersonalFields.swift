import Forum
import Identifiers
import Mail
import Time

/// What instant copies and digests share: the personal fields of header and body.
extension Composer {
  /// The finished octets with their envelope; the reverse-path is signed (rule B1).
  func message(_ delivery: DeliveryID, _ bounce: String, _ recipient: Recipient, _ data: [UInt8]) -> OutgoingMessage {
    let reversePath = PostHeader.address("\(settings.bouncePrefix)+\(bounce)", settings.domain)
    return OutgoingMessage(
      id: delivery, envelope: Envelope(reversePath: reversePath, recipient: recipient.address), data: data)
  }

  /// `To`, `Reply-To` and `Date`. A domain beyond ASCII stands in A-labels, so that relays without SMTPUTF8 can take
  /// the mail (rule S7).
  /// - Parameter replyToken: nil where nothing takes an answer: there is no `Reply-To` then (rule I5).
  func appendPersonalHeader(_ recipient: Recipient, replyToken: String?, date: Timestamp, to data: inout [UInt8]) {
    let address = recipient.address.inASCII() ?? recipient.address
    HeaderWriter.appendMailbox(
      "To", displayName: recipient.name, address: address, utf8: address.needsSMTPUTF8, to: &data)
    if let replyToken {
      append("Reply-To: ", settings.replyPrefix, "+", replyToken, "@", settings.domain, "\r\n", to: &data)
    }
    append("Date: ", date.rfc5322, "\r\n", to: &data)
  }

  /// That it is sent again, and by which order (rule A1); nothing in a first sending.
  func appendResend(_ generation: Int, to data: inout [UInt8]) {
    if generation > 0 { append("Watchpost-Resend: ", String(generation), "\r\n", to: &data) }
  }

  /// Two sentences, one below the other.
  func joined(_ first: (text: [UInt8], html: [UInt8]), _ second: (text: [UInt8], html: [UInt8])) -> (
    text: [UInt8], html: [UInt8]
  ) {
    (first.text + Array("\r\n".utf8) + second.text, first.html + Array("<br>\r\n".utf8) + second.html)
  }

  /// What the mail's own page and its stop address are called by (rules P1, P2): the page goes by the mail's day.
  func stopToken(_ recipient: Recipient, _ post: JournalPosition, _ date: Timestamp) -> String {
    keys.token(for: .stop(person: recipient.person, post: post, day: date.seconds / 86_400), key: keys.current)
  }

  /// RFC 2369 section 3.2, and RFC 8058, which needs an https address to act on and a signature over both fields
  /// (section 4).
  func appendUnsubscribe(_ token: String, to data: inout [UInt8]) {
    append("List-Unsubscribe: ", to: &data)
    if let base = settings.webURL { append("<", base, "/u/", token, ">,\r\n ", to: &data) }
    append("<mailto:", settings.stopPrefix, "+", token, "@", settings.domain, ">\r\n", to: &data)
    if settings.offersOneClick, settings.webURL?.hasPrefix("https:") == true {
      append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", to: &data)
    }
  }

  /// What fills the holes of the text part.
  func personalFields(_ recipient: Recipient, reply: String?, stop: String) -> PersonalFields {
    var fields = PersonalFields()
    if let reply { fields.replyAddress = bytes(settings.replyPrefix, "+", reply, "@", settings.domain) }
    if let base = settings.webURL { fields.stopURL = bytes(base, "/u/", stop) }
    fields.stopAddress = bytes(settings.stopPrefix, "+", stop, "@", settings.domain)
    fields.account = Array(recipient.address.description.utf8)
    fields.recipientName = Array(recipient.name.singleLine(limit: 200).utf8)
    return fields
  }

  /// Makes them fit for the HTML part; what this program made itself (tokens, addresses of its own) needs nothing.
  func escapePersonalFields(_ fields: inout PersonalFields, _ recipient: Recipient) {
    fields.account = Array(recipient.address.description.htmlEscaped.utf8)
    fields.recipientName = Array(recipient.name.singleLine(limit: 200).htmlEscaped.utf8)
    if settings.webURL?.utf8.contains(UInt8(ascii: "&")) == true {
      fields.stopURL = Array(String(decoding: fields.stopURL, as: UTF8.self).htmlEscaped.utf8)
    }
  }

  /// One body part: its header and its body.
  func appendPart(
    _ type: String, _ encoding: TransferEncoding, _ fragments: [Fragment], _ fields: PersonalFields,
    to data: inout [UInt8]
  ) {
    appendPartHeader(type, encoding, to: &data)
    var writer = BodyWriter(encoding)
    for fragment in fragments { writer.append(fragment, fields, to: &data) }
    writer.finish(&data)
  }

  /// Type and encoding of a part, and the empty line behind them.
  func appendPartHeader(_ type: String, _ encoding: TransferEncoding, to data: inout [UInt8]) {
    append(
      "Content-Type: ", type, "; charset=utf-8\r\nContent-Transfer-Encoding: ", encoding.headerValue, "\r\n\r\n",
      to: &data)
  }

  /// Appends texts that this program made itself and that need no folding: tokens keep such lines below 998 octets.
  func append(_ texts: String..., to data: inout [UInt8]) { for text in texts { data.append(contentsOf: text.utf8) } }

  /// The texts one behind the other.
  private func bytes(_ texts: String...) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(96)
    for text in texts { result.append(contentsOf: text.utf8) }
    return result
  }
}
