import Text

extension String {
  /// One line of somebody's words from which no mail program makes a link: a word that looks like an address, on the
  /// web or of mail, becomes `[…]`. For what was sent in a person's name and may be somebody else's.
  /// - Parameter limit: octets.
  func linkless(limit: Int) -> String {
    singleLine(limit: 4 * limit).split(separator: " " as Character).map { $0.looksLikeLink ? "[…]" : String($0) }
      .joined(separator: " ").cut(to: limit)
  }
}

extension String {
  /// The same of a text of many lines, blanks within a line but for one left out.
  func linklessLines() -> String { lines.map { String($0).linkless(limit: 100_000) }.joined(separator: "\n") }
}

extension Substring {
  /// A scheme, an `@`, or a dot between a letter or digit and a letter, as domain names have them in any script.
  fileprivate var looksLikeLink: Bool {
    var previous: Unicode.Scalar = " "
    var beforePrevious: Unicode.Scalar = " "
    for scalar in unicodeScalars {
      if scalar == "@" || scalar == "/" && (previous == ":" || previous == "/") { return true }
      if previous == ".", scalar.properties.isAlphabetic, beforePrevious.isNamePart { return true }
      (beforePrevious, previous) = (previous, scalar)
    }
    return false
  }
}

extension Unicode.Scalar {
  /// A letter or a digit, or what stands between those in a name.
  fileprivate var isNamePart: Bool { properties.isAlphabetic || properties.numericType != nil || self == "-" }
}
