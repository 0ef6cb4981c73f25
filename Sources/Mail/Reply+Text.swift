#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Reply {
  /// A line's text as a person can read it, from octets in whatever character set.
  ///
  /// What is UTF-8 stays. Else it is GB18030 where all octets above 127 come in pairs that the older GB 2312 has, and
  /// windows-1252 (Latin-1 with more) everywhere else; ` (as GB18030)` or ` (as windows-1252)` behind the text says so,
  /// and with it the octets can be had again. One that windows-1252 leaves open becomes `\x81`. Control characters and
  /// those that turn the reading direction become `?`: the text goes into logs and the ledger (rule X1).
  public static func text(of octets: ArraySlice<UInt8>) -> String {
    if octets.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(decoding: octets, as: UTF8.self) }
    if let text = String(validating: octets, as: UTF8.self) { return harmless(text) }
    if isPaired(octets), let text = converted(Array(octets), from: "GB18030") {
      return "\(harmless(text)) (as GB18030)"
    }
    return harmless(octets.map(windows1252).joined()) + " (as windows-1252)"
  }

  private static func harmless(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl = [.control, .format, .lineSeparator, .paragraphSeparator].contains(
        scalar.properties.generalCategory)
      scalars.append(isControl ? "?" : scalar)
    }
    return String(scalars)
  }

  /// Two pairs at least, each of 0xA1...0xF7 and 0xA1...0xFE; in Western languages letters beyond ASCII stand alone.
  private static func isPaired(_ octets: ArraySlice<UInt8>) -> Bool {
    var pairs = 0
    var isOpen = false
    for octet in octets {
      if isOpen {
        guard (0xA1...0xFE).contains(octet) else { return false }
        pairs += 1
        isOpen = false
      } else if octet >= 0x80 {
        guard (0xA1...0xF7).contains(octet) else { return false }
        isOpen = true
      }
    }
    return !isOpen && pairs > 1
  }

  /// nil where the C library does not know the character set, or the octets are none of its.
  private static func converted(_ octets: [UInt8], from charset: String) -> String? {
    guard let converter = iconv_open("UTF-8", charset), converter != iconv_t(bitPattern: -1) else { return nil }
    defer { iconv_close(converter) }
    var input = octets.map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: octets.count * 4)
    var (inputLeft, outputLeft) = (input.count, output.count)
    let result = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        var (from, to) = (input.baseAddress, output.baseAddress)
        return iconv(converter, &from, &inputLeft, &to, &outputLeft)
      }
    }
    guard result >= 0, inputLeft == 0 else { return nil }
    return String(decoding: output.dropLast(outputLeft).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// One octet; 0x80...0x9F as WHATWG's index has them, save those five that nobody uses.
  private static func windows1252(_ octet: UInt8) -> String {
    guard (0x80...0x9F).contains(octet) else { return String(Unicode.Scalar(octet)) }
    let scalar = windows1252Extras[Int(octet - 0x80)]
    return scalar == "\0" ? "\\x" + String(octet, radix: 16) : String(scalar)
  }

  private static let windows1252Extras = Array("€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ".unicodeScalars)
}
