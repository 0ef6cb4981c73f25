/// The direction that a text is written in, by its name in HTML's `dir`.
public enum TextDirection: String, Sendable {
  /// As HTML has them, from left to right and from right to left.
  case ltr, rtl
  /// By its first strong letter.
  case auto
}

extension TextDirection {
  /// Of a letter or a sign that runs one way by itself; nil of digits, punctuation and spaces (UAX 9 section 3.2).
  /// Letters are told by their blocks.
  public static func strong(of scalar: Unicode.Scalar) -> TextDirection? {
    switch scalar.value {
    case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
      scalar.properties.isAlphabetic ? .rtl : nil
    case 0x200E: .ltr
    case 0x200F: .rtl
    default: scalar.properties.isAlphabetic ? .ltr : nil
    }
  }
}

extension String {
  /// What stands within a line that runs in a direction, so that neither disturbs the other: between FSI and PDI
  /// (UAX 9 section 2.4.2) if it holds letters that run the other way, else as it is.
  public func isolated(within direction: TextDirection) -> String {
    holdsLetters(against: direction) ? "\u{2068}\(self)\u{2069}" : self
  }

  /// Whether it would disturb, or be disturbed by, a line that runs in a direction.
  public func holdsLetters(against direction: TextDirection) -> Bool {
    let other: TextDirection = direction == .rtl ? .ltr : .rtl
    return unicodeScalars.contains { TextDirection.strong(of: $0) == other }
  }
}

extension StringProtocol {
  /// The direction of the first letter, nil where there is none (UAX 9, P2).
  public var firstDirection: TextDirection? {
    for scalar in unicodeScalars {
      if let direction = TextDirection.strong(of: scalar) { return direction }
    }
    return nil
  }
}
