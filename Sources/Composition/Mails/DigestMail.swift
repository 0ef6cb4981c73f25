import Forum
import Identifiers
import Mail
import Phrases
import Time

extension Composer {
  /// How many octets a post counts for when a digest is split in parts (rule D2): its text and HTML as they travel, and
  /// its lines in the table of contents. Cheap once asked.
  public func digestWeight(_ prepared: PreparedPost, style: DigestStyle) -> Int {
    let entry = prepared.digestEntry(self)
    func weight(_ fragments: Fragment...) -> Int {
      fragments.reduce(0) { $0 + min($1.quotedPrintable.size, $1.layout.size * 78 / 57) + 80 }
    }
    switch style {
    case .full: return weight(entry.full.text, entry.full.html, entry.line.text, entry.line.html)
    case .subjects: return weight(entry.brief.text, entry.brief.html)
    }
  }

  /// One part of a digest (rules D2 and D4).
  /// - Parameters:
  ///   - posts: those of the part, prepared in the recipient's language.
  ///   - part: what the part says of itself.
  /// - Throws: `CompositionError.emptyDigest` without a post, `.noKey` without the key.
  public func digest(
    _ posts: [PreparedPost], as part: DigestPart, to recipient: Recipient, delivery: DeliveryID, generation: Int,
    date: Timestamp
  ) throws(CompositionError) -> OutgoingMessage {
    guard !posts.isEmpty else { throw .emptyDigest }
    let key = part.signingKey
    guard keys.holds(key) else { throw .noKey(key) }
    let mail = DigestMail(
      composer: self, posts: posts, content: part, words: templates.words(recipient.language), recipient: recipient,
      date: date, generation: generation,
      token: keys.token(for: .digestPart(person: recipient.person, delivery: delivery), key: key),
      bounce: keys.token(for: .bounce(delivery: delivery), key: keys.current),
      stop: stopToken(recipient, 0, date), groups: DigestGroups(posts))
    return message(delivery, mail.bounce, recipient, mail.data())
  }
}

/// One part of a digest under way.
struct DigestMail {
  /// Settings, layouts and keys.
  let composer: Composer
  /// At least one, in the language of `words`.
  let posts: [PreparedPost]
  /// What the part says of itself; its copies are those of `posts`.
  let content: DigestPart
  /// Of the recipient's language.
  let words: Catalogue
  /// Who reads it; decides on form, style and zone.
  let recipient: Recipient
  /// The mail's own date.
  let date: Timestamp
  /// 0 for the first sending (rule A1).
  let generation: Int
  /// Names the part: its Message-ID and its own reply address.
  let token: String
  /// Names the delivery: its reverse-path, and the boundary of its parts.
  let bounce: String
  /// Names the person, for unsubscribing from everything (rule P2).
  let stop: String

  /// The posts by discussion and thread.
  let groups: DigestGroups

  /// By which its posts' dates are short.
  var clock: ReaderClock { ReaderClock(date, recipient.zone, composer.zones) }

  /// Header and body. A digest of subjects has no texts that RFC 1153 or MIME could part: then `plain` and `mime` are a
  /// text alone.
  func data() -> [UInt8] {
    let entries = posts.map { $0.digestEntry(composer) }
    let fields = postFields()
    let layout = composer.digestLayout(words.language)
    var output: [UInt8] = []
    output.reserveCapacity(
      4096 + entries.reduce(0) { $0 + $1.full.text.quotedPrintable.size + $1.full.html.quotedPrintable.size } * 9 / 8)
    appendHeader(to: &output)
    let isFull = recipient.style == .full
    switch recipient.format {
    case .plain where isFull: appendPlain(layout, entries, fields, to: &output)
    case .mime where isFull: appendMIME(layout, entries, fields, to: &output)
    case .plain, .mime: appendBody(layout, entries, fields, textOnly: true, to: &output)
    case .alternative: appendBody(layout, entries, fields, textOnly: recipient.textOnly, to: &output)
    }
    return output
  }

  /// Text and HTML, or text alone.
  private func appendBody(
    _ layout: DigestLayout, _ entries: [DigestEntry], _ fields: [PersonalFields],
    textOnly: Bool, to output: inout [UInt8]
  ) {
    let isFull = recipient.style == .full
    func body(_ sections: [DigestLayout.Section], _ form: DigestBody.Form) -> DigestBody {
      DigestBody(
        sections, layout, groups, entries, form, isFull ? .full : .brief, withContents: isFull && groups.needContents)
    }
    if !textOnly {
      composer.append(
        "Content-Type: multipart/alternative; boundary=\"=_", bounce, "\"\r\n\r\n--=_", bounce, "\r\n", to: &output)
    }
    append(body(layout.text, textOnly ? .text : .companion), .text, fields, to: &output)
    guard !textOnly else { return }
    composer.append("--=_", bounce, "\r\n", to: &output)
    append(body(layout.html, .html), .html, fields, to: &output)
    composer.append("--=_", bounce, "--\r\n", to: &output)
  }

  /// RFC 1153.
  private func appendPlain(
    _ layout: DigestLayout, _ entries: [DigestEntry], _ fields: [PersonalFields],
    to output: inout [UInt8]
  ) {
    var body = DigestBody(layout.preamble, layout, groups, entries, .text, .none, withContents: true)
    body.add(Fragment("\n" + String(repeating: "-", count: 70) + "\n\n"))
    let separator = Fragment("\n" + String(repeating: "-", count: 30) + "\n\n")
    for post in groups.order {
      body.add(posts[post].enclosed(composer).plain, post: post)
      body.add(separator)
    }
    let trailer = "End of \(composer.settings.siteName) Digest"
    body.add(Fragment(trailer + "\n" + String(repeating: "*", count: trailer.columns) + "\n"))
    append(body, .text, fields, to: &output)
  }

  /// `multipart/mixed` of the table of contents and a `multipart/digest` (RFC 2046 section 5.1.5).
  private func appendMIME(
    _ layout: DigestLayout, _ entries: [DigestEntry], _ fields: [PersonalFields],
    to output: inout [UInt8]
  ) {
    composer.append(
      "Content-Type: multipart/mixed; boundary=\"=_m_", bounce, "\"\r\n\r\n--=_m_", bounce, "\r\n", to: &output)
    append(
      DigestBody(layout.text, layout, groups, entries, .text, .none, withContents: true), .text, fields, to: &output)
    composer.append(
      "--=_m_", bounce, "\r\nContent-Type: multipart/digest; boundary=\"=_d_", bounce, "\"\r\n\r\n", to: &output)
    for index in groups.order {
      let post = posts[index].enclosed(composer)
      let fields = fields[index]
      composer.append("--=_d_", bounce, "\r\nContent-Type: message/rfc822\r\n\r\n", to: &output)
      output += post.header
      composer.append("Message-ID: ", to: &output)
      output += fields.messageID
      if posts[index].copy.takesAnswers {
        composer.append("\r\nReply-To: ", to: &output)
        output += fields.replyAddress
      }
      composer.append("\r\nMIME-Version: 1.0\r\n", to: &output)
      composer.appendPart("text/plain", BodyWriter.encoding(of: [post.body]), [post.body], fields, to: &output)
    }
    composer.append("--=_d_", bounce, "--\r\n--=_m_", bounce, "--\r\n", to: &output)
  }

  /// One body part. Each piece is filled with its post's fields, so that its reply address is that post's; in HTML the
  /// dates have their escaped form.
  private func append(
    _ body: DigestBody, _ form: DigestBody.Form, _ fields: [PersonalFields], to output: inout [UInt8]
  ) {
    let encoding = BodyWriter.encoding(of: body.pieces.lazy.map(\.fragment))
    composer.appendPartHeader(form != .html ? "text/plain" : "text/html", encoding, to: &output)
    let common = commonFields(form)
    var fields = fields
    let clock = clock
    if form == .html {
      for index in fields.indices {
        fields[index].date = posts[index].date(in: recipient.zone, composer.zones, beside: clock).html
        fields[index].answers = Array((answers(of: index)?.html ?? "").replacing("\n", with: "\r\n").utf8)
      }
    }
    var writer = BodyWriter(encoding)
    for piece in body.pieces {
      writer.append(piece.fragment, piece.post.map { fields[$0] } ?? common, to: &output)
    }
    writer.finish(&output)
  }
}
