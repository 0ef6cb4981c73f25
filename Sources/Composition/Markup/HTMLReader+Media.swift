import CGumbo
import Text

/// What a mail does not show leaves words, and a link where it lies on the web.
extension HTMLReader {
  /// A picture is not loaded: its words stand for it, or the name of its file. One that only counts readers or takes up
  /// room is none; one that stands for a sign is that sign.
  mutating func appendImage(_ node: HTMLTree.Node, _ style: InlineStyle) {
    let (width, height) = (style.width ?? Self.pixels(node["width"]), style.height ?? Self.pixels(node["height"]))
    if width == 0 || height == 0 || width == 1 && height ?? 1 == 1 || height == 1 && width == nil { return }
    let alternative = (node["alt"] ?? "").singleLine(limit: 300)
    if alternative.isSign { return append(alternative) }
    let url = node["src"].flatMap { SafeURL($0, base: base) }.flatMap { $0.isWeb ? $0 : nil }
    let name = alternative.isEmpty ? url?.fileName : alternative
    // It stands in the post by its own octets, or in a mail that is not here.
    if url == nil, alternative.isEmpty { isAllShown = false }
    if url == nil, alternative.isEmpty, node["src"] == nil { return }
    let label = "[" + (alternative.isEmpty ? label(name) : alternative) + "]"
    let shown = alternative.isEmpty ? words.ours(label) : .text(label)
    // Pictures in a row are words apart.
    if isBehindPicture { appendSpace() }
    if let url, !isInLink {
      append(.link(url, [shown]), cost: label.utf8.count + url.value.utf8.count + 16)
    } else if alternative.isEmpty {
      append(shown, cost: label.utf8.count)
    } else {
      append(label)
    }
    isBehindPicture = true
  }

  /// `image: scan.jpg`, in the mail's language.
  private func label(_ name: String?) -> String {
    name.map { words.imageNamed.before + $0 + words.imageNamed.after } ?? words.image
  }

  private static func pixels(_ value: String?) -> Int? {
    value.flatMap { Int($0.hasSuffix("px") ? String($0.dropLast(2)) : $0) }
  }

  /// - Returns: whether to go on within: the words in an object are shown where it is not loaded.
  mutating func enterMedia(_ node: HTMLTree.Node, _ name: String) -> Bool {
    var sources = [node["src"], node["data"], name == "oembed" ? node["url"] : nil]
    if name == "video" || name == "audio" {
      sources += node.children.prefix(50).filter { $0.isElement && $0.name == "source" }.map { $0["src"] }
    }
    let page = base
    guard let url = sources.compactMap({ $0.flatMap { SafeURL($0, base: page) } }).first(where: \.isWeb) else {
      isAllShown = false
      return name == "object"
    }
    let title = (node["title"] ?? node["aria-label"] ?? "").singleLine(limit: 200)
    let words = title.isEmpty ? url.fileName ?? String(MarkupText.bare(url.value)).singleLine(limit: 300) : title
    append(" ")
    if isInLink {
      append(words)
    } else {
      append(.link(url, words), cost: words.utf8.count + url.value.utf8.count + 16)
    }
    append(" ")
    return name == "object"
  }

  /// What is written in a field, or may be chosen, as far as a page shows it.
  /// - Returns: what the end does; nil if there is nothing within to go through.
  mutating func enterControl(_ node: HTMLTree.Node, _ name: String, of parent: Frame) -> Closing? {
    switch name {
    case "input":
      append(" ")
      appendInput(node)
      append(" ")
    case "textarea":
      isAllShown = false
      append(" ")
      for (index, line) in node.words(limit: max(budget, 0)).lines.enumerated() {
        if index > 0 { append(.element(.br), cost: 4) }
        append(String(line))
      }
      append(" ")
    case "select":
      isAllShown = false
      append(" [")
      return .pop(0, then: "] ")
    case "option", "optgroup":
      if parent.elements > 0 { append(" / ") }
      if let label = node["label"] { append(label.singleLine(limit: 200) + (name == "optgroup" ? ": " : "")) }
      return .pop(0, then: "")
    case "button":
      append(" ")
      return .pop(0, then: " ")
    default: break
    }
    return nil
  }

  private mutating func appendInput(_ node: HTMLTree.Node) {
    let type = node["type"]?.lowercased() ?? "text"
    switch type {
    case "hidden": return
    case "checkbox", "radio":
      append(node["checked"] == nil ? "☐" : "☑")
      // A task in Markdown: there is nothing more to it.
      if node["disabled"] != nil { return }
    case "image": appendImage(node, InlineStyle(node["style"]))
    case "password", "file", "color", "range": break
    case "submit", "reset", "button": if let value = node["value"] { append("[\(value.singleLine(limit: 200))]") }
    default: append((node["value"] ?? node["placeholder"] ?? "").singleLine(limit: 1000))
    }
    isAllShown = false
  }

  /// Of a drawing its title and its texts are shown, and what a page would not draw for being no `text`.
  /// - Returns: whether there may be words within.
  mutating func enterDrawing(_ node: HTMLTree.Node, _ name: String, isOutermost: Bool) -> Bool {
    guard isOutermost else {
      if name == "text" || name == "tspan" { append(" ") }
      return !["title", "desc", "style", "script", "metadata", "defs", "symbol", "clippath", "mask", "pattern"]
        .contains(name)
    }
    let title = node.children.prefix(20).first { $0.isElement && $0.name == "title" }?.words(limit: 300)
    let words = (node["aria-label"] ?? title ?? "").singleLine(limit: 300)
    if !words.isEmpty { append("[\(words)]") }
    let sizes = [Self.pixels(node["width"]), Self.pixels(node["height"])]
    let isOrnament = node["aria-hidden"] == "true" || sizes.allSatisfy { $0 ?? 100 <= 32 }
    if words.isEmpty, !isOrnament { isAllShown = false }
    return true
  }

  /// Of a formula its signs are shown, with what says how two of them stand to each other.
  /// - Returns: whether there are words within.
  mutating func enterFormula(_ name: String, of parent: Frame) -> Bool {
    if parent.elements > 0 {
      switch parent.name {
      case "mfrac": append("/")
      case "msup": append("^")
      case "msub": append("_")
      case "msubsup", "munderover": append(parent.elements == 1 ? "_" : "^")
      case "mtd", "mtr": append(" ")
      default: break
      }
    }
    if name == "msqrt" { append("√") }
    return name != "annotation" && name != "annotation-xml" && name != "script" && name != "style"
  }
}

extension String {
  /// One emoji, or the word in colons that a forum keeps for one.
  fileprivate var isSign: Bool {
    if count == 1, let first = unicodeScalars.first, first.value > 0xFF || unicodeScalars.count > 1 {
      return !first.properties.isAlphabetic
    }
    return count > 2 && count < 40 && hasPrefix(":") && hasSuffix(":") && !contains(" ")
  }
}
