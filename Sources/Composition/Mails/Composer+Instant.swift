import Forum
import Identifiers
import Mail
import Time

extension Composer {
  /// One person's copy of a post.
  /// - Parameters:
  ///   - delivery: the ledger's own number of the delivery.
  ///   - generation: 0 for the first sending; every `resend` is a new one (rule A1).
  ///   - watch: why the person gets it; nil: for nothing but the admin's word.
  ///   - date: the mail's own date.
  public func instant(
    _ prepared: PreparedPost, to recipient: Recipient, delivery: DeliveryID, generation: Int, watch: WatchScope?,
    date: Timestamp
  ) -> OutgoingMessage {
    let copy = prepared.copy
    let reply = keys.token(
      for: .reply(person: recipient.person, post: copy.journalled.position), key: copy.journalled.key)
    let stop = stopToken(recipient, copy.journalled.position, date)
    let bounce = keys.token(for: .bounce(delivery: delivery), key: keys.current)

    var data: [UInt8] = []
    data.reserveCapacity(2048 + (prepared.text.quotedPrintable.size + prepared.html.quotedPrintable.size) * 9 / 8)
    appendHeader(prepared, recipient, reply: reply, generation: generation, date: date, to: &data)
    appendUnsubscribe(stop, to: &data)
    let fields = personalFields(recipient, reply: reply, stop: stop)
    let why = reason(prepared, watch, generation)
    appendBodies(prepared, recipient, fields, why: why, boundary: bounce, to: &data)
    return message(delivery, bounce, recipient, data)
  }

  /// What needs the person goes around what the post has ready.
  private func appendHeader(
    _ prepared: PreparedPost, _ recipient: Recipient, reply: String, generation: Int, date: Timestamp,
    to data: inout [UInt8]
  ) {
    data += prepared.header.from
    let takesAnswers = prepared.copy.takesAnswers
    appendPersonalHeader(recipient, replyToken: takesAnswers ? reply : nil, date: date, to: &data)
    if takesAnswers {
      append("List-Post: <mailto:", settings.replyPrefix, "+", reply, "@", settings.domain, ">\r\n", to: &data)
    } else {
      append("List-Post: NO\r\n", to: &data)
    }
    data += prepared.header.subject
    append("Message-ID: <", reply, ".", String(generation), "@", settings.domain, ">\r\n", to: &data)
    appendResend(generation, to: &data)
    appendReferences(prepared, recipient, to: &data)
    data += prepared.header.fixed
  }

  /// Why it came (rule M6); of one that is sent again that too.
  private func reason(_ prepared: PreparedPost, _ watch: WatchScope?, _ generation: Int) -> (
    text: [UInt8], html: [UInt8]
  ) {
    guard let watched = watch.flatMap({ prepared.reasons[$0] }) else { return prepared.sentAgain }
    return generation == 0 ? watched : joined(watched, prepared.sentAgain)
  }

  /// The text, and the HTML for all but those who want none (rule M5).
  /// - Parameter boundary: a token of this mail's own; no text can hold `=_` and it at the start of a line, since
  ///   quoted-printable and base64 write no `=_`.
  private func appendBodies(
    _ prepared: PreparedPost, _ recipient: Recipient, _ fields: PersonalFields,
    why reason: (text: [UInt8], html: [UInt8]), boundary: String, to data: inout [UInt8]
  ) {
    var fields = fields
    let moment = prepared.date(in: recipient.zone, zones)
    fields.why = reason.text
    fields.date = moment.text
    guard !recipient.textOnly else {
      return appendPart("text/plain", prepared.textEncoding, [prepared.text], fields, to: &data)
    }
    append(
      "Content-Type: multipart/alternative; boundary=\"=_", boundary, "\"\r\n\r\n--=_", boundary, "\r\n", to: &data)
    appendPart("text/plain", prepared.textEncoding, [prepared.text], fields, to: &data)
    append("--=_", boundary, "\r\n", to: &data)
    escapePersonalFields(&fields, recipient)
    fields.why = reason.html
    fields.date = moment.html
    appendPart("text/html", prepared.htmlEncoding, [prepared.html], fields, to: &data)
    append("--=_", boundary, "--\r\n", to: &data)
  }

  /// This person's own identifiers of the posts before, so that mail programs thread their copies (rule M4).
  private func appendReferences(_ prepared: PreparedPost, _ recipient: Recipient, to data: inout [UInt8]) {
    let ancestors = prepared.copy.ancestors.suffix(PostCopy.ancestorLimit).filter { keys.holds($0.key) }.map {
      ancestor in
      keys.token(for: .reply(person: recipient.person, post: ancestor.position), key: ancestor.key)
    }
    if let parent = ancestors.last { append("In-Reply-To: <", parent, ".0@", settings.domain, ">\r\n", to: &data) }
    append("References: ", prepared.header.threadRoot, to: &data)
    for ancestor in ancestors { append("\r\n <", ancestor, ".0@", settings.domain, ">", to: &data) }
    append("\r\n", to: &data)
  }
}
