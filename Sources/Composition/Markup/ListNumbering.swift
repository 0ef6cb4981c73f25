/// How the items of an ordered list are counted, by the value of HTML's `type`.
enum ListNumbering: String, Sendable {
  case lowerAlpha = "a"
  case upperAlpha = "A"
  case lowerRoman = "i"
  case upperRoman = "I"

  /// By the name that CSS has for it; nil for plain numbers and for what mails have no signs for.
  init?(css name: some StringProtocol) {
    switch name {
    case "lower-alpha", "lower-latin": self = .lowerAlpha
    case "upper-alpha", "upper-latin": self = .upperAlpha
    case "lower-roman": self = .lowerRoman
    case "upper-roman": self = .upperRoman
    default: return nil
    }
  }

  /// `d`, `IV`; plain where it has no signs for a number, as browsers do it.
  func text(_ number: Int) -> String {
    switch self {
    case .lowerAlpha: Self.letters(number)
    case .upperAlpha: Self.letters(number).uppercased()
    case .lowerRoman: Self.roman(number)
    case .upperRoman: Self.roman(number).uppercased()
    }
  }

  /// `z` is followed by `aa`.
  private static func letters(_ number: Int) -> String {
    guard number > 0 else { return String(number) }
    var (rest, letters) = (number, "")
    while rest > 0 {
      rest -= 1
      letters.insert(Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(rest % 26))), at: letters.startIndex)
      rest /= 26
    }
    return letters
  }

  private static func roman(_ number: Int) -> String {
    guard (1...3999).contains(number) else { return String(number) }
    let signs = [
      (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
      (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ]
    var (rest, text) = (number, "")
    for (value, sign) in signs {
      text += String(repeating: sign, count: rest / value)
      rest %= value
    }
    return text
  }
}
