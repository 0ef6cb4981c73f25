/// A small reader of what the module writes, made from the RFCs and not from the writer.

/// What a writer appended.
func written(_ write: (inout [UInt8]) -> Void) -> [UInt8] {
  var output: [UInt8] = []
  write(&output)
  return output
}

/// The same as text.
func text(_ write: (inout [UInt8]) -> Void) -> String { String(decoding: written(write), as: UTF8.self) }

/// The lines of a text that ends in CRLF and has no CR or LF of another kind; nil for any other.
func crlfLines(_ octets: [UInt8]) -> [[UInt8]]? {
  var lines: [[UInt8]] = []
  var line: [UInt8] = []
  var index = 0
  while index < octets.count {
    if octets[index] == 13 {
      guard index + 1 < octets.count, octets[index + 1] == 10 else { return nil }
      lines.append(line)
      line = []
      index += 2
    } else {
      guard octets[index] != 10 else { return nil }
      line.append(octets[index])
      index += 1
    }
  }
  return line.isEmpty ? lines : nil
}

/// The value of the one field in a header, unfolded (RFC 5322 section 2.2.3); nil if it is not one field.
func unfolded(_ octets: [UInt8], name: String) -> String? {
  guard let lines = crlfLines(octets), let first = lines.first else { return nil }
  guard lines.dropFirst().allSatisfy({ $0.first == 32 && $0.contains { $0 != 32 } }) else { return nil }
  guard first.starts(with: "\(name):".utf8) else { return nil }
  // Octets, not characters: a space with a combining mark behind it is one.
  return String(decoding: Array(lines.joined()).dropFirst(name.utf8.count + 1).drop { $0 == 32 }, as: UTF8.self)
}

/// The value with its encoded words decoded, white space between adjacent ones dropped (RFC 2047 section 6.2).
func decodedWords(_ value: String) -> String? {
  var result: [UInt8] = []
  var afterEncoded = false
  for (index, word) in value.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
    let isEncoded = word.hasPrefix("=?") && word.hasSuffix("?=") && word.utf8.count > 6
    if index > 0, !(isEncoded && afterEncoded) { result.append(32) }
    if isEncoded {
      guard let payload = decodedWord(String(word)), String(validating: payload, as: UTF8.self) != nil else {
        return nil
      }
      result += payload
    } else {
      result += Array(word.utf8)
    }
    afterEncoded = isEncoded
  }
  return String(decoding: result, as: UTF8.self)
}

private func decodedWord(_ word: String) -> [UInt8]? {
  let parts = word.split(separator: "?", omittingEmptySubsequences: false)
  guard parts.count == 5, parts[1] == "UTF-8", word.utf8.count <= 75 else { return nil }
  if parts[2] == "B" { return decodedBase64(Array(parts[3].utf8)) }
  guard parts[2] == "Q" else { return nil }
  return decodedHex(Array(parts[3].utf8).map { $0 == UInt8(ascii: "_") ? 32 : $0 })
}

/// Octets with `=XX` decoded; nil for a broken one or for one in small letters.
func decodedHex(_ octets: [UInt8]) -> [UInt8]? {
  var result: [UInt8] = []
  var index = 0
  while index < octets.count {
    if octets[index] == UInt8(ascii: "=") {
      guard index + 2 < octets.count, let high = hexValue(octets[index + 1]), let low = hexValue(octets[index + 2])
      else { return nil }
      result.append(high << 4 | low)
      index += 3
    } else {
      result.append(octets[index])
      index += 1
    }
  }
  return result
}

private func hexValue(_ octet: UInt8) -> UInt8? {
  switch octet {
  case 48...57: octet - 48
  case 65...70: octet - 55
  default: nil
  }
}

/// RFC 2045 section 6.7: soft breaks joined, `=XX` decoded; line ends stay CRLF. The text may lack a last line end.
func decodedQuotedPrintable(_ octets: [UInt8]) -> [UInt8]? {
  let isOpen = octets.suffix(2) != [13, 10]
  guard let lines = crlfLines(isOpen ? octets + [13, 10] : octets) else { return nil }
  var joined: [UInt8] = []
  for (index, line) in lines.enumerated() {
    guard line.count <= 76, line.last != 32, line.last != 9 else { return nil }
    guard line.allSatisfy({ $0 == 9 || (32...126).contains($0) }) else { return nil }
    if line.last == UInt8(ascii: "=") {
      joined += line.dropLast()
    } else {
      joined += line
      if index < lines.count - 1 || !isOpen { joined += [13, 10] }
    }
  }
  return decodedHex(joined)
}

/// RFC 4648 section 4, line ends skipped.
func decodedBase64(_ octets: [UInt8]) -> [UInt8]? {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let digits = octets.filter { $0 != 13 && $0 != 10 }
  guard digits.count.isMultiple(of: 4) else { return nil }
  var result: [UInt8] = []
  for start in stride(from: 0, to: digits.count, by: 4) {
    let group = digits[start..<(start + 4)]
    let padding = group.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding == 0 || (padding <= 2 && start + 4 == digits.count) else { return nil }
    var bits: UInt32 = 0
    for digit in group {
      if digit == UInt8(ascii: "=") {
        bits <<= 6
      } else {
        guard let value = alphabet.firstIndex(of: digit) else { return nil }
        bits = bits << 6 | UInt32(value)
      }
    }
    result += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)].dropLast(padding)
  }
  return result
}

/// The text with each LF as CRLF.
func withCRLF(_ text: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  for octet in text {
    if octet == 10, result.last != 13 { result.append(13) }
    result.append(octet)
  }
  return result
}

/// Texts that mail programs have stumbled over.
let nastyTexts: [String] = [
  "", " ", "plain", "two  spaces   three", " edges ", "tab\there",
  "[#9240] Re: risk assessment", "=?UTF-8?Q?forged?=", "a =?b", "50=?", "back\\slash \"quote\"",
  "Évaluation des risques associés aux organismes vivants modifiés", "naïve", "x é y", "é x y z è",
  "关于改性活生物体风险评估的在线讨论关于改性活生物体风险评估的在线讨论", "تقييم مخاطر الكائنات الحية المحورة", "Оценка рисков ЖИО и CRISPR в 2026 году",
  "👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦 family", "e\u{301}\u{323} combining", "a" + String(repeating: "\u{301}", count: 100), "🇺🇳🇨🇱🇰🇪",
  String(repeating: "x", count: 80), String(repeating: "x", count: 2000), String(repeating: "é", count: 300),
  String(repeating: "word ", count: 60) + "end", String(repeating: "mot é ", count: 50) + "fin",
  "Bcc: victim@example.org", "\r\nBcc: victim@example.org", "a\r\n\r\nbody", "nul\0nul",
  "\u{85}next\u{2028}line\u{2029}",
  "\u{202E}gnp.exe", "\u{FEFF}bom", "\u{FFFD}", "?=", "=", "?", "_", "a_b", "a@b.example", "Paz, Ana <ana@x.example>",
]
