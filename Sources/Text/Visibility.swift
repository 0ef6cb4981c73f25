extension StringProtocol {
  /// Whether a reader would see nothing of it: white space, and signs that have no shape of their own (soft hyphens, joiners,
  /// fillers, tags, the empty pattern of Braille).
  public var showsNothing: Bool { unicodeScalars.allSatisfy(\.showsNothing) }
}

extension Unicode.Scalar {
  fileprivate var showsNothing: Bool {
    if value > 0x20, value < 0x7F { return false }
    return value <= 0x20 || value == 0x2800 || properties.isWhitespace || properties.isDefaultIgnorableCodePoint
  }

  /// A sign that is set above or below the letter before it.
  var isMark: Bool {
    // Latin, and what is written most of all else that has none.
    if value < 0x300 || (0x3400...0xD7FF).contains(value) { return false }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// Marks on one letter that a text keeps. Writing needs three or four; heaps of them cover the lines around.
  static let marksPerLetter = 4
}
