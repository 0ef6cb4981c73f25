/// What a person wrote in a reply, apart from what their mail program added to it.
public struct ReplyText: Sendable, Equatable {
  /// The person's own words.
  public var own: String
  /// What was trimmed: quotations, the lines that introduce them, signatures, notices.
  public var elided: String

  /// Whether something was quoted: it answers a message.
  public var isAnswer: Bool

  /// Whether a message that is quoted whole, without marks, was found by its head alone, and all behind it left out.
  public var hasUnmarked: Bool

  /// Whether the text was longer than what is taken apart: all of it is `own`.
  public var isTooLong = false

  /// Whether the line that our mails have above a post is among the person's own words: a piece of our mail was left.
  public var hasByline: Bool { own.split(separator: "\n").contains { ReplyLine($0).isByline } }

  /// Whether the person's words are one line that stands in what was trimmed, too: a sentence of what they answer, as
  /// their answer.
  public var isRepeated: Bool {
    guard !own.contains("\n"), own.utf8.count <= 500 else { return false }
    let own = Self.plain(own)
    return !own.isEmpty && !own.hasSuffix("…") && Self.plain(elided).has(own)
  }

  private static func plain(_ text: String) -> String {
    text.split(separator: "\n").lazy.map { ReplyLine($0).folded }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Takes the message's text (its HTML, where there is no text) apart.
  ///
  /// - Parameters:
  ///   - sent: what the person was sent, where that is known: quotations of it are recognised by their words, without
  ///     any mark.
  ///   - mail: the mail that is answered: what has the marks of a quotation, or stands in a message quoted whole, and is
  ///     not of that mail, is the person's.
  ///   - most: octets of a text that is taken apart.
  public init(
    _ message: InboundMessage, sent: SentText? = nil, answering mail: AnsweredMail? = nil, most: Int = .max
  ) {
    let (lines, structure) = Self.shown(message.body)
    guard lines.reduce(0, { $0 + $1.text.utf8.count + 1 }) <= most else {
      self.init(tooLong: lines.lazy.map(\.text).joined(separator: "\n"))
      return
    }
    self.init(
      lines, names: Self.names(in: message.header["from"] ?? ""), sent: sent, mail: mail, structure: structure)
  }

  private init(tooLong text: String) {
    own = text.trimmedOfWhitespace
    (elided, isAnswer, hasUnmarked, isTooLong) = ("", false, false, true)
  }

  /// Takes a text apart by the rules of `ReplyTrimming`.
  public init(trimming text: String, sent: SentText? = nil, answering mail: AnsweredMail? = nil) {
    self.init(Self.lines(of: text), names: [], sent: sent, mail: mail, structure: nil)
  }

  private init(_ lines: [ReplyLine], names: [String], sent: SentText?, mail: AnsweredMail?, structure: SentText?) {
    let split = ReplyTrimming.split(lines, names: names, sent: sent, answering: mail, structure: structure)
    isAnswer = split.isAnswer
    hasUnmarked = split.hasUnmarked
    own = split.own.joined(separator: "\n").trimmedOfWhitespace
    elided = split.elided.joined(separator: "\n").trimmedOfWhitespace
  }

  /// Lines that are looked at; the rest of a longer text is one line.
  private static let mostLines = 20_000

  private static func lines(of text: String) -> [ReplyLine] {
    text.split(separator: "\n", maxSplits: mostLines, omittingEmptySubsequences: false).map { ReplyLine($0) }
  }

  /// The lines of what a reader is shown of a part, and what its HTML says is not the person's.
  private static func shown(_ part: Part) -> (lines: [ReplyLine], structure: SentText?) {
    guard !part.isAttachment else { return ([], nil) }
    switch part.content {
    case .text(let text):
      guard part.filename == nil else { return ([], nil) }
      switch part.type {
      case "text/plain":
        let isFlowed = part.parameters["format"] == "flowed"
        let delsp = part.parameters["delsp"] == "yes"
        return (lines(of: isFlowed ? FlowedText.unflowed(text, deletesSpace: delsp) : text), nil)
      case "text/html":
        let all = HTMLText.lines(of: text)
        let rest = all.dropFirst(mostLines).lazy.map(\.text).joined(separator: "\n")
        let shown = all.prefix(mostLines).map { ReplyLine($0.text, hint: $0.hint) }
        return (rest.isEmpty ? shown : shown + [ReplyLine(rest)], nil)
      default: return ([], nil)
      }
    case .parts(let parts) where part.type == "multipart/alternative":
      return alternative(parts)
    case .parts(let parts):
      // Programs cut a text where a picture stands in it. Of what else there is, the first that says something.
      var result: [ReplyLine] = []
      var structure: SentText?
      var isHTML = false
      for child in parts {
        let found = shown(child)
        guard found.lines.contains(where: { !$0.isBlank }) else { continue }
        if result.isEmpty { isHTML = child.type == "text/html" }
        if result.isEmpty || child.type == "text/plain" || isHTML && child.type == "text/html" {
          result += found.lines
        }
        structure = structure ?? found.structure
      }
      return (result, structure)
    case .octets, .message: return ([], nil)
    }
  }

  /// The same in several forms: the plain one is read, unless nothing is in it; what the structure of the other says
  /// helps to read it.
  private static func alternative(_ parts: [Part]) -> (lines: [ReplyLine], structure: SentText?) {
    let forms = parts.map { (part: $0, shown: shown($0)) }
    let full = forms.filter { $0.shown.lines.contains { !$0.isBlank } }
    guard let first = full.first else { return ([], nil) }
    let isPlain = first.part.type == "text/plain"
    guard isPlain, let html = full.first(where: { $0.part.type != "text/plain" })?.shown.lines else {
      return first.shown
    }
    // What says that there is HTML to be read is no text.
    let size = first.shown.lines.reduce(0) { $0 + $1.folded.utf8.count }
    if size < 200, first.shown.lines.contains(where: { $0.folded.has("html") }) { return (html, nil) }
    let lines = JoinedLines.read(first.shown.lines, by: html)
    let others = html.filter { $0.depth > 0 || $0.hint == .other || $0.hint == .introduction }
    let signatures = html.filter { $0.hint == .signature && $0.depth == 0 }
    guard !others.isEmpty || !signatures.isEmpty else { return (lines, first.shown.structure) }
    // What stands in a signature alone is what the person wrote.
    let isAll = !html.contains { $0.depth == 0 && $0.hint == .none && !$0.isBlank }
    return (
      lines,
      SentText(
        [others.map(\.text).joined(separator: "\n")],
        foot: isAll ? [] : [signatures.map(\.text).joined(separator: "\n")])
    )
  }

  /// The words of a display name, folded.
  private static func names(in from: String) -> [String] {
    let name = from.firstIndex(of: "<").map { from[..<$0] } ?? (from.has("@") ? "" : from[...])
    return ReplyLine.folded(name).split { " ,.;\"'()".contains($0) }.map(String.init).filter { $0.utf8.count > 1 }
  }
}
