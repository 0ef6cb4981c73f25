/// What becomes of an element of somebody's HTML. The list says it for each that HTML has; one that nobody knows is
/// dissolved, as browsers do it: its words are kept.
enum Allowance: Equatable {
  /// The element stays, by this name, with the few attributes that a mail may have.
  case keep(Markup.Tag)
  /// The element goes, its content stays.
  case dissolve
  /// The element goes with its content: a browser does not show it either.
  case drop
  /// Something that plays or loads: a link stands for it.
  case media
  case image
  /// What a reader would write or press: its words stay, and the mail says where it can be used.
  case control
  /// A drawing: its words alone.
  case drawing
  case quotation
  /// The reading of a ruby text, between brackets.
  case reading

  /// - Parameter name: lower-case.
  static func of(_ name: String) -> Allowance { table[name] ?? .dissolve }

  /// Whether HTML has, or had, an element of that name.
  static func isKnown(_ name: String) -> Bool { table[name] != nil }

  private static let table: [String: Allowance] = {
    var table: [String: Allowance] = [:]
    func add(_ names: String, _ allowance: Allowance) {
      for name in names.split(separator: " ") { table[String(name)] = allowance }
    }
    for tag in Markup.Tag.allCases { table[tag.rawValue] = .keep(tag) }
    // `dialog`, open or not, and `details`: what they hide until somebody presses is part of the text.
    add(
      "section article header footer main nav aside address figure figcaption center hgroup search "
        + "details summary dialog fieldset legend form multicol",
      .keep(.div))
    add("dir menu", .keep(.ul))
    add("strike", .keep(.s))
    add("tfoot", .keep(.tbody))
    add("tt kbd samp", .keep(.code))
    add("xmp listing plaintext", .keep(.pre))
    add("dfn cite var", .keep(.i))
    add(
      "abbr acronym bdi bdo big small font mark time data output label ruby rb rtc wbr nobr blink marquee picture map "
        + "progress meter slot applet html body tspan spacer",
      .dissolve)
    add(
      "script style template head title noscript noembed noframes frameset frame link meta base basefont bgsound "
        + "datalist rp param source track area col colgroup command keygen",
      .drop)
    add("iframe video audio object embed canvas oembed", .media)
    add("img image", .image)
    add("input select textarea button option optgroup", .control)
    add("svg", .drawing)
    add("math", .dissolve)
    add("q", .quotation)
    add("rt", .reading)
    return table
  }()
}

extension Allowance {
  /// Whether a tag that stands in Markdown is meant as one: a name that HTML has, or one with a prefix, as Word's `o:p`.
  static func isTag(_ name: String) -> Bool { isKnown(name) || name.contains(":") }

  /// Elements of which HTML reads all up to their end as text (GFM, disallowed raw HTML).
  static let rawText: Set<String> = [
    "title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script", "plaintext",
  ]

  /// Attributes that mean something without a value.
  static let flags: Set<String> = [
    "hidden", "open", "checked", "disabled", "controls", "selected", "multiple", "readonly", "required", "reversed",
    "autofocus", "autoplay", "loop", "muted", "allowfullscreen", "async", "defer", "nowrap", "noshade", "compact",
    "ismap", "novalidate", "itemscope", "download", "playsinline", "alt", "title",
  ]
}
