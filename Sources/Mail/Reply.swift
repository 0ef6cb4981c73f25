/// A server's answer to a command (RFC 5321 section 4.2), kept whole.
public struct Reply: Hashable, Sendable, CustomStringConvertible {
  /// 200...599
  public let code: Int
  /// The text of each line after code and separator, as received, control characters replaced.
  public let lines: [String]

  /// The caller vouches for code and lines; what comes from the network is checked where it is read.
  public init(code: Int, lines: [String]) {
    self.code = code
    self.lines = lines
  }

  /// RFC 3463's code, if one of the reply's own class is given; see ``stated``.
  public var enhanced: EnhancedStatusCode? { stated.flatMap { $0.class == code / 100 ? $0 : nil } }

  /// RFC 3463's code as the relay wrote it, also one of another class, which RFC 2034 section 4 forbids.
  ///
  /// The first line that opens with a code decides, else the first that has a marked one within it; one of the reply's
  /// own class goes before all others, for what else stands there may be a version or an address.
  public var stated: EnhancedStatusCode? {
    let codes =
      lines.compactMap { EnhancedStatusCode(prefixOf: $0) } + lines.compactMap { EnhancedStatusCode(within: $0) }
    return codes.first { $0.class == code / 100 } ?? codes.first
  }

  /// The answer as a log or a person reads it: `550 5.1.1 No such user`, lines joined by ` / `.
  public var description: String { "\(code) \(lines.joined(separator: " / "))" }
}

/// An enhanced status code (RFC 3463 section 2): `5.1.1`.
public struct EnhancedStatusCode: Hashable, Sendable, CustomStringConvertible {
  /// 2, 4 or 5
  public let `class`: Int
  /// 0...999
  public let subject: Int
  /// 0...999
  public let detail: Int

  /// The caller vouches for the ranges.
  public init(_ class: Int, _ subject: Int, _ detail: Int) {
    self.class = `class`
    self.subject = subject
    self.detail = detail
  }

  /// Reads the code that opens a text, as relays and their reports write it: `5.1.1 No such user`, `#5.1.1`, `5.1.1:`,
  /// `[5.1.1]`, `(5.1.1)`. Four numbers are an address, and no code.
  public init?(prefixOf text: String) { self.init(opening: Array(text.utf8.drop { Self.mayPrecede($0) })) }

  /// Reads the first code within a text that is marked as one: `Blocked (5.7.1)`, `[5.7.1]`, `#5.7.1`. Its subject must
  /// be one that RFC 3463 section 3 has, so that a program's version is not taken for one.
  public init?(within text: String) {
    let octets = Array(text.utf8)
    for (index, octet) in octets.enumerated() where octet == UInt8(ascii: "#") || Self.isOpening(octet) {
      guard let code = Self(opening: octets[(index + 1)...].drop { Self.mayPrecede($0) }), code.subject <= 7 else {
        continue
      }
      self = code
      return
    }
    return nil
  }

  private init?(opening octets: some Sequence<UInt8>) {
    var numbers = [0]
    var digits = 0
    var rest = ArraySlice(Array(octets.prefix(16)))
    while let octet = rest.first {
      if octet == UInt8(ascii: "."), digits > 0, numbers.count < 3 {
        numbers.append(0)
        digits = 0
      } else if (48...57).contains(octet), digits < 3 {
        numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(octet - 48)
        digits += 1
      } else {
        break
      }
      rest = rest.dropFirst()
    }
    guard numbers.count == 3, digits > 0, Self.mayFollow(rest), [2, 4, 5].contains(numbers[0]) else { return nil }
    self.init(numbers[0], numbers[1], numbers[2])
  }

  private static func mayPrecede(_ octet: UInt8) -> Bool {
    octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") || octet == UInt8(ascii: "#") || isOpening(octet)
  }

  private static func isOpening(_ octet: UInt8) -> Bool { octet == UInt8(ascii: "[") || octet == UInt8(ascii: "(") }

  /// The end, a blank or a mark; a full stop only where no number follows.
  private static func mayFollow(_ rest: ArraySlice<UInt8>) -> Bool {
    guard let octet = rest.first else { return true }
    if octet == UInt8(ascii: ".") { return rest.dropFirst().first.map { $0 <= 0x20 } ?? true }
    return octet <= 0x20 || ":;,])-".utf8.contains(octet)
  }

  /// As RFC 3463 writes it, without zeros before its numbers.
  public var description: String { "\(`class`).\(subject).\(detail)" }
}
