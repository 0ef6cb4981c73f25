import Forum
import Mail
import Tokens

extension Composer {
  /// References that a message names at most, besides the thread's own: the nearest ancestors.
  private static let referenceLimit = 5

  /// One person's copy of a post.
  /// - Parameters:
  ///   - delivery: the ledger's own number of the delivery.
  ///   - generation: 0 for the first sending; every `resend` is a new one (rule A1).
  ///   - watch: why the person gets it.
  ///   - date: the mail's own date.
  public func instant(
    _ prepared: PreparedPost, to recipient: Recipient, delivery: Int64, generation: Int, watch: WatchScope,
    date: Timestamp
  ) -> OutgoingMessage {
    let copy = prepared.copy
    let reply = keys.token(
      for: .reply(person: recipient.person, post: copy.journalled.position), key: copy.journalled.key)
    let stop = keys.token(for: .stop(person: recipient.person, post: copy.journalled.position), key: keys.current)
    let bounce = keys.token(for: .bounce(delivery: delivery), key: keys.current)

    var data: [UInt8] = []
    data.reserveCapacity(2048 + (prepared.text.quotedPrintable.size + prepared.html.quotedPrintable.size) * 9 / 8)
    data += prepared.header.from
    appendPersonalHeader(recipient, replyToken: reply, date: date, to: &data)
    append("List-Post: <mailto:", settings.replyPrefix, "+", reply, "@", settings.domain, ">\r\n", to: &data)
    data += prepared.header.subject
    append("Message-ID: <", reply, ".", String(generation), "@", settings.domain, ">\r\n", to: &data)
    appendReferences(prepared, recipient, to: &data)
    data += prepared.header.fixed
    appendUnsubscribe(stop, to: &data)

    let reason = prepared.reasons[watch]!
    let moment = prepared.date(in: recipient.zone, zones)
    var fields = personalFields(recipient, reply: reply, stop: stop)
    fields.why = reason.text
    fields.date = moment.text
    guard !recipient.textOnly else {
      appendPart("text/plain", prepared.textEncoding, [prepared.text], fields, to: &data)
      return message(delivery, bounce, recipient, data)
    }
    append("Content-Type: multipart/alternative; boundary=\"=_", bounce, "\"\r\n\r\n--=_", bounce, "\r\n", to: &data)
    appendPart("text/plain", prepared.textEncoding, [prepared.text], fields, to: &data)
    append("--=_", bounce, "\r\n", to: &data)
    escapePersonalFields(&fields, recipient)
    fields.why = reason.html
    fields.date = moment.html
    appendPart("text/html", prepared.htmlEncoding, [prepared.html], fields, to: &data)
    append("--=_", bounce, "--\r\n", to: &data)
    return message(delivery, bounce, recipient, data)
  }

  /// This person's own identifiers of the posts before, so that mail programs thread their copies (rule M4).
  private func appendReferences(_ prepared: PreparedPost, _ recipient: Recipient, to data: inout [UInt8]) {
    let ancestors = prepared.copy.ancestors.suffix(Self.referenceLimit).filter { keys.holds($0.key) }.map { ancestor in
      keys.token(for: .reply(person: recipient.person, post: ancestor.position), key: ancestor.key)
    }
    if let parent = ancestors.last { append("In-Reply-To: <", parent, ".0@", settings.domain, ">\r\n", to: &data) }
    append("References: ", prepared.header.threadRoot, to: &data)
    for ancestor in ancestors { append("\r\n <", ancestor, ".0@", settings.domain, ">", to: &data) }
    append("\r\n", to: &data)
  }
}

// MARK: - What instant copies and digests share

extension Composer {
  func message(_ delivery: Int64, _ bounce: String, _ recipient: Recipient, _ data: [UInt8]) -> OutgoingMessage {
    let reversePath = PostHeader.address("\(settings.bouncePrefix)+\(bounce)", settings.domain)
    return OutgoingMessage(
      id: delivery, envelope: Envelope(reversePath: reversePath, recipient: recipient.address), data: data)
  }

  /// `To`, `Reply-To` and `Date`. A domain beyond ASCII stands in A-labels, so that relays without SMTPUTF8 can take the
  /// mail (rule S7).
  func appendPersonalHeader(_ recipient: Recipient, replyToken: String, date: Timestamp, to data: inout [UInt8]) {
    let address = recipient.address.inASCII() ?? recipient.address
    HeaderWriter.appendMailbox(
      "To", displayName: recipient.name, address: address, utf8: address.needsSMTPUTF8, to: &data)
    append("Reply-To: ", settings.replyPrefix, "+", replyToken, "@", settings.domain, "\r\n", to: &data)
    append("Date: ", date.rfc5322, "\r\n", to: &data)
  }

  /// RFC 2369 section 3.2, and RFC 8058, which needs an https address to act on.
  func appendUnsubscribe(_ token: String, to data: inout [UInt8]) {
    append("List-Unsubscribe: ", to: &data)
    if let base = settings.webURL { append("<", base, "/u/", token, ">,\r\n ", to: &data) }
    append("<mailto:", settings.stopPrefix, "+", token, "@", settings.domain, ">\r\n", to: &data)
    if settings.webURL?.hasPrefix("https:") == true {
      append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", to: &data)
    }
  }

  /// What fills the holes of the text part.
  func personalFields(_ recipient: Recipient, reply: String?, stop: String) -> PersonalFields {
    var fields = PersonalFields()
    if let reply { fields.replyAddress = bytes(settings.replyPrefix, "+", reply, "@", settings.domain) }
    if let base = settings.webURL { fields.stopURL = bytes(base, "/u/", stop) }
    fields.stopAddress = bytes(settings.stopPrefix, "+", stop, "@", settings.domain)
    fields.account = bytes(recipient.address.localPart, "@", recipient.address.domain)
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

  func appendPartHeader(_ type: String, _ encoding: TransferEncoding, to data: inout [UInt8]) {
    append(
      "Content-Type: ", type, "; charset=utf-8\r\nContent-Transfer-Encoding: ", encoding.headerValue, "\r\n\r\n",
      to: &data)
  }

  func append(_ texts: String..., to data: inout [UInt8]) { for text in texts { data.append(contentsOf: text.utf8) } }

  private func bytes(_ texts: String...) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(96)
    for text in texts { result.append(contentsOf: text.utf8) }
    return result
  }
}
