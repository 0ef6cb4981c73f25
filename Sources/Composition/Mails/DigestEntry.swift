import Identifiers
import Mail
import Phrases
import Text

/// What a post is in digests of one language: its entry, its line in the table of contents, the headings above it.
struct DigestEntry: Sendable {
  /// The whole post.
  let full: Piece
  /// The text of it beside HTML, where the links to the posts are; the thread's is in both (rule D2).
  let companion: Fragment
  /// Of a digest of subjects: who, when, the first words and the links.
  let brief: Piece
  /// Its line in the table of contents.
  let line: Piece
  /// The heading above the first of a discussion's threads.
  let discussion: Piece
  /// The heading above the first of a thread's posts.
  let thread: Piece
  /// The same two in the table of contents.
  let discussionLine: Piece
  let threadLine: Piece

  /// A piece of a digest in both forms.
  struct Piece: Sendable {
    let text: Fragment
    let html: Fragment
  }

  /// Renders the entry for all readers of the language.
  init(_ prepared: PreparedPost, _ composer: Composer) {
    let face = prepared.face
    let words = prepared.words
    let takesAnswers = prepared.copy.takesAnswers
    var values = PostValues(prepared.copy, face, words, composer.settings)
    // Whether it is said depends on what stands above.
    let answers = face.answers == nil ? nil : Hole.answers.mark
    values.text["answers"] = answers
    values.html["answers"] = answers
    func text(_ values: [String: String?]) -> Fragment {
      Fragment(
        wrappedLines(composer.templates.render(.entryText, words.language, values), longerThan: proseWidth),
        blocks: [.body: face.fullText])
    }
    let threadURL = SafeURL(web: prepared.copy.thread.url)
    companion = text(threadURL == nil ? values.text : values.text.merging(["postURL": nil]) { $1 })
    full = Piece(
      text: text(values.text),
      html: Fragment(
        composer.templates.render(.entryHTML, words.language, values.html),
        blocks: [.body: face.html(headingShift: 3, words.language)]))
    brief = Self.brief(face, words, takesAnswers: takesAnswers)
    let direction = words.language.direction
    line = Self.line(face, words)
    discussion = Self.heading([face.discussionTitle], level: 2, direction)
    let path = face.threadPath.isEmpty ? ["…"] : face.threadPath
    let noAnswers = composer.templates.said(.noAnswers, words.language)
    let anchor = "t\(prepared.copy.journalled.position)"
    thread = Self.heading(
      path, level: 3, direction, anchor: anchor, url: threadURL, isLinked: face.url == nil,
      note: takesAnswers || noAnswers.isEmpty ? nil : noAnswers)
    discussionLine = Piece(
      text: Fragment(Self.hanging(face.discussionTitle, indent: 0)),
      html: Fragment("<p><b>\(face.discussionTitle.htmlIsolated(within: direction))</b></p>\n"))
    threadLine = Piece(
      text: Fragment(Self.hanging(path[path.count - 1], indent: 1)),
      html: Fragment("<p><a href=\"#\(anchor)\">\(Self.isolated(path.suffix(1), direction))</a>\n"))
  }

  /// A heading by itself.
  /// - Parameters:
  ///   - level: 2 or 3; of the first the text part draws a line below.
  ///   - anchor: where the table of contents leads to.
  ///   - url: of the thread, for the text part.
  ///   - isLinked: for HTML too, where the posts below have no links of their own.
  ///   - note: what is to be said of all that stands below.
  static func heading(
    _ path: [String], level: Int, _ direction: TextDirection, anchor: String? = nil, url: SafeURL? = nil,
    isLinked: Bool = false, note: String? = nil
  ) -> Piece {
    var lines = path.map { $0.isolated(within: direction) }.joined(separator: " › ").wrapped(to: proseWidth)
    if level == 2 { lines.append(String(repeating: "-", count: min(lines.map(\.columns).max() ?? 3, 69))) }
    if let url { lines.append(url.value) }
    if let note { lines += note.wrapped(to: proseWidth) }
    let id = anchor.map { " id=\"\($0)\"" } ?? ""
    let words = isolated(path, direction)
    let title = isLinked ? url.map { "<a href=\"\($0.value.htmlEscaped)\">\(words)</a>" } ?? words : words
    let html =
      "<h\(level)\(id)\(level == 2 ? " style=\"font-size:1.3em\"" : "")>\(title)</h\(level)>\n"
      + (note.map { "<p>\($0.htmlEscaped)</p>\n" } ?? "")
    return Piece(text: Fragment(lines.joined(separator: "\n") + "\n\n"), html: Fragment(html))
  }

  /// `Ana Paz: Confined field trials need…`, with the number where nothing leads to it by a press.
  private static func line(_ face: DisplayedPost, _ words: Catalogue) -> Piece {
    let direction = words.language.direction
    let first = (face.ownSubject ?? face.preview).cutAtWord(
      columns: max(lineWidth - face.author.columns, 14), isMarked: false)
    func isolated(_ text: String) -> String { text.isolated(within: direction) }
    func joined(_ author: String, _ first: String) -> String {
      first.isEmpty ? author : words[.contentsLine].filled(["author": author, "words": first])
    }
    let text = joined(isolated(face.author), isolated(first))
    let html = joined(face.author.htmlIsolated(within: direction), first.htmlIsolated(within: direction))
    return Piece(
      text: Fragment(hanging("[#\(face.number)] \(text)", indent: 2)),
      html: Fragment("<li>\(html)\n"))
  }

  /// Columns of a line of the table of contents: name and first words.
  private static let lineWidth = 28

  /// Who and when in one line, the first words in the next, with the links that the full post would have.
  private static func brief(_ face: DisplayedPost, _ words: Catalogue, takesAnswers: Bool) -> Piece {
    let author = face.author.isolated(within: words.language.direction)
    let first = [face.ownSubject, face.preview.isEmpty ? nil : face.preview].compactMap(\.self)
    let comma = words[.byline].filled()
    var text = "[#\(face.number)] \(author)\(comma)\(Hole.date.mark)\(face.answers == nil ? "" : Hole.answers.mark)\n"
    for line in first.flatMap({ $0.wrapped(to: proseWidth) }) { text += line + "\n" }
    if let url = face.url { text += "\(words.plain(.labelWeb)) \(url.value)\n" }
    if takesAnswers { text += "\(words.plain(.labelReply)) \(Hole.replyAddress.mark)\n" }
    let number = "[#\(face.number.htmlEscaped)]"
    let link = face.url.map { "<a href=\"\($0.value.htmlEscaped)\">\(number)</a>" } ?? number
    let reply =
      takesAnswers
      ? "\n<a href=\"mailto:\(Hole.replyAddress.mark)?subject=\(face.replySubject)\">"
        + "\(words.plain(.replyShort).htmlEscaped)</a>" : ""
    let html =
      "<h4>\(link) \(face.author.htmlIsolated(within: words.language.direction))\(comma.htmlEscaped)"
      + "\(Hole.date.mark)\(reply)</h4>\(face.answers == nil ? "" : Hole.answers.mark)\n"
      + (first.isEmpty
        ? "" : "<p>" + first.map { "<bdi>\($0.htmlEscaped)</bdi>" }.joined(separator: "<br>\n") + "</p>\n")
    return Piece(text: Fragment(text + "\n"), html: Fragment(html))
  }

  /// Each name runs its own way (rule M7).
  private static func isolated(_ path: [String], _ direction: TextDirection) -> String {
    path.map { $0.htmlIsolated(within: direction) }.joined(separator: " › ")
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
    header = prepared.header.from + Array("Date: \(date)\r\n".utf8) + Self.subject(face)
    var text = [face.ownSubject, face.fullText].compactMap(\.self).joined(separator: "\n\n") + "\n\n"
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

  /// With the number, which stands nowhere else in a message within a digest.
  private static func subject(_ face: DisplayedPost) -> [UInt8] {
    var field: [UInt8] = []
    HeaderWriter.appendUnstructured(
      "Subject", "[#\(face.number)] \(face.isolatedSubject)".cut(to: 900), to: &field)
    return field
  }

  /// A line of 30 hyphens would end the message (RFC 1153): its first becomes a space. One of 70 would end the
  /// preamble.
  private static func withoutSeparators(_ text: String) -> String {
    text.lines.map { line in
      [30, 70].contains(line.utf8.count) && line.allSatisfy { $0 == "-" } ? " " + line.dropFirst() : line
    }.joined(separator: "\n")
  }
}
