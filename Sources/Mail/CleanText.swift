/// Makes text safe to stand in a header field (rule X1): in the result, no control character is left, and a space
/// stands only alone and between words.
enum CleanText {
  /// True for a text that can stand in a field as it is, as most can: printable ASCII, spaces alone and between words
  /// only, nothing that looks like an encoded word or is too long for a line, at most `limit` octets.
  static func isPlain(_ octets: UnsafeBufferPointer<UInt8>, limit: Int) -> Bool {
    guard octets.count <= limit else { return false }
    var previous = UInt8.space
    var wordStart = 0
    for index in octets.indices {
      let octet = octets[index]
      if octet == .space {
        if previous == .space || index - wordStart >= FieldLine.width { return false }
        wordStart = index + 1
      } else if octet < 0x21 || octet > 0x7E || (octet == UInt8(ascii: "?") && previous == .equals) {
        return false
      }
      previous = octet
    }
    return octets.isEmpty || (previous != .space && octets.count - wordStart < FieldLine.width)
  }

  /// The text as UTF-8, cut at a character to at most `limit` octets.
  static func octets(of text: String, limit: Int) -> [UInt8] {
    cut(spaced(text, limit: limit) { _ in true }, characters: .max, octets: limit)
  }

  /// The text of a display name: without bidirectional controls, and cut.
  static func displayName(_ text: String) -> [UInt8] {
    let limit = HeaderWriter.maximumDisplayName
    return cut(
      // Some more than is kept, so that the cut sees whole characters.
      spaced(text, limit: limit.octets * 2) { !isBidirectionalControl($0) },
      characters: limit.characters, octets: limit.octets)
  }

  /// The text in ASCII, other octets as `?`, uncut.
  static func ascii(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case 0x21...0x7E: result.append(byte)
      case 0x80...: result.append(UInt8(ascii: "?"))
      default: if let last = result.last, last != .space { result.append(.space) }
      }
    }
    if result.last == .space { result.removeLast() }
    return result
  }

  /// The scalars that pass, with rows of controls and white space as one space; stops soon after `limit` octets.
  private static func spaced(_ text: String, limit: Int, passes: (Unicode.Scalar) -> Bool) -> String.UnicodeScalarView {
    var result = String.UnicodeScalarView()
    var octets = 0
    var pending = false
    for scalar in text.unicodeScalars {
      if isSpaceOrControl(scalar) {
        pending = octets > 0
        continue
      }
      guard passes(scalar) else { continue }
      if pending { result.append(" ") }
      result.append(scalar)
      octets += UTF8.width(scalar) + (pending ? 1 : 0)
      pending = false
      if octets > limit { break }
    }
    return result
  }

  /// Whole characters up to both limits; if not even the first fits, its first scalars.
  private static func cut(_ scalars: String.UnicodeScalarView, characters: Int, octets: Int) -> [UInt8] {
    let text = String(scalars)
    var result: [UInt8] = []
    if text.utf8.count <= min(octets, characters) { return Array(text.utf8) }
    for (index, character) in text.enumerated() {
      guard index < characters, result.count + character.utf8.count <= octets else { break }
      result.append(contentsOf: character.utf8)
    }
    if result.isEmpty {
      for scalar in scalars {
        guard result.count + UTF8.width(scalar) <= octets else { break }
        result.append(contentsOf: UTF8.encode(scalar)!)
      }
    }
    while result.last == .space { result.removeLast() }
    return result
  }

  /// What becomes a space: C0 and C1 controls, DEL, and the two line ends that only Unicode has.
  private static func isSpaceOrControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x20, 0x7F...0x9F, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Marks, embeddings, overrides and isolates (Unicode Standard Annex 9, section 2).
  private static func isBidirectionalControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
