import Text

/// What somebody's `style` attribute says that a mail heeds: what is not shown, and emphasis that editors write in no
/// other way. Nothing of it is taken over as it is.
struct InlineStyle: Equatable {
  /// A browser does not show the element. Newsletters hide the words of an inbox's preview line so, and forums what is
  /// not for readers.
  var isHidden = false
  /// Word's mark of a list item, which is text with a font of signs.
  var isListMark = false
  /// `strong`, `em`, `u`, `s`, `sub`, `sup`, each at most once.
  var emphasis: [Markup.Tag] = []
  /// It says that letters are not bold; Google Docs puts such a `<b>` around everything.
  var isNotBold = false
  /// The name that CSS has for how a list, or its item, is counted or marked.
  var listStyle: String?
  /// Pixels, where they say so.
  var width: Int?
  var height: Int?

  /// Octets of a style that are looked at.
  private static let limit = 4000

  /// Reads declarations as CSS has them, the last of a name in force; what it does not know is passed over.
  init(_ text: String?) {
    guard let text else { return }
    var values: [Substring: Substring] = [:]
    let lower = String(decoding: text.utf8.prefix(Self.limit), as: UTF8.self).lowercased()
    for declaration in lower.split(separator: ";") {
      guard let colon = declaration.firstIndex(of: ":") else { continue }
      let value = declaration[declaration.index(after: colon)...]
      values[declaration[..<colon].trimmingSpaces()] =
        (value.firstIndex(of: "!").map { value[..<$0] } ?? value).trimmingSpaces()
    }
    isHidden = values["display"] == "none" || values["visibility"] == "hidden"
    listStyle = (values["list-style-type"] ?? values["list-style"]?.prefix { $0 != " " }).map(String.init)
    isListMark = values["mso-list"] == "ignore"
    width = values["width"].flatMap(Self.pixels)
    height = values["height"].flatMap(Self.pixels)
    let weight = values["font-weight"] ?? ""
    isNotBold = weight == "normal" || weight == "400"
    if weight == "bold" || weight == "bolder" || Int(weight).map({ $0 >= 600 }) ?? false { emphasis.append(.strong) }
    if values["font-style"] == "italic" { emphasis.append(.em) }
    let lines = values["text-decoration"] ?? values["text-decoration-line"] ?? ""
    if lines.contains("line-through") { emphasis.append(.s) }
    if lines.contains("underline") { emphasis.append(.u) }
    if values["vertical-align"] == "sub" { emphasis.append(.sub) }
    if values["vertical-align"] == "super" { emphasis.append(.sup) }
  }

  private static func pixels(_ text: Substring) -> Int? {
    let number = text.hasSuffix("px") ? text.dropLast(2) : text
    return Double(number).flatMap { (0...100_000).contains($0) ? Int($0.rounded()) : nil }
  }
}
