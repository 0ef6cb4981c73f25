import CGumbo
import Mail
import Text

/// HTML as the parser gets it: without what is no text, of bounded length, and simpler where it was too much.
struct HTMLSource {
  /// Octets that are parsed; the parser takes a hundred times of it in memory.
  static let limit = 900_000
  private(set) var octets: [UInt8]
  /// False as soon as words are left out.
  private(set) var isWhole: Bool
  /// How many tags may yet lose their attributes before all that follows is made simpler.
  private var strips = 3
  /// From where on there are no tags that hold others.
  private var plainFrom: Int

  /// - Parameter limit: octets at which it is cut, if that is less than what can be parsed.
  init(_ html: String, limit: Int) {
    octets = Self.renamed(Self.withoutLongData(Array(html.multiLine().utf8)))
    plainFrom = octets.count
    isWhole = true
    cut(to: min(limit, Self.limit))
  }

  /// After a failure: from the tag on that was too much, its words stay and tags go, of what ends a line a `<br>` stays.
  /// Where that does not help, from ever earlier on, and at last the text is cut to a half.
  mutating func simplify(after failure: HTMLTree.Failure) {
    if failure.end == WATCHPOST_HTML_CROWDED, strips > 0 {
      strips -= 1
      return strip(failure.offset)
    }
    guard plainFrom > 0 else { return cut(to: octets.count / 2) }
    var place = plainFrom / 4 < 1000 ? 0 : plainFrom / 4
    if failure.offset > 0, failure.offset < plainFrom { place = failure.offset }
    while place > 0, octets[place] & 0xC0 == 0x80 { place -= 1 }
    octets = octets[..<place] + Self.plain(octets[place...])
    plainFrom = place
  }

  /// Takes the attributes from a tag.
  private mutating func strip(_ place: Int) {
    let tag = octets[place...]
    let end = tag.firstIndex(of: UInt8(ascii: ">")) ?? tag.endIndex
    let name = tag[..<end].firstIndex { $0 <= 0x20 || $0 == UInt8(ascii: "/") } ?? end
    octets.removeSubrange(name..<end)
    plainFrom = octets.count
  }

  private mutating func cut(to limit: Int) {
    guard octets.count > limit else { return }
    isWhole = false
    var end = max(limit, 0)
    while end > 0, octets[end] & 0xC0 == 0x80 { end -= 1 }
    octets.removeSubrange(end...)
    plainFrom = min(plainFrom, end)
  }

  /// Without pictures that stand in the text by their own octets (`data:`), which may be far longer than all words.
  private static func withoutLongData(_ octets: [UInt8]) -> [UInt8] {
    guard octets.count > 50_000 else { return octets }
    let mark = Array("data:".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(octets.count)
    var index = 0
    while index < octets.count {
      guard octets[index] == mark[0], octets[index...].starts(with: mark) else {
        result.append(octets[index])
        index += 1
        continue
      }
      let end = octets[index...].firstIndex { $0 <= 0x20 || "\"'<>)".utf8.contains($0) } ?? octets.count
      result += end - index > 1000 ? mark[...] : octets[index..<end]
      index = end
    }
    return result
  }

  /// With other names, as long, for two elements. A form is no more than a block here, and the parser puts its last words
  /// behind it; what stands in `noscript` is a text that is not shown, where scripts run, and the parser reads it as if none
  /// did.
  private static func renamed(_ octets: [UInt8]) -> [UInt8] {
    var result = octets
    let names = [
      ("<form", "<div "), ("</form", "</div "), ("<noscript", "<noframes"), ("</noscript", "</noframes"),
    ]
    for (name, other) in names.map({ (Array($0.0.utf8), Array($0.1.utf8)) }) {
      var index = 0
      while index + name.count < octets.count {
        let end = index + name.count
        if octets[index] == name[0], octets[end] <= 0x20 || ">/".utf8.contains(octets[end]),
          octets[index..<end].elementsEqual(name, by: { $0 | 0x20 == $1 | 0x20 })
        {
          result.replaceSubrange(index..<end, with: other)
        }
        index += 1
      }
    }
    return result
  }

  /// Tags that hold nothing, and so cannot be nested.
  private static let kept: Set<String> = ["br", "hr", "img"]
  /// Elements that go with their content.
  private static let dropped: Set<String> = ["script", "style", "template", "noscript", "title"]

  /// Tags as they look, not as the standard reads them: what is simplified is nobody's post, or broken.
  private static func plain(_ octets: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(octets.count)
    var rest = octets
    // Those of which no end tag follows any more.
    var endless: Set<String> = []
    while let octet = rest.first {
      guard octet == UInt8(ascii: "<"), let next = rest.dropFirst().first, next != UInt8(ascii: " ") else {
        result.append(octet)
        rest = rest.dropFirst()
        continue
      }
      let end = rest.firstIndex(of: UInt8(ascii: ">")).map { $0 + 1 } ?? rest.endIndex
      let tag = rest[..<end]
      let isEnd = next == UInt8(ascii: "/")
      let letters = tag.dropFirst(isEnd ? 2 : 1).prefix(20).prefix(while: \.isLetterOrDigit)
      let name = String(decoding: letters, as: UTF8.self).lowercased()
      rest = rest[end...]
      if kept.contains(name), tag.count < 2000 {
        result += tag
      } else if dropped.contains(name), !isEnd, !endless.contains(name) {
        let after = Self.end(of: name, in: rest)
        if after == nil { endless.insert(name) }
        rest = rest[(after ?? rest.startIndex)...]
      } else if case .keep(let kind) = Allowance.of(name), !kind.isInline {
        if !result.suffix(4).elementsEqual("<br>".utf8) { result += "<br>".utf8 }
      }
    }
    return result
  }

  /// Behind an element's end tag; nil if there is none.
  private static func end(of name: String, in octets: ArraySlice<UInt8>) -> Int? {
    let mark = Array("</\(name)".utf8)
    var rest = octets
    while let start = rest.firstIndex(of: mark[0]) {
      rest = rest[start...]
      if rest.prefix(mark.count).elementsEqual(mark, by: { $0 | 0x20 == $1 | 0x20 }) {
        return rest.firstIndex(of: UInt8(ascii: ">")).map { $0 + 1 }
      }
      rest = rest.dropFirst()
    }
    return nil
  }
}
