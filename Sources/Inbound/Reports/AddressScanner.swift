import Mail

/// Finds addresses in free text.
enum AddressScanner {
  /// The addresses in a text, in their order, each once. At most 100 of them.
  static func addresses(in text: some StringProtocol) -> [Address] {
    let octets = Array(text.utf8)
    var found: [Address] = []
    var seen: Set<String> = []
    var from = 0
    while let at = octets[from...].firstIndex(of: 0x40), found.count < 100 {
      var start = at
      while start > from, isLocal(octets[start - 1]), at - start < 64 { start -= 1 }
      var end = at + 1
      while end < octets.count, isDomain(octets[end]), end - at < 256 { end += 1 }
      from = max(end, at + 1)
      while start < at, octets[start] == 0x27 || octets[start] == 0x2E || octets[start] == 0x60 || octets[start] == 0x2A
      {
        start += 1
      }
      while end > at + 1, !isAlphanumeric(octets[end - 1]) { end -= 1 }
      var local = octets[start..<at]
      // `SMTP=a@b` in the names of X.400.
      if let scheme = local.lastIndex(of: 0x3D),
        ["rfc822", "smtp"].contains(String(decoding: local[..<scheme], as: UTF8.self).lowercased())
      {
        local = local[(scheme + 1)...]
      }
      let domain = octets[(at + 1)..<end]
      guard !local.isEmpty, !domain.isEmpty else { continue }
      let written = String(decoding: local, as: UTF8.self) + "@" + String(decoding: domain, as: UTF8.self)
      if let address = try? Address(written), seen.insert(written.lowercased()).inserted { found.append(address) }
    }
    return found
  }

  private static func isAlphanumeric(_ octet: UInt8) -> Bool {
    octet.isDigit || (0x61...0x7A).contains(octet.lowerCased)
  }

  private static func isDomain(_ octet: UInt8) -> Bool {
    isAlphanumeric(octet) || octet == 0x2D || octet == 0x2E || octet == 0x5F
  }

  /// `atext` of RFC 5322 section 3.2.3 and the dot.
  private static func isLocal(_ octet: UInt8) -> Bool {
    isAlphanumeric(octet) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(octet)
  }
}
