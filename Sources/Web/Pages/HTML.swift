import Text

/// A piece of a page. A text that is put into it is escaped on its way: what people wrote cannot become markup (rule X4).
struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The finished markup.
  private(set) var markup: String

  /// What is markup already.
  init(markup: String) { self.markup = markup }
  init(stringLiteral markup: String) { self.markup = markup }
  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity * 2) }

    mutating func appendLiteral(_ literal: String) { markup += literal }
    /// Text: escaped.
    mutating func appendInterpolation(_ text: String) { text.appendHTMLEscaped(to: &markup) }
    /// Text of people's own: escaped, and kept from changing the direction of what stands around it (rule M7).
    mutating func appendInterpolation(isolated text: String) {
      markup += "<bdi>"
      text.appendHTMLEscaped(to: &markup)
      markup += "</bdi>"
    }
    mutating func appendInterpolation(_ number: Int) { markup += String(number) }
    mutating func appendInterpolation(_ part: HTML) { markup += part.markup }
    /// Nothing for nil.
    mutating func appendInterpolation(_ part: HTML?) { if let part { markup += part.markup } }
    mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { markup += part.markup } }
    /// An attribute that is there or not, such as `checked`.
    mutating func appendInterpolation(_ attribute: StaticString, isThere: Bool) {
      if isThere { markup += " \(attribute)" }
    }
  }
}
