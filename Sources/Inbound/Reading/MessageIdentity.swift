import Crypto

/// What tells a message from every other: its sender, its Message-ID and its body (rule I1).
///
/// It is made of the octets as they stand, by looking for two lines alone: it is known before anybody reads the message,
/// whatever that reading meets.
public enum MessageIdentity {
  /// Two copies of a message, in whatever mailbox of ours, have one identity. A message without Message-ID is equal only
  /// to itself: the same octets for the same address of ours. 64 hexadecimal digits.
  public static func of(_ raw: [UInt8], for recipient: String? = nil) -> String {
    let (header, body) = split(raw)
    var hash = SHA256()
    for name in ["from", "message-id"] {
      hash.update(data: value(of: name, in: header) ?? [])
      hash.update(data: [0])
    }
    guard value(of: "message-id", in: header)?.isEmpty == false else {
      hash.update(data: Array((recipient ?? "").utf8) + [0] + raw)
      return hexadecimal(hash.finalize())
    }
    // Line ends differ between a pipe and a mailbox, and what a server puts behind the last line.
    var end = body.endIndex
    while end > body.startIndex, body[end - 1] == 0x0A || body[end - 1] == 0x0D { end -= 1 }
    hash.update(data: body[..<end].filter { $0 != 0x0D })
    return hexadecimal(hash.finalize())
  }

  /// What tells octets from all others: 64 hexadecimal digits.
  public static func digest(of octets: [UInt8]) -> String { hexadecimal(SHA256.hash(data: octets)) }

  /// The date of the topmost `Received` field as it stands, which the last server wrote (RFC 5321 section 4.4): what
  /// follows its last semicolon. nil where there is none.
  public static func lastReceived(_ raw: [UInt8]) -> String? {
    guard let field = value(of: "received", in: split(raw).0), let semicolon = field.lastIndex(of: 0x3B) else {
      return nil
    }
    return String(decoding: field[(semicolon + 1)...], as: UTF8.self)
  }

  private static func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Header and body, parted at the first empty line.
  private static func split(_ raw: [UInt8]) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
    var index = 0
    while index < raw.count {
      let end = raw[index...].firstIndex(of: 0x0A) ?? raw.count
      let line = raw[index..<end]
      if line.isEmpty || line.elementsEqual([0x0D]) { return (raw[..<index], raw[min(end + 1, raw.count)...]) }
      index = end + 1
    }
    return (raw[...], [])
  }

  /// The value of the first field of a name, with its folded lines, trimmed.
  private static func value(of name: String, in header: ArraySlice<UInt8>) -> [UInt8]? {
    var found: [UInt8]?
    for line in header.split(separator: 0x0A) {
      if let first = line.first, first == 0x20 || first == 0x09 {
        if found != nil { found! += [0x20] + line.drop { $0 == 0x20 || $0 == 0x09 }.filter { $0 != 0x0D } }
        continue
      }
      if found != nil { break }
      guard let colon = line.firstIndex(of: 0x3A) else { continue }
      let field = line[..<colon].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
      guard field.elementsEqual(name.utf8) || String(decoding: field, as: UTF8.self).trimmedEquals(name) else {
        continue
      }
      found = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.filter { $0 != 0x0D }
    }
    while let last = found?.last, last == 0x20 || last == 0x09 { found?.removeLast() }
    return found.map { Array($0.drop { $0 == 0x20 || $0 == 0x09 }) }
  }
}

extension String {
  /// `Message-ID :` is the field too (RFC 5322 section 4.5).
  fileprivate func trimmedEquals(_ name: String) -> Bool {
    String(reversed().drop { $0 == " " || $0 == "\t" }.reversed()) == name
  }
}
