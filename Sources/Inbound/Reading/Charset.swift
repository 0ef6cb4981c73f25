import CGMime

/// Octets into Unicode, by the charset that the sender names, or by what the octets are.
enum Charset {
  /// Text without NUL and without CR; whatever cannot be read becomes U+FFFD or `?`.
  ///
  /// A charset that is named wrongly is common: octets that are UTF-8 and not ASCII alone are taken as UTF-8, except in
  /// charsets that say with escapes what they are.
  static func text(_ octets: UnsafeBufferPointer<UInt8>, named name: String?) -> String {
    let charset = (name ?? "utf-8").lowercased().trimmedOfWhitespace
    if !charset.hasPrefix("iso-2022"), !charset.hasPrefix("utf-16"), !charset.hasPrefix("utf-7"),
      let text = String(validating: octets, as: UTF8.self)
    {
      return cleaned(text)
    }
    if charset == "iso-2022-jp", let shifted = ShiftedJIS.octets(octets) {
      return cleaned(shifted.withUnsafeBufferPointer { converted($0, from: "cp932") } ?? "")
    }
    if unnamed.contains(charset), let cyrillic = cyrillic(octets), let text = converted(octets, from: cyrillic) {
      return cleaned(text)
    }
    if let text = converted(octets, from: wider(charset)) { return cleaned(text) }
    // Octets that are no UTF-8 and say nothing more: what mail programs of the West write most.
    return cleaned(converted(octets, from: "windows-1252") ?? String(decoding: octets, as: UTF8.self))
  }

  /// Names that say nothing of octets beyond ASCII.
  private static let unnamed: Set<String> = ["us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit", "x-unknown", ""]

  /// The Cyrillic charset of octets that no name is given for; nil where they look like another script.
  ///
  /// Nearly all letters are beyond ASCII, and the two commonest of Russian, `о` and `а`, are as common as there. The case
  /// of most letters, the lower one, tells the two charsets apart.
  private static func cyrillic(_ octets: UnsafeBufferPointer<UInt8>) -> String? {
    var counts = [Int](repeating: 0, count: 256)
    for octet in octets { counts[Int(octet)] += 1 }
    func sum(_ range: ClosedRange<Int>) -> Int { counts[range].reduce(0, +) }
    let (high, low) = (sum(0xC0...0xFF), sum(0x41...0x5A) + sum(0x61...0x7A))
    guard high >= 8, high > low, high * 20 >= sum(0x80...0xFF) * 19 else { return nil }
    if sum(0xE0...0xFF) * 3 >= high * 2, (counts[0xEE] + counts[0xE0]) * 10 >= high { return "windows-1251" }
    if sum(0xC0...0xDF) * 3 >= high * 2, (counts[0xCF] + counts[0xC1]) * 10 >= high { return "koi8-r" }
    return nil
  }

  /// The larger charset that senders mean: the names of the smaller ones are used for both.
  private static func wider(_ charset: String) -> String {
    switch charset {
    case "iso-8859-1", "us-ascii", "ascii", "latin1", "utf-8", "utf8", "unknown-8bit", "x-unknown", "": "windows-1252"
    case "iso-8859-9": "windows-1254"
    case "gb2312", "gbk", "x-gbk", "cp936": "gb18030"
    case "ks_c_5601-1987", "euc-kr": "cp949"
    case "shift_jis", "shift-jis", "x-sjis": "cp932"
    case "iso-8859-8-i", "iso-8859-8-e": "iso-8859-8"
    default: charset
    }
  }

  private static func converted(_ octets: UnsafeBufferPointer<UInt8>, from charset: String) -> String? {
    guard let start = octets.baseAddress else { return "" }
    guard let converter = g_mime_iconv_open("UTF-8", charset), converter != iconv_t(bitPattern: -1) else { return nil }
    defer { g_mime_iconv_close(converter) }
    return start.withMemoryRebound(to: CChar.self, capacity: octets.count) { start in
      guard let text = g_mime_iconv_strndup(converter, start, octets.count) else { return nil }
      defer { g_free(text) }
      return String(cString: text)
    }
  }

  private static func cleaned(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x0D || $0 == 0 }) else { return text }
    var octets: [UInt8] = []
    octets.reserveCapacity(text.utf8.count)
    var previous: UInt8 = 0
    for octet in text.utf8 {
      // CR LF is one line end, a CR alone is one too.
      if octet == 0x0A && previous == 0x0D {
        previous = octet
        continue
      }
      if octet == 0x0D { octets.append(0x0A) } else if octet != 0 { octets.append(octet) }
      previous = octet
    }
    return String(decoding: octets, as: UTF8.self)
  }
}

/// ISO-2022-JP as mail programs of Japan write it, with NEC's row of special characters and half-width kana (Microsoft's
/// code page 50221), which the standard form has no place for: made the Shift_JIS of the same vendors.
private enum ShiftedJIS {
  private enum Set { case ascii, kana, kanji }

  /// The same in Shift_JIS; nil where nothing of the vendors' stands in it, or what only the standard form has.
  static func octets(_ octets: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(octets.count)
    var set = Set.ascii
    var isVendors = false
    var index = 0
    while index < octets.count {
      let octet = octets[index]
      if octet == 0x1B {
        let escape = octets[(index + 1)...].prefix(2)
        switch (escape.first, escape.last) {
        case (0x28, 0x42), (0x28, 0x4A): set = .ascii
        case (0x28, 0x49): (set, isVendors) = (.kana, true)
        case (0x24, 0x40), (0x24, 0x42): set = .kanji
        default: return nil
        }
        index += 3
        continue
      }
      guard octet > 0x20, octet < 0x7F, set != .ascii else {
        // A line ends in ASCII, whatever was open; what has eight bits is half-width kana already.
        if octet == 0x0A { set = .ascii }
        result.append(octet)
        index += 1
        continue
      }
      if set == .kana {
        result.append(octet | 0x80)
        index += 1
        continue
      }
      guard index + 1 < octets.count, (0x21...0x7E).contains(octets[index + 1]) else {
        result.append(0x3F)
        index += 1
        continue
      }
      let second = octets[index + 1]
      // Rows 13, and 89 to 92.
      if octet == 0x2D || (0x79...0x7C).contains(octet) { isVendors = true }
      result.append((octet + 1) / 2 + (octet < 0x5F ? 0x70 : 0xB0))
      result.append(second + (octet % 2 == 0 ? 0x7E : second < 0x60 ? 0x1F : 0x20))
      index += 2
    }
    return isVendors ? result : nil
  }
}
