import Text

extension Notice {
  /// What a person wrote, to be sent back to them: a text, cleaned and bounded when it is made.
  public struct ReturnedText: Codable, Hashable, Sendable {
    /// Octets that are returned at most: what a message of some 5,000 words has.
    public static let limit = 32_000
    /// LF line ends, no blank lines at its ends.
    public let text: String
    /// True if it was longer; the mail says so.
    public let isCut: Bool

    /// - Parameter text: hostile, of any length.
    public init(_ text: String) {
      // Some more than is kept, so that cleaning a huge text costs no more than a large one.
      let start = String(decoding: text.utf8.prefix(4 * Self.limit), as: UTF8.self)
      let clean = Self.withoutBlankEnds(start.multiLine())
      let isWhole = start.utf8.count == text.utf8.count && clean.utf8.count <= Self.limit
      self.text = clean.cut(to: Self.limit)
      isCut = !isWhole
    }

    /// Whole lines are taken off, so that the first one keeps its indentation.
    private static func withoutBlankEnds(_ text: String) -> String {
      let lines = text.lines
      guard let first = lines.firstIndex(where: { !$0.trimmed.isEmpty }),
        let last = lines.lastIndex(where: { !$0.trimmed.isEmpty })
      else { return "" }
      return lines[first...last].joined(separator: "\n")
    }
  }
}
