import Forum
import Mail
import Phrases
import Text
import Tokens

/// What a post shows of itself in mails of one language: cleaned, cut, rendered.
struct DisplayedPost: Sendable {
  /// As the forum shows it, without `#`; at most 40 octets.
  let number: String
  /// With `Re:` where it is a reply, without the number.
  let subject: String
  /// The post's own subject where it has one that is not the thread's title.
  let ownSubject: String?
  /// Never empty: who has no name is called so in the mail's language.
  let author: String
  /// The slug where the discussion has no title.
  let discussionTitle: String
  /// Theme and title of the thread.
  let threadPath: [String]
  /// nil where the forum gave none, or none that a reader may be led to.
  let url: SafeURL?
  /// The thread's, or the discussion's.
  let threadURL: SafeURL?
  /// The archive that a digest of one discussion names.
  let discussionURL: SafeURL?
  /// Wrapped, LF line ends, without the note.
  let bodyText: String
  /// The same as a tree, for HTML.
  let nodes: [Markup]
  /// Of the post's own text; nil where the forum does not say.
  let language: LanguageTag?
  /// Of the post's own text (rule M7).
  let direction: TextDirection
  /// The note that closes a body which was cut.
  let note: String?
  /// The post's files, in words of the mail.
  let attachments: AttachmentList
  /// About how many octets of memory the body takes up, as a tree and as a text.
  let octets: Int

  /// - Parameters:
  ///   - limit: octets of HTML at which the body is cut (rule M6).
  ///   - keys: what they signed is masked, whoever wrote it there (rule I2).
  init(_ copy: PostCopy, words: Catalogue, limit: Int, keys: KeyRing) {
    func shown(_ text: String, _ limit: Int) -> String { keys.masked(text.singleLine(limit: limit)) }
    let title = shown(copy.thread.title, 300)
    number = copy.post.number.singleLine(limit: 40)
    (subject, ownSubject) = Self.subjects(shown(copy.post.subject, 800), copy.post, thread: title)
    let name = shown(copy.post.authorName, 200)
    author = name.isEmpty ? words.plain(.nobody) : name
    let discussion = shown(copy.discussion.title, 300)
    discussionTitle = discussion.isEmpty ? copy.discussion.slug.singleLine(limit: 60) : discussion
    threadPath = [shown(copy.thread.theme ?? "", 300), title].filter { !$0.isEmpty }
    url = SafeURL(web: copy.post.url)
    discussionURL = SafeURL(web: copy.discussion.url)
    threadURL = SafeURL(web: copy.thread.url) ?? discussionURL
    language = LanguageTag(copy.post.language)
    direction = Self.direction(of: language)
    let body = Self.body(of: copy.post, base: url, limit: limit, keys)
    (nodes, bodyText) = (body.nodes, body.text)
    note = body.isComplete ? nil : words.plain(.continues)
    attachments = AttachmentList(copy.attachments, base: url, words: words, keys: keys)
    octets = body.nodes.reduce(body.text.utf8.count) { $0 + $1.octets }
  }

  /// The subject with its `Re:`, and the post's own where it says more than the thread's title. A post without a
  /// subject has the thread's.
  private static func subjects(
    _ subject: String, _ post: Post, thread title: String
  ) -> (subject: String, own: String?) {
    let parsed = SubjectText(subject)
    let threadTitle = SubjectText(title)
    let isReply = post.parentKey != nil
    if parsed.text.isEmpty { return ((isReply ? "Re: " : "") + threadTitle.text, nil) }
    let isThreads = parsed.text == threadTitle.text
    let subject = (parsed.isReply || isReply && isThreads ? "Re: " : "") + parsed.text
    return (subject, isThreads ? nil : parsed.text.cut(to: 300))
  }

  /// The body as a tree and as a text. A plain text keeps the lines that its author made; the other formats get theirs
  /// from the tree.
  private static func body(
    of post: Post, base: SafeURL?, limit: Int, _ keys: KeyRing
  ) -> (nodes: [Markup], text: String, isComplete: Bool) {
    let read: (nodes: [Markup], isComplete: Bool)
    switch post.format {
    case .plain:
      let plain = PlainTextReader.read(keys.masked(post.body), limit: limit)
      return (plain.nodes, wrappedLines(plain.text), plain.isComplete)
    case .markdown: read = MarkdownReader.read(post.body, base: base, limit: limit)
    case .bbcode: read = BBCodeReader.read(post.body, base: base, limit: limit)
    case .textile: read = TextileReader.read(post.body, base: base, limit: limit)
    case .html: read = HTMLReader.read(post.body, base: base, limit: limit)
    }
    let nodes = Markup.masked(read.nodes, by: keys)
    return (nodes, MarkupText.render(nodes), read.isComplete)
  }

  /// Left to the reader's program where the forum does not know the language.
  private static func direction(of language: LanguageTag?) -> TextDirection {
    guard let language else { return .auto }
    let primary = language.value.lowercased().prefix { $0 != "-" }
    return ["ar", "fa", "he", "ur", "ps", "yi", "dv", "ckb", "sd", "ug"].contains(String(primary)) ? .rtl : .ltr
  }

  /// With the note, where there is one, and with the post's files below.
  var fullText: String {
    let note = note.map { "[…] " + $0.wrapped(to: proseWidth - 4).joined(separator: "\n") }
    return [bodyText, note ?? "", attachments.text].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The body as HTML, with the note in the mail's own language, and with the post's files below.
  /// - Parameter headingShift: levels that the mail's own headings take before the post's.
  func html(headingShift: Int, _ words: Language) -> String {
    let html = MarkupHTML.render(nodes, headingShift: headingShift, isMixed: direction == .auto)
    let note = note.map {
      "<p lang=\"\(words)\" dir=\"\(words.direction.rawValue)\">[…] \($0.htmlEscaped)</p>"
    }
    return [html, note ?? "", attachments.html].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Discussion › theme › thread.
  var place: [String] { [discussionTitle] + threadPath }

  /// The subject of a reply, percent-encoded for a mailto link.
  var replySubject: String {
    Self.replySubject(number: number, title: subject.hasPrefix("Re: ") ? String(subject.dropFirst(4)) : subject)
  }

  /// The same of a post of which only this is known; short, since some programs cut long links.
  static func replySubject(number: String, title: String) -> String {
    "Re: [#\(number.cut(to: 20))] \(title.cut(to: 60))".mailtoEncoded
  }
}

extension String {
  /// For a field of a mailto link: what is left are the unreserved characters of RFC 3986 section 2.3.
  var mailtoEncoded: String { percentEncoded { $0.isLetterOrDigit || "-._~".utf8.contains($0) } }
}

/// A subject without what mail programs and forums put before it.
struct SubjectText: Equatable, Sendable {
  /// What is left, white space at its ends cut off.
  let text: String
  /// True if it had a `Re:` of some language before it.
  let isReply: Bool

  /// Lower-case: Latin, German, Nordic, Arabic, Chinese in both scripts, Russian, French.
  private static let replyWords: Set<String> = ["re", "aw", "sv", "رد", "回复", "答复", "回覆", "отв", "rép"]

  /// - Parameter subject: one line.
  /// Takes off `Re:` and our own `[#9240]` in any order and number: mail programs pile them up. A number in brackets
  /// that is not at the front, or longer than one of ours can be, is part of the subject.
  init(_ subject: String) {
    var rest = subject[...]
    var isReply = false
    while true {
      rest = rest.trimmingSpaces()
      if rest.hasPrefix("[#"), let end = rest.prefix(44).firstIndex(of: "]") {
        rest = rest[rest.index(after: end)...]
        continue
      }
      guard let colon = rest.prefix(12).firstIndex(where: { $0 == ":" || $0 == "：" }) else { break }
      // `Re[2]:`, `Re (3):`, `Re :`
      let word = rest[..<colon].prefix { $0 != "[" && $0 != "(" && !$0.isWhitespace }
      let count = rest[word.endIndex..<colon]
      guard Self.replyWords.contains(word.lowercased()), count.allSatisfy({ "[]() 0123456789\u{A0}".contains($0) })
      else { break }
      isReply = true
      rest = rest[rest.index(after: colon)...]
    }
    text = String(rest)
    self.isReply = isReply
  }
}
