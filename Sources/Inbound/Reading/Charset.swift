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
    if let text = converted(octets, from: wider(charset)) { return cleaned(text) }
    // Octets that are no UTF-8 and say nothing more: what mail programs of the West write most.
    return cleaned(converted(octets, from: "windows-1252") ?? String(decoding: octets, as: UTF8.self))
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
