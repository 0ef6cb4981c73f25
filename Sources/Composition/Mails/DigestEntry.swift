import Identifiers
import Mail
import Phrases
import Text

/// What a post is in digests of one language: its entry, its line in the table of contents, the headings above it.
struct DigestEntry: Sendable {
  /// The whole post.
  let text: Fragment
  /// The same in HTML, with the anchor that the table of contents leads to.
  let html: Fragment
  /// Its line in the table of contents; by itself all that a digest of subjects has of it.
  let line: Contents
  /// Its line where the digest has subjects alone: with date, links and reply address.
  let subjectLine: Contents
  /// The heading above the first of a discussion's threads; in HTML it opens the list of those.
  let discussion: Contents
  /// The heading above the first of a thread's posts; in HTML it opens the list of those, and `DigestBody` closes it.
  let thread: Contents

  /// A piece of the table of contents in both forms.
  struct Contents: Sendable {
    let text: Fragment
    let html: Fragment
  }

  /// Renders the entry for all readers of the language.
  init(_ prepared: PreparedPost, _ composer: Composer) {
    let face = prepared.face
    let words = prepared.words
    let values = PostValues(prepared.copy, face, words, composer.settings)
    text = Fragment(
      wrappedLines(composer.templates.render(.entryText, words.language, values.text), longerThan: proseWidth),
      blocks: [.body: face.fullText])
    html = Fragment(
      composer.templates.render(.entryHTML, words.language, values.html),
      blocks: [.body: face.html(headingShift: 2, words.language)])
    line = Self.line(face, position: prepared.copy.journalled.position)
    subjectLine = Self.subjectLine(face, words, takesAnswers: prepared.copy.takesAnswers)
    discussion = Contents(
      text: Fragment(Self.hanging(face.discussionTitle, indent: 0)),
      html: Fragment("<h3 style=\"font-size:1em\"><bdi>\(face.discussionTitle.htmlEscaped)</bdi></h3>\n<ul>\n"))
    let path = face.threadPath.isEmpty ? ["…"] : face.threadPath
    thread = Contents(
      text: Fragment(Self.hanging(path.joined(separator: " › "), indent: 2)),
      html: Fragment("<li>\(path.map { "<bdi>\($0.htmlEscaped)</bdi>" }.joined(separator: " › "))\n<ul>\n"))
  }

  /// Leads to the post's anchor within the mail.
  private static func line(_ face: DisplayedPost, position: JournalPosition) -> Contents {
    Contents(
      text: Fragment(opening(face)),
      html: Fragment("<li><a href=\"#p\(position)\">\(number(face))</a> \(authorAndSubject(face))</li>\n"))
  }

  /// With the date, and with the links that the full post would have.
  private static func subjectLine(_ face: DisplayedPost, _ words: Catalogue, takesAnswers: Bool) -> Contents {
    var text = opening(face)
    text += "      \(Hole.date.mark)\n"
    if let url = face.url { text += "      \(url.value)\n" }
    if takesAnswers { text += "      \(words.plain(.labelReply)) \(Hole.replyAddress.mark)\n" }
    let number = number(face)
    let link = face.url.map { "<a href=\"\($0.value.htmlEscaped)\">\(number)</a>" } ?? number
    let reply =
      takesAnswers
      ? " ·\n<a href=\"mailto:\(Hole.replyAddress.mark)?subject=\(face.replySubject)\">"
        + "\(words.plain(.replyLink).htmlEscaped)</a>" : ""
    let html = "<li>\(link) \(authorAndSubject(face))<br>\n\(Hole.date.mark)\(reply)</li>\n"
    return Contents(text: Fragment(text), html: Fragment(html))
  }

  /// `[#9240] Ana Paz: Distances`
  private static func opening(_ face: DisplayedPost) -> String {
    hanging("[#\(face.number)] \(face.author)\(face.ownSubject.map { ": \($0)" } ?? "")", indent: 4)
  }

  /// The same in HTML, without the number. Either may run the other way than the mail does (rule M7).
  private static func authorAndSubject(_ face: DisplayedPost) -> String {
    "<bdi>\(face.author.htmlEscaped)</bdi>" + (face.ownSubject.map { ": <bdi>\($0.htmlEscaped)</bdi>" } ?? "")
  }

  /// Signs and digits would change places in Arabic text: they have a direction of their own.
  private static func number(_ face: DisplayedPost) -> String {
    "<bdi dir=\"ltr\">[#\(face.number.htmlEscaped)]</bdi>"
  }

  /// A line of the table of contents, wrapped behind its indentation.
  private static func hanging(_ text: String, indent: Int) -> String {
    let space = String(repeating: " ", count: indent)
    let lines = text.wrapped(to: proseWidth - indent - 2)
    return lines.enumerated().map { space + ($0.offset == 0 ? "" : "  ") + $0.element + "\n" }.joined()
  }
}

/// A post as a message of its own within a digest (rule D4).
struct EnclosedPost: Sendable {
  /// `From`, `Date` and `Subject` of a `message/rfc822` part.
  let header: [UInt8]
  /// The post's text, its address on the web and the reply address.
  let body: Fragment
  /// The same behind the fields that RFC 1153 keeps, for people to read: not encoded.
  let plain: Fragment

  init(_ prepared: PreparedPost, _ composer: Composer) {
    let face = prepared.face
    let date = prepared.copy.post.createdAt.rfc5322
    let words = prepared.words
    header = prepared.header.from + Array("Date: \(date)\r\n".utf8) + prepared.header.subject
    var text = face.fullText + "\n\n"
    if let url = face.url { text += "\(words.plain(.labelWeb)) \(url.value)\n" }
    let takesAnswers = prepared.copy.takesAnswers
    let noAnswers = composer.templates.said(.noAnswers, words.language)
    if takesAnswers {
      text += "\(words.plain(.labelReply)) \(Hole.replyAddress.mark)\n"
    } else if !noAnswers.isEmpty {
      text += "\(noAnswers)\n"
    }
    body = Fragment(text)
    let fields = """
      Date: \(date)
      From: \(HeaderWriter.phrase(prepared.header.displayName)) <\(prepared.header.sender)>
      Subject: [#\(face.number)] \(face.subject.cut(to: 900))
      Message-ID: \(Hole.messageID.mark)
      """
    plain = Fragment(fields + "\n\n" + Self.withoutSeparators(text))
  }

  /// A line of 30 hyphens would end the message (RFC 1153): its first becomes a space. One of 70 would end the
  /// preamble.
  private static func withoutSeparators(_ text: String) -> String {
    text.lines.map { line in
      [30, 70].contains(line.utf8.count) && line.allSatisfy { $0 == "-" } ? " " + line.dropFirst() : line
    }.joined(separator: "\n")
  }
}
