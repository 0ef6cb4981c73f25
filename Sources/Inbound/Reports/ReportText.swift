import Mail

/// What people can read of a report, and what it returns of the message: the one value that all readers of reports
/// without a machine-readable part share.
struct ReportText {
  /// A line of the report's own words.
  struct Line {
    let text: String
    /// The same in lower case.
    let lower: String

    init(_ text: some StringProtocol) {
      self.text = String(text)
      lower = self.text.lowercased()
    }

    /// Whether there is nothing to read in it.
    var isBlank: Bool { text.utf8.allSatisfy { $0 <= 0x20 } }
    /// The blanks in front.
    var indent: Int { text.utf8.prefix { $0 == 0x20 || $0 == 0x09 }.count }
    /// The addresses that stand in it.
    var addresses: [Address] { AddressScanner.addresses(in: text) }
  }

  /// The report's own words, without what it returns.
  let lines: [Line]
  /// The header of the message that comes back, if the report returns it.
  let original: Header?
  /// The report's own header.
  let header: Header
  /// Its words and its subject, lower-cased.
  let words: String
  /// Whom the report itself is for, lower-cased.
  let addressees: Set<String>

  /// Lines and octets of a line that are read: reports are short, what is longer is no report's words.
  private static let bounds = (lines: 1500, line: 4000)

  init(_ message: InboundMessage) {
    header = message.header
    addressees = Set(AddressScanner.addresses(in: message.header["to"] ?? "").map { "\($0)".lowercased() })
    let parts = message.parts
    var text = ""
    for part in parts where part.type == "text/plain" && text.utf8.count < 200_000 {
      text += (part.text ?? "") + "\n"
    }
    if text.trimmedOfWhitespace.isEmpty {
      for part in parts where part.type == "text/html" { text += HTMLText.text(of: part.text ?? "") + "\n" }
    }
    let all = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(Self.bounds.lines)
      .map { Line($0.prefix(Self.bounds.line)) }
    let cut = all.indices.first { Self.begins(all, at: $0) } ?? all.endIndex
    lines = Array(all[..<cut])
    original = Self.enclosed(parts) ?? Self.header(in: all[cut...])
    words = (message.header["subject"] ?? "").lowercased() + "\n" + lines.map(\.lower).joined(separator: "\n")
  }

  /// Whether the message that comes back begins at a line: a separator, or a header's first line.
  private static func begins(_ lines: [Line], at index: Int) -> Bool {
    let line = lines[index].lower
    if line.hasPrefix("received: from ") || line.hasPrefix("received: by ") || line.hasPrefix("return-path: <")
      || line.hasPrefix("> received: ")
    {
      return true
    }
    let bare = line.trimmedOfWhitespace
    guard bare.utf8.count < 100, bare.hasAny(separators), !bare.has("receive") else { return false }
    return bare.hasPrefix("--") || bare.hasPrefix("==") || bare.hasPrefix("**") || bare.hasPrefix("__")
      || bare.hasSuffix(":") || bare.hasSuffix("--") || bare.hasSuffix("follows.")
  }

  private static let separators = [
    "is a copy of the message", "is a copy of your message", "original message", "unsent message", "returned message",
    "message header follow", "header of your message", "message headers follow", "message text follows",
    "original mail", "copy of your message", "undelivered message follows", "message follows",
    "message contents follow",
  ]

  /// The header of an enclosed message, or of its header alone (RFC 6522 section 3).
  private static func enclosed(_ parts: [Part]) -> Header? {
    for part in parts {
      if case .message(let header, _) = part.content { return header }
      if part.type == "text/rfc822-headers" || part.type == "message/rfc822-headers" {
        return header(in: (part.text ?? "").split(separator: "\n").map { Line($0) }[...])
      }
    }
    return nil
  }

  /// The fields in lines behind a separator.
  private static func header(in lines: ArraySlice<Line>) -> Header? {
    var fields: [Header.Field] = []
    for line in lines.prefix(300) {
      if line.isBlank, !fields.isEmpty { break }
      if line.indent > 0, let last = fields.indices.last {
        fields[last].value += " " + line.text.trimmedOfWhitespace
      } else if let colon = line.text.firstIndex(of: ":") {
        let name = line.text[..<colon]
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { continue }
        let value = line.text[line.text.index(after: colon)...].trimmedOfWhitespace
        fields.append(Header.Field(name: String(name), value: value))
      }
    }
    return fields.isEmpty ? nil : Header(fields: fields)
  }
}
