import Mail

/// Finds the addresses that stand in a text as they are: `http://`, `https://`, `www.` and mail addresses. One rule for
/// plain texts and for what HTML, Markdown, BBCode and Textile leave as text, since people write all alike.
///
/// An address ends at white space, at quotation marks and brackets of any of the six languages and at their full-width
/// punctuation; from its end the punctuation of the sentence goes, and brackets that were not opened within it.
enum LinkFinder {
  typealias Found = (range: Range<Substring.Index>, url: SafeURL)

  /// Octets of a mail address on either side of its `@` (RFC 5321 section 4.5.3.1).
  private static let localLimit = 64
  private static let domainLimit = 255

  /// The first address in a text; nil if there is none. Each octet is looked at a few times, whatever stands there.
  static func first(in text: Substring) -> Found? {
    let octets = text.utf8
    var index = octets.startIndex
    while index < octets.endIndex {
      let octet = octets[index] | 0x20
      if octet == UInt8(ascii: "h") || octet == UInt8(ascii: "w"), let prefix = prefix(of: text[index...]) {
        let isHost = prefix == "www."
        if !isHost || !isWord(before: index, in: text) {
          let run = text[index...].unicodeScalars.firstIndex { ends.contains($0) || $0.properties.isWhitespace }
          let end = run ?? text.endIndex
          if octets.distance(from: index, to: end) <= SafeURL.limit {
            let address = trimmed(text[index..<end])
            if address.utf8.count > prefix.utf8.count, let url = SafeURL((isHost ? "http://" : "") + address) {
              return (index..<address.endIndex, url)
            }
          }
          // No address starts within what is none: else a long row of them would be read over and over.
          index = end
          continue
        }
      } else if octets[index] == UInt8(ascii: "@"), let found = mailAddress(around: index, in: text) {
        return found
      }
      octets.formIndex(after: &index)
    }
    return nil
  }

  /// A text with its addresses as links.
  static func linked(_ text: Substring, words: (Substring) -> String = { String($0) }) -> [Markup] {
    var result: [Markup] = []
    var rest = text
    while let found = first(in: rest) {
      if found.range.lowerBound > rest.startIndex { result.append(.text(words(rest[..<found.range.lowerBound]))) }
      // Of one with a user's name the link has no such name, and its words had it to mislead.
      let address = rest[found.range]
      let isWhole = !found.url.isWeb || !hasUser(address)
      result.append(.link(found.url, isWhole ? String(address) : found.url.value))
      rest = rest[found.range.upperBound...]
    }
    if !rest.isEmpty { result.append(.text(words(rest))) }
    return result
  }

  /// A tree with the addresses of its words as links, but for those in links and code. As deep as a tree can be
  /// (`HTMLReader.depthLimit`).
  static func linked(_ nodes: [Markup]) -> [Markup] {
    nodes.flatMap { node -> [Markup] in
      switch node {
      case .text(let text): return linked(text[...])
      case .element(var element):
        if ![.a, .code, .pre].contains(element.tag), !element.attributes.isOurs {
          element.children = linked(element.children)
        }
        return [.element(element)]
      }
    }
  }

  /// Whether a link's words are, or hold, an address of the web that leads to another host than the link does, and nothing
  /// in them names that one.
  static func misleads(_ words: String, to host: String) -> Bool {
    guard words.utf8.contains(where: { $0 == UInt8(ascii: ".") }), !words.contains("(\(host))") else { return false }
    var rest = words[...]
    while let found = first(in: rest) {
      if let said = found.url.host, hasUser(rest[found.range]) || !isSame(said, host) { return true }
      rest = rest[found.range.upperBound...]
    }
    // `example.org/a` by itself.
    let said = words.utf8.prefix { $0.isLetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    guard said.endIndex < words.endIndex, words[said.endIndex] == "/", said.contains(UInt8(ascii: ".")) else {
      return false
    }
    return !isSame(String(Substring(said)), host)
  }

  /// `https://name@host`
  private static func hasUser(_ address: Substring) -> Bool {
    guard let start = address.firstRange(of: "//")?.upperBound else { return false }
    return address[start...].prefix { !"/?#".contains($0) }.contains("@")
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    func bare(_ host: String) -> Substring {
      let lower = host.lowercased()
      return lower.hasPrefix("www.") ? lower.dropFirst(4) : lower[...]
    }
    return bare(one) == bare(other)
  }

  private static func prefix(of text: Substring) -> String? {
    ["http://", "https://", "www."].first { prefix in
      text.utf8.count > prefix.utf8.count && zip(text.utf8, prefix.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
  }

  /// Whether a word, or an address, goes on there.
  private static func isWord(before index: Substring.Index, in text: Substring) -> Bool {
    guard let last = text[..<index].unicodeScalars.last else { return false }
    return last.properties.isAlphabetic || "0123456789@./_-".unicodeScalars.contains(last)
  }

  private static func mailAddress(around at: Substring.Index, in text: Substring) -> Found? {
    let octets = text.utf8
    let local = octets[..<at].suffix(localLimit + 1).reversed().prefix {
      $0.isLetterOrDigit || ".+-_".utf8.contains($0)
    }
    let rest = octets[octets.index(after: at)...].prefix(domainLimit)
    var domain = rest.prefix { $0.isLetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    while let last = domain.last, !last.isLetterOrDigit { domain.removeLast() }
    let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard !local.isEmpty, local.count <= localLimit, labels.count > 1, labels.allSatisfy({ !$0.isEmpty }),
      labels[labels.count - 1].count > 1,
      labels[labels.count - 1].allSatisfy({ $0.isLetterOrDigit && $0 > UInt8(ascii: "9") })
    else { return nil }
    let range = octets.index(at, offsetBy: -local.count)..<domain.endIndex
    // What follows a letter of another script is part of a word.
    guard !isWord(before: range.lowerBound, in: text), let url = SafeURL("mailto:" + text[range]) else { return nil }
    return (range, url)
  }

  /// Without the sentence's punctuation; a bracket is the address's own if it opens there.
  private static func trimmed(_ address: Substring) -> Substring {
    var open: [UInt8: Int] = [:]
    for octet in address.utf8 { if let bracket = brackets[octet] { open[bracket.0, default: 0] += bracket.1 } }
    var address = address
    while let last = address.unicodeScalars.last {
      if last.isASCII, let bracket = brackets[UInt8(last.value)], bracket.1 < 0, open[bracket.0, default: 0] < 0 {
        open[bracket.0, default: 0] += 1
      } else if !trailing.contains(last) {
        break
      }
      address.unicodeScalars.removeLast()
    }
    return address
  }

  /// Which pair a bracket is of, and what it adds to the number of open ones.
  private static let brackets: [UInt8: (UInt8, Int)] = [
    UInt8(ascii: "("): (0, 1), UInt8(ascii: ")"): (0, -1), UInt8(ascii: "["): (1, 1), UInt8(ascii: "]"): (1, -1),
    UInt8(ascii: "{"): (2, 1), UInt8(ascii: "}"): (2, -1),
  ]

  /// No address holds them as they are: quotation marks and brackets, full-width and Arabic punctuation.
  private static let ends = Set(
    "<>\"“”„‟«»‹›「」『』（）《》〈〉【】〖〗〔〕［］｛｝＜＞，。．；！？、：…·•؟،؛۔۝﴾﴿|\u{200E}\u{200F}\u{2066}\u{2067}\u{2068}\u{2069}\u{202A}\u{202B}\u{202C}"
      .unicodeScalars)

  /// They may stand within an address, and end the sentence or the emphasis around it.
  private static let trailing = Set(".,;:!?'*_~`’‘‚′″–—".unicodeScalars)
}
