import Forum
import Mail
import Phrases
import Text
import Tokens

/// What a post shows of itself in mails of one language: cleaned, cut, rendered.
struct DisplayedPost: Sendable {
  /// As the forum shows it, without `#`; at most 40 octets.
  let number: String
  /// What the thread is called in subjects: the same for all of its posts (rule M4).
  let topic: String
  /// Whether `Re:` stands before that.
  let isReply: Bool
  /// The post's own subject where it says something else.
  let ownSubject: String?
  /// The first words of the text, on one line: what a list of mails shows of it (rule M6).
  let preview: String
  /// Never empty: who has no name is called so in the mail's language.
  let author: String
  /// Whom it answers, and with which post: `In reply to Ana Paz [#9239]`, as lines of text and of HTML that go on behind
  /// another one; LF line ends.
  let answers: (text: String, html: String)?
  /// The slug where the discussion has no title.
  let discussionTitle: String
  /// Theme and title of the thread.
  let threadPath: [String]
  /// nil where the forum gave none, or none that a reader may be led to.
  let url: SafeURL?
  /// The thread's, or the discussion's.
  let threadURL: SafeURL?
  /// Where the post can be read: its own page, else its thread's.
  var webURL: SafeURL? { url ?? threadURL }
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
  /// The note that closes a body, with where the rest is if anything is left out.
  let note: (words: String, url: SafeURL?)?
  /// Whether something is left out, which is marked.
  let isCut: Bool
  /// The post's files, in words of the mail.
  let attachments: AttachmentList
  /// About how many octets of memory the body takes up, as a tree and as a text.
  let octets: Int

  /// - Parameters:
  ///   - limit: octets of HTML, and of text, at which the body is cut (rule M6).
  ///   - keys: what they signed is masked, whoever wrote it there (rule I2).
  init(_ copy: PostCopy, words: Catalogue, limit: Int, keys: KeyRing) {
    func shown(_ text: String, _ limit: Int) -> String {
      let line = text.singleLine(limit: limit)
      return line.showsNothing ? "" : keys.masked(line)
    }
    let title = shown(copy.thread.title, 800)
    number = copy.post.number.singleLine(limit: 40)
    let name = shown(copy.post.authorName, 200)
    // A longer one would wrap, and what a line begins with is ours to say.
    author = name.isEmpty ? words.plain(.nobody) : name.cutAtWord(columns: 60).replacing("[#", with: "(#")
    answers = copy.parent.map { parent in
      let name = shown(parent.authorName, 200)
      let values = [
        "author": name.isEmpty ? words.plain(.nobody) : name, "number": parent.number.singleLine(limit: 40),
      ]
      let isolated = values.mapValues { $0.isolated(within: words.language.direction) }
      let lines = words[.answers].filled(isolated).wrapped(to: proseWidth)
      return (lines.map { "\n" + $0 }.joined(), "\n<p>\(words[.answers].filledHTML(values))</p>")
    }
    let discussion = shown(copy.discussion.title, 300)
    discussionTitle = discussion.isEmpty ? copy.discussion.slug.singleLine(limit: 60) : discussion
    (topic, isReply, ownSubject) = Self.subjects(
      shown(copy.post.subject, 800), isReply: copy.isReply, thread: title, discussion: discussionTitle)
    let theme = shown(copy.thread.theme ?? "", 300)
    threadPath = [theme, title.cut(to: 300)].filter { !$0.isEmpty }
    place = [discussionTitle, theme].filter { !$0.isEmpty }
    url = SafeURL(web: copy.post.url)
    discussionURL = SafeURL(web: copy.discussion.url)
    threadURL = SafeURL(web: copy.thread.url) ?? discussionURL
    language = LanguageTag(copy.post.language)
    // What an address leads on from is the page that the post stands on.
    let body = Self.body(of: copy.post, base: url ?? threadURL, language, MarkupWords(words), within: limit, keys)
    nodes = Markup.withoutBylines(body.markup.nodes)
    bodyText = body.text.withoutBylines
    direction = Self.direction(of: language) ?? Markup.direction(of: nodes) ?? words.language.direction
    preview = nodes.openingWords(limit: 100)
    let hasNothing = copy.attachments.isEmpty && body.text.allSatisfy(\.isWhitespace)
    let phrase = body.markup.note ?? (hasNothing ? .noText : nil)
    let page = url ?? threadURL
    isCut = body.markup.note != nil
    note = phrase.map { (words.plain($0), body.markup.note == nil ? nil : page) }
    attachments = AttachmentList(copy.attachments, base: url ?? threadURL, words: words, keys: keys)
    octets = nodes.reduce(body.text.utf8.count) { $0 + $1.octets }
  }

  /// What the thread is called in subjects, whether this is a reply, and the post's own subject where it says something
  /// else. A thread without a title is called by the post's subject, and one without either by its discussion.
  private static func subjects(
    _ subject: String, isReply: Bool, thread: String, discussion: String
  ) -> (topic: String, isReply: Bool, own: String?) {
    let own = SubjectText(subject)
    let topic = [SubjectText(thread).text, own.text, discussion].first { !$0.isEmpty } ?? ""
    let isOther = !own.text.isEmpty && own.text != topic
    let shown = isOther ? own.text.cut(to: 300).replacing("[#", with: "(#") : nil
    return (topic, isReply || own.isReply && !isOther, shown)
  }

  /// `Re: Points to consider`
  var subject: String { (isReply ? "Re: " : "") + topic }

  /// The same for a header, where the `Re:` would make a title run the wrong way (rule M7).
  var isolatedSubject: String { (isReply ? "Re: " : "") + topic.isolated(within: .ltr) }

  /// The body, cut so that neither its HTML nor its text travels as more octets than the limit; signs and tags may take
  /// many times those of the text, and so may what stands before each line of a quotation.
  private static func body(
    of post: Post, base: SafeURL?, _ language: LanguageTag?, _ words: MarkupWords, within limit: Int, _ keys: KeyRing
  ) -> (markup: ReadMarkup, text: String) {
    var octets = limit
    // What is far beyond any limit is not looked at; of HTML most may be tags.
    var post = post
    let most = max(4 * limit, 1_000_000)
    let isCut = post.body.utf8.count > most
    if isCut { post.body = String(decoding: post.body.utf8.prefix(most), as: UTF8.self) }
    while true {
      var body = body(of: post, base: base, language, words, limit: octets, keys)
      if isCut { body.markup.isComplete = false }
      // No text grows to more than that: a quotation in Markdown is one sign.
      if min(post.body.utf8.count, octets) * 120 <= limit { return body }
      let html = MarkupHTML.render(body.markup.nodes, headingShift: 1, isForMail: true)
      let size = max(html.octetsInMail, body.text.octetsInMail)
      if size <= limit { return body }
      octets = min(octets, post.body.utf8.count) * limit / size * 9 / 10
    }
  }

  /// The body as a tree and as a text. A plain text keeps the lines that its author made; the other formats get theirs
  /// from the tree.
  private static func body(
    of post: Post, base: SafeURL?, _ language: LanguageTag?, _ words: MarkupWords, limit: Int, _ keys: KeyRing
  ) -> (markup: ReadMarkup, text: String) {
    var read: ReadMarkup
    switch post.format {
    case .plain:
      let plain = PlainTextReader.read(keys.masked(post.body), limit: limit)
      return (
        ReadMarkup(nodes: plain.nodes, isComplete: plain.isComplete, isAllShown: true), wrappedLines(plain.text)
      )
    case .markdown:
      read = MarkdownReader.read(post.body, base: base, limit: limit, words: words, language: language)
    case .bbcode: read = BBCodeReader.read(post.body, base: base, limit: limit, words: words, language: language)
    case .textile:
      read = TextileReader.read(post.body, base: base, limit: limit, words: words, language: language)
    case .html: read = HTMLReader.read(post.body, base: base, limit: limit, words: words, language: language)
    }
    read.nodes = Markup.masked(read.nodes, by: keys)
    return (read, MarkupText.render(read.nodes))
  }

  /// nil where the forum does not know the language: then the first letters decide.
  private static func direction(of language: LanguageTag?) -> TextDirection? {
    guard let language else { return nil }
    let primary = language.value.lowercased().prefix { $0 != "-" }
    return ["ar", "fa", "he", "ur", "ps", "yi", "dv", "ckb", "sd", "ug"].contains(String(primary)) ? .rtl : .ltr
  }

  /// With the note, where there is one, and with the post's files below.
  var fullText: String {
    let note = note.map {
      (isCut ? "[…] \($0.words)" : $0.words).wrapped(to: proseWidth).joined(separator: "\n")
        + ($0.url.map { "\n\($0.value)" } ?? "")
    }
    return [bodyText, note ?? "", attachments.text].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The body as HTML, with the note in the mail's own language, and with the post's files below.
  /// - Parameter headingShift: levels that the mail's own headings take before the post's.
  func html(headingShift: Int, _ words: Language) -> String {
    let html = MarkupHTML.render(
      nodes, headingShift: headingShift, isForMail: true, within: direction, language: language
    ).foldedHTML
    let note = note.map { note in
      let escaped = note.words.htmlEscaped
      let said = note.url.map { "<a href=\"\($0.value.htmlEscaped)\">\(escaped)</a>" } ?? escaped
      let isOwn = language?.value.lowercased() == words.rawValue && direction == words.direction
      let marks = isOwn ? "" : " lang=\"\(words)\" dir=\"\(words.direction.rawValue)\""
      return "<p\(marks)>\(isCut ? "[…] " : "")\(said)</p>"
    }
    return [html, note ?? "", attachments.html].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Discussion › theme; the thread's title is the mail's subject.
  let place: [String]

  /// The subject of a reply by a mailto link, percent-encoded: short, since every entry of a digest has one, and letters
  /// beyond ASCII take nine octets each. The address alone decides where the reply goes.
  var replySubject: String { "Re:" + number.cut(to: 20).mailtoEncoded }

  /// Of a post of which only this is known; short, since some programs cut long links.
  static func replySubject(number: String, title: String) -> String {
    "Re: [#\(number.cut(to: 20))] \(title.cut(to: 60))".mailtoEncoded
  }
}

extension MarkupWords {
  fileprivate init(_ words: Catalogue) {
    // The name goes between what stands before and behind it.
    let parts = words[.imageNamed].filled(["name": "\0"]).split(separator: "\0", omittingEmptySubsequences: false)
    self.init(
      language: LanguageTag(words.language.rawValue), direction: words.language.direction,
      image: words.plain(.image), imageNamed: (String(parts[0]), String(parts[parts.count - 1])))
  }
}

extension ReadMarkup {
  /// What a reader must know of what the mail does not show.
  fileprivate var note: Phrase? { !isComplete ? .continues : isAllShown ? nil : .shownInForum }
}

extension String {
  /// With CRLF line ends.
  fileprivate var octetsInMail: Int { utf8.reduce(0) { $0 + ($1 == 0x0A ? 2 : 1) } }

  /// HTML with its lines broken at spaces, where quoted-printable would break them at a greater cost; what has `pre` in
  /// it stays as it is.
  fileprivate var foldedHTML: String {
    // What is mostly not ASCII travels in base64.
    if contains("<pre") || utf8.count(where: { $0 >= 0x80 }) * 4 > utf8.count { return self }
    var folded = Array(utf8)
    // Columns of the line, and of what stands behind its last space.
    var (line, word) = (0, 0)
    var space: Int?
    for index in folded.indices {
      let octet = folded[index]
      if octet == UInt8(ascii: "\n") {
        (line, word, space) = (0, 0, nil)
        continue
      }
      let width = octet == UInt8(ascii: "=") || octet >= 0x80 ? 3 : 1
      if octet == UInt8(ascii: " ") { (space, word) = (index, 0) } else { word += width }
      line += width
      if line > 75, let place = space {
        folded[place] = UInt8(ascii: "\n")
        (line, space) = (word, nil)
      }
    }
    return String(decoding: folded, as: UTF8.self)
  }

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
