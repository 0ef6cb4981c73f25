import Mail

extension FileKind {
  /// What octets are, whatever they are called; nil for what is none of these, and for what is two things at once.
  ///
  /// Nothing is unpacked. What is said of a file makes a text a `csv` or a `script`, never anything else.
  /// - Parameters:
  ///   - name: as the sender calls the file; hostile.
  ///   - type: `type/subtype`, lower-cased, as the sender has it; hostile.
  public init?(_ octets: [UInt8], name: String?, type: String) {
    if let picture = Self.picture(octets) {
      // Within these octets a browser that is told nothing looks for a page.
      if Self.hasMarkup(octets.prefix(2048)) { return nil }
      self = picture
    } else if octets.starts(with: Array("%PDF-1.".utf8)) || octets.starts(with: Array("%PDF-2.".utf8)) {
      self = .pdf
    } else if octets.starts(with: [0x50, 0x4B, 3, 4]) {
      guard let office = ZipListing(octets)?.office else { return nil }
      self = office
    } else if let text = Self.text(octets, ending: Self.ending(of: name), type: type) {
      self = text
    } else {
      return nil
    }
  }

  private static func picture(_ octets: [UInt8]) -> FileKind? {
    func has(_ text: String, at offset: Int) -> Bool { octets.dropFirst(offset).starts(with: Array(text.utf8)) }
    // The length of the first chunk and its name (PNG, section 11.2.1).
    if octets.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]), has("IHDR", at: 12) {
      return .png
    }
    if octets.starts(with: [0xFF, 0xD8, 0xFF]), octets.count > 20 { return .jpeg }
    if has("GIF87a", at: 0) || has("GIF89a", at: 0), octets.count > 13 { return .gif }
    if has("RIFF", at: 0), has("WEBPVP8", at: 8) {
      let size = (0..<4).reduce(0) { $0 | Int(octets[4 + $1]) << (8 * $1) }
      return size + 8 == octets.count || size + 9 == octets.count ? .webp : nil
    }
    return nil
  }

  private static func text(_ octets: [UInt8], ending: String, type: String) -> FileKind? {
    // No control but tabs, line ends and form feeds stands in a text, in whatever charset of one octet or UTF-8.
    guard !octets.isEmpty, !octets.contains(where: { $0 < 0x20 && ![9, 10, 12, 13].contains($0) || $0 == 0x7F })
    else { return nil }
    let head = octets.prefix(4096)
    if hasTag(head, "<svg") || ["svg", "svgz"].contains(ending) || type.hasPrefix("image/svg") { return .svg }
    let isPage = ["html", "htm", "xhtml", "xht", "shtml", "xml", "xsl", "xslt", "mht", "mhtml", "hta"].contains(ending)
    if isPage || type == "text/html" || type.hasSuffix("xml") || beginsWithTag(head) || hasMarkup(head) {
      return .html
    }
    let scripts = ["js", "mjs", "cjs", "jse", "vbs", "vbe", "wsf", "ps1", "sh", "bat", "cmd", "php", "py", "pl", "css"]
    if scripts.contains(ending) || type.hasSuffix("javascript") || type.hasSuffix("ecmascript") { return .script }
    return ending == "csv" || type == "text/csv" ? .csv : .text
  }

  /// Behind blanks and a mark of the octets' order, what a browser takes for a page.
  private static func beginsWithTag(_ head: ArraySlice<UInt8>) -> Bool {
    let text = (head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head).drop { $0 <= 0x20 }
    guard text.first == 0x3C, let next = text.dropFirst().first else { return false }
    return next == 0x21 || next == 0x3F || (0x61...0x7A).contains(next.lowerCased)
  }

  private static func hasMarkup(_ head: ArraySlice<UInt8>) -> Bool {
    ["<html", "<script", "<body", "<iframe", "<!doctype", "<svg", "<?php"].contains { hasTag(head, $0) }
  }

  private static func hasTag(_ head: ArraySlice<UInt8>, _ tag: String) -> Bool {
    String(decoding: head.lazy.map(\.lowerCased), as: UTF8.self).has(tag)
  }

  /// What stands behind a name's last dot, in lower case.
  private static func ending(of name: String?) -> String {
    let name = (name ?? "").trimmedOfWhitespace
    return name.lastIndex(of: ".").map { name[$0...].dropFirst().lowercased() } ?? ""
  }
}

/// The names in a ZIP file's list (APPNOTE, sections 4.3.12 and 4.3.16); nothing of what they name is unpacked.
private struct ZipListing {
  private(set) var names: Set<String> = []
  private let octets: [UInt8]

  /// Names that are looked at; more are in no document that a person writes.
  private static let most = 20_000

  /// nil unless the octets are one ZIP file from the first to the last, with nothing before or behind it.
  init?(_ octets: [UInt8]) {
    self.octets = octets
    func number(_ offset: Int, _ length: Int) -> Int {
      (0..<length).reduce(0) { $0 | Int(octets[offset + $1]) << (8 * $1) }
    }
    // Without a comment the end has 22 octets; whoever writes documents leaves none.
    let end = octets.count - 22
    guard end > 30, octets[end...].starts(with: [0x50, 0x4B, 5, 6]), number(end + 20, 2) == 0 else { return nil }
    let (count, size, start) = (number(end + 10, 2), number(end + 12, 4), number(end + 16, 4))
    guard (1...Self.most).contains(count), start + size == end else { return nil }
    var offset = start
    for _ in 0..<count {
      guard offset + 46 <= end, octets[offset...].starts(with: [0x50, 0x4B, 1, 2]) else { return nil }
      let next = offset + 46 + number(offset + 28, 2) + number(offset + 30, 2) + number(offset + 32, 2)
      let name = offset + 46 + number(offset + 28, 2)
      guard next <= end, name <= next else { return nil }
      names.insert(String(decoding: octets[(offset + 46)..<name], as: UTF8.self))
      offset = next
    }
    guard offset == end else { return nil }
  }

  /// Which office document it is; nil for any other archive, and for one with programs in it.
  var office: FileKind? {
    let lower = names.map { $0.lowercased() }
    if lower.contains(where: { $0.hasSuffix("vbaproject.bin") || $0.hasSuffix(".class") || $0.hasSuffix(".exe") }) {
      return nil
    }
    // OpenDocument: its type is the first entry, as it is (OpenDocument 1.3 part 2, section 3.3).
    if lower.contains("mimetype") {
      if lower.contains(where: { $0.hasPrefix("basic/") || $0.hasPrefix("scripts/") }) { return nil }
      let types: [(String, FileKind)] = [("text", .odt), ("spreadsheet", .ods), ("presentation", .odp)]
      return types.first { name, _ in
        let said = Array("mimetypeapplication/vnd.oasis.opendocument.\(name)".utf8)
        return octets.dropFirst(30).starts(with: said) && octets.dropFirst(30 + said.count).starts(with: [0x50, 0x4B])
      }?.1
    }
    guard lower.contains("[content_types].xml") else { return nil }
    let documents: [(String, FileKind)] = [
      ("word/document.xml", .docx), ("xl/workbook.xml", .xlsx), ("ppt/presentation.xml", .pptx),
    ]
    let found = documents.filter { lower.contains($0.0) }
    return found.count == 1 ? found[0].1 : nil
  }
}
