import CGumbo
import Text

/// What attributes say that a mail heeds.
extension HTMLReader {
  /// The few that a mail may have, each checked; all others, `class` and handlers among them, are never looked at.
  mutating func attributes(
    of node: HTMLTree.Node, _ tag: Markup.Tag, _ style: InlineStyle
  ) -> Markup.Attributes {
    var result = Markup.Attributes()
    if tag == .ol { result.numbering = numbering(of: node, style) }
    guard node.pointee.v.element.attributes.length > 0 else { return result }
    result.direction = node["dir"].flatMap { TextDirection(rawValue: $0.lowercased()) }
    let around = open.last { $0.attributes.language != nil }?.attributes.language ?? language
    // Word gives each run of letters its language, by country.
    result.language = LanguageTag(node["lang"]).flatMap { $0.isOneLanguage(with: around) ? nil : $0 }
    if tag == .a, let href = node["href"], !href.isEmpty { result.href = SafeURL(href, base: base) }
    if tag == .td || tag == .th {
      result.columnSpan = span(node["colspan"])
      result.rowSpan = span(node["rowspan"])
    }
    if tag == .ol {
      result.isReversed = node["reversed"] != nil
      result.start = number(node["start"]).flatMap { $0 != 1 || result.isReversed ? $0 : nil }
    }
    if tag == .li, open[open.count - 1].tag == .ol { result.value = number(node["value"]) }
    if result != Markup.Attributes() { budget -= 12 + (result.href?.value.utf8.count ?? 0) }
    return result
  }

  /// 0...999,999,999.
  private func number(_ value: String?) -> Int? {
    value.flatMap { Int($0) }.flatMap { (0...999_999_999).contains($0) ? $0 : nil }
  }

  /// What a style says goes before the attribute, and what the first item says before both: editors write it there.
  private func numbering(of node: HTMLTree.Node, _ style: InlineStyle) -> ListNumbering? {
    let item = node.children.first { $0.isElement && $0.name == "li" }
    let styles = [item.map { InlineStyle($0["style"]) }, style].compactMap { $0?.listStyle }
    if let style = styles.first { return ListNumbering(css: style) }
    return [node["type"], item?["type"]].compactMap { $0 }.first.flatMap { ListNumbering(rawValue: $0) }
  }

  /// What an abbreviation stands for, in brackets, where it is said for the first time and not beside it already.
  mutating func spelledOut(_ node: HTMLTree.Node, at parent: Frame) -> String {
    let meaning = (node["title"] ?? "").singleLine(limit: 200)
    guard !meaning.isEmpty, !spelledOut.contains(meaning) else { return "" }
    spelledOut.insert(meaning)
    let list = parent.node.pointee.v.element.children
    let next = parent.next + 1 < Int(list.length) ? list.data[parent.next + 1] : nil
    let behind = next.map { HTMLTree.Node($0.assumingMemoryBound(to: GumboNode.self)).words(limit: 400) } ?? ""
    var before = ""
    if case .text(let text)? = open[open.count - 1].children.last { before = String(text.suffix(meaning.count + 20)) }
    let beside = (before + " " + node.words(limit: 400) + " " + behind.prefix(meaning.count + 20)).singleLine()
      .lowercased()
    return beside.contains(meaning.lowercased()) ? "" : " (\(meaning))"
  }

  /// 2...100; a table of more columns or rows is nobody's, and 1 is what it is without.
  private func span(_ value: String?) -> Int? {
    value.flatMap { Int($0) }.flatMap { (2...100).contains($0) ? $0 : nil }
  }

  /// Writes the opening mark.
  /// - Returns: the closing one, in the language of the text around it.
  mutating func openQuotation() -> String {
    let language = open.last { $0.attributes.language != nil }?.attributes.language ?? self.language
    let primary = language.map { $0.value.lowercased().prefix { $0 != "-" } } ?? ""
    let isInner = quotations % 2 == 1
    let marks =
      switch (primary, isInner) {
      case ("fr", false): ("«\u{A0}", "\u{A0}»")
      case ("es", false), ("ru", false), ("ar", false), ("pt", false), ("it", false), ("uk", false): ("«", "»")
      case ("ru", true), ("uk", true), ("de", false): ("„", "“")
      case ("fr", true), ("es", true), ("ar", true), ("pt", true), ("it", true): ("“", "”")
      case (_, true): ("‘", "’")
      default: ("“", "”")
      }
    quotations += 1
    append(marks.0)
    return marks.1
  }
}

extension LanguageTag {
  /// Whether a reader, or a program that reads aloud, would find no difference; Chinese has two scripts.
  func isOneLanguage(with other: LanguageTag?) -> Bool {
    guard let other else { return false }
    let (one, two) = (value.lowercased(), other.value.lowercased())
    let primary = one.prefix { $0 != "-" }
    return one == two || primary != "zh" && primary == two.prefix { $0 != "-" }
  }
}
