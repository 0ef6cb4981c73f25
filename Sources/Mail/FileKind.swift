/// The kinds of files that a mail's attachments may be (media types, RFC 6838), as far as their octets tell them apart.
public enum FileKind: String, CaseIterable, Codable, Hashable, Sendable {
  case pdf, png, jpeg, gif, webp, text, csv, docx, xlsx, pptx, odt, ods, odp
  /// What a browser may run: a drawing, a page, a script.
  case svg, html, script

  /// Those of which nothing runs where they are opened.
  public static let quiet: [FileKind] = allCases.filter { ![.svg, .html, .script].contains($0) }

  /// What a stored file's name ends in, without the dot: one under which no browser runs anything.
  public var ending: String {
    switch self {
    case .jpeg: "jpg"
    case .text, .svg, .html, .script: "txt"
    default: rawValue
    }
  }
}
