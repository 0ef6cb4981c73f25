import Forum
import Identifiers
import Mail
import Phrases
import Text
import Time

extension Composer {
  /// What Watchpost itself has to tell a person.
  ///
  /// An answer has a null reverse-path (rule I6): its failure is reported to nobody. A mail that tries an address, or
  /// says that mails go out again, is told of if it comes back.
  /// - Parameters:
  ///   - delivery: names the mail in its Message-ID; the same delivery always has the same.
  ///   - generation: 0 for the first sending (rule A1).
  ///   - date: the mail's own date.
  /// - Throws: `CompositionError.noKey` where the ring does not hold the key that the notice names.
  public func notice(
    _ notice: Notice, to recipient: Recipient, delivery: DeliveryID, generation: Int, date: Timestamp
  ) throws(CompositionError) -> OutgoingMessage {
    guard keys.holds(notice.signingKey) else { throw .noKey(notice.signingKey) }
    let words = templates.words(recipient.language)
    let wording = NoticeWording(composer: self, notice: notice, recipient: recipient, words: words)
    let token = keys.token(for: .notice(person: recipient.person, delivery: delivery), key: notice.signingKey)
    let bounce = keys.token(for: .bounce(delivery: delivery), key: keys.current)
    var data: [UInt8] = []
    appendHeader(wording, messageID: "<\(token).\(generation)@\(settings.domain)>", date: date, to: &data)
    appendBodies(wording, boundary: bounce, date: date, to: &data)
    guard notice.matter.isAnswer else { return message(delivery, bounce, recipient, data) }
    return OutgoingMessage(id: delivery, envelope: Envelope(reversePath: nil, recipient: recipient.address), data: data)
  }

  /// No `List-` field: it belongs to no list, and filters that sort discussions are to leave it in sight.
  private func appendHeader(
    _ wording: NoticeWording, messageID: String, date: Timestamp, to data: inout [UInt8]
  ) {
    let sender = PostHeader.address(settings.digestLocalPart, settings.domain)
    HeaderWriter.appendMailbox("From", displayName: settings.siteName, address: sender, to: &data)
    appendPersonalHeader(wording.recipient, replyToken: nil, date: date, to: &data)
    if let address = wording.replyAddress { append("Reply-To: ", address, "\r\n", to: &data) }
    HeaderWriter.appendUnstructured("Subject", wording.subject, to: &data)
    append("Message-ID: ", messageID, "\r\n", to: &data)
    if let answered = wording.notice.inReplyTo.flatMap(MessageID.init(strict:)) {
      HeaderWriter.appendRaw("In-Reply-To", answered.description, to: &data)
      HeaderWriter.appendRaw("References", answered.description, to: &data)
    }
    let matter = wording.notice.matter
    PostHeader.appendAutomation(matter.isAnswer ? .answer : .news, to: &data)
    HeaderWriter.appendRaw(
      "Feedback-ID", "\(matter.feedbackName):\(settings.digestLocalPart):notice:watchpost", to: &data)
    HeaderWriter.appendRaw("Content-Language", wording.words.language.rawValue, to: &data)
    HeaderWriter.appendRaw("MIME-Version", "1.0", to: &data)
  }

  /// The text, and the HTML for all but those who want none (rule M5).
  private func appendBodies(
    _ wording: NoticeWording, boundary: String, date: Timestamp, to data: inout [UInt8]
  ) {
    let (recipient, words) = (wording.recipient, wording.words)
    let stop = stopToken(recipient, 0, date)
    var fields = personalFields(recipient, reply: nil, stop: stop)
    let body = wording.body
    var values = PostValues.personal(words, settings)
    values["heading"] = wording.heading
    values["body"] = Hole.body.mark
    values["why"] = wording.reason.text
    values["account"] = words[.account].filled(["address": Hole.account.mark])
    let text = Fragment(
      wrappedLines(templates.render(.noticeText, words.language, values), longerThan: proseWidth),
      blocks: [.body: body.text])
    if recipient.textOnly {
      return appendPart("text/plain", BodyWriter.encoding(of: [text]), [text], fields, to: &data)
    }
    append(
      "Content-Type: multipart/alternative; boundary=\"=_", boundary, "\"\r\n\r\n--=_", boundary, "\r\n", to: &data)
    appendPart("text/plain", BodyWriter.encoding(of: [text]), [text], fields, to: &data)
    append("--=_", boundary, "\r\n", to: &data)
    escapePersonalFields(&fields, recipient)
    values["why"] = wording.reason.html
    values["account"] = words[.account].filledHTML(["address": Hole.account.mark])
    let html = Fragment(templates.render(.noticeHTML, words.language, values), blocks: [.body: body.html])
    appendPart("text/html", BodyWriter.encoding(of: [html]), [html], fields, to: &data)
    append("--=_", boundary, "--\r\n", to: &data)
  }
}
