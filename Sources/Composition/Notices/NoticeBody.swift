import Mail
import Phrases
import Text

/// A phrase and what fills it.
struct FilledPhrase {
  let phrase: PhraseText
  /// Hostile ones are clean already.
  var values: [String: String] = [:]

  var text: String { phrase.filled(values) }
  /// Values escaped and isolated (rule M7).
  var html: String { phrase.filledHTML(values) }
}

/// What a notice says, in its order; one and the same in text and in HTML (rule M5).
struct NoticeBody {
  enum Block {
    case paragraph(FilledPhrase)
    case list([Item])
    /// An address of ours to write to, behind what it is for.
    case address(label: FilledPhrase, String, subject: String?)
    /// A page, behind what it is.
    case link(label: FilledPhrase, SafeURL)
    /// Words of the reader's own that come back to them: no link is made of any.
    case returned(label: FilledPhrase, String)
  }

  /// One of several things.
  struct Item {
    /// A command, on a line of its own; hostile where it is an echo, one clean line.
    var command: String?
    /// Names that somebody gave, side by side; hostile, each one clean line.
    var names: [String] = []
    /// What there is to say of it.
    var phrases: [FilledPhrase] = []
    /// An address of ours to write to.
    var address: (String, subject: String?)?
  }

  private(set) var blocks: [Block] = []

  mutating func add(_ block: Block) { blocks.append(block) }
}

// MARK: - Text

extension NoticeBody {
  /// LF line ends, none at the end. Addresses stand alone on their lines, where no program loses an end of them.
  var text: String { blocks.map(Self.text).joined(separator: "\n\n") }

  private static func text(_ block: Block) -> String {
    switch block {
    case .paragraph(let phrase): wrapped(phrase.text, indent: 0)
    case .list(let items): items.map(text).joined(separator: "\n")
    case .address(let label, let address, _): wrapped(label.text, indent: 0) + "\n" + address
    case .link(let label, let url): wrapped(label.text, indent: 0) + "\n" + url.value
    case .returned(let label, let text): wrapped(label.text, indent: 0) + "\n\n" + wrappedLines(text)
    }
  }

  private static func text(_ item: Item) -> String {
    var lines: [String] = []
    if let command = item.command { lines.append("  " + command) }
    if !item.names.isEmpty { lines.append(wrapped(item.names.joined(separator: " "), indent: 2, next: 6)) }
    let indent = item.command == nil ? 2 : 6
    for phrase in item.phrases { lines.append(wrapped(phrase.text, indent: indent, next: 6)) }
    if let (address, _) = item.address { lines.append("      " + address) }
    return lines.joined(separator: "\n")
  }

  /// - Parameters:
  ///   - indent: spaces before the first line.
  ///   - next: spaces before the others; nil for as many.
  private static func wrapped(_ text: String, indent: Int, next: Int? = nil) -> String {
    let next = next ?? indent
    let spaces = [indent, next].map { String(repeating: " ", count: $0) }
    return text.wrapped(to: proseWidth - next).enumerated().map { spaces[min($0.offset, 1)] + $0.element }
      .joined(separator: "\n")
  }
}

// MARK: - HTML

extension NoticeBody {
  /// Everything escaped, and isolated where it may run the other way than the mail does (rules X1, M7).
  var html: String { blocks.map(Self.html).joined(separator: "\n") }

  private static func html(_ block: Block) -> String {
    switch block {
    case .paragraph(let phrase): return "<p>\(phrase.html)</p>"
    case .list(let items): return "<ul>\n" + items.map { "<li>\(html($0))</li>\n" }.joined() + "</ul>"
    case .address(let label, let address, let subject):
      return "<p>\(label.html)<br>\n\(link(to: address, subject: subject))</p>"
    case .link(let label, let url):
      return "<p><a href=\"\(url.value.htmlEscaped)\">\(label.html)</a></p>"
    case .returned(let label, let text):
      return "<p>\(label.html)</p>\n<blockquote>\n\(paragraphs(of: text))</blockquote>"
    }
  }

  private static func html(_ item: Item) -> String {
    var lines: [String] = []
    // Commands are in Latin letters; an echo of something else is isolated all the same.
    if let command = item.command { lines.append("<code dir=\"ltr\">\(command.htmlEscaped)</code>") }
    if !item.names.isEmpty { lines.append(item.names.map { "<bdi>\($0.htmlEscaped)</bdi>" }.joined(separator: " ")) }
    lines += item.phrases.map(\.html)
    if let (address, subject) = item.address { lines.append(link(to: address, subject: subject)) }
    return lines.joined(separator: "<br>\n")
  }

  /// - Parameters:
  ///   - address: of ours: letters, digits and `+`.
  ///   - subject: percent-encoded.
  private static func link(to address: String, subject: String?) -> String {
    let query = subject.map { "?subject=\($0)" } ?? ""
    return "<a href=\"mailto:\(address)\(query)\"><bdi dir=\"ltr\">\(address)</bdi></a>"
  }

  /// A text's paragraphs, each with a direction of its own.
  private static func paragraphs(of text: String) -> String {
    var html = ""
    for paragraph in text.lines.split(whereSeparator: { $0.trimmingSpaces().isEmpty }) {
      // Indentation and columns stay: HTML has one space for any row of them.
      let lines = paragraph.map { $0.htmlEscaped.replacing("  ", with: "&nbsp;&nbsp;") }
      html += "<p dir=\"auto\">" + lines.joined(separator: "<br>\n") + "</p>\n"
    }
    return html
  }
}
