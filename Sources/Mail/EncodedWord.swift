/// RFC 2047 encoded words in UTF-8: `=?UTF-8?Q?r=C3=A9sum=C3=A9?=`.
enum EncodedWord {
  /// RFC 2047 section 2: an encoded word has at most 75 characters.
  private static let maximum = 75
  /// `=?UTF-8?Q?` and `?=`
  private static let overhead = 12
  /// Less room than this on a line is not worth an encoded word.
  private static let leastRoom = 16

  /// True if a word of clean text cannot stand as it is: it is not ASCII (and may not stay UTF-8), it could be taken
  /// for an encoded word, or it is too long for a line.
  static func isNeeded(for word: ArraySlice<UInt8>, utf8: Bool = false) -> Bool {
    var previous: UInt8 = 0
    for byte in word {
      if byte >= 0x80, !utf8 { return true }
      if byte == UInt8(ascii: "?"), previous == .equals { return true }
      previous = byte
    }
    return !utf8 && word.count > FieldLine.width - 1
  }

  /// Appends clean text, its spaces included, as a row of encoded words (the white space between those is no part of
  /// the text, section 6.2). No character is split, except one too long for an encoded word, which is split between
  /// its scalars.
  static func append(_ text: ArraySlice<UInt8>, to line: inout FieldLine, _ output: inout [UInt8]) {
    let encoding: Encoding = quotedLength(text) <= (text.count + 2) / 3 * 4 ? .q : .b
    let whole = encoding.length(encoding == .q ? quotedLength(text) : text.count)
    if whole <= min(line.room(in: output), maximum) - overhead {
      return line.append(encoded(text, encoding), to: &output)
    }
    var row = Row(encoding: encoding)
    for character in String(decoding: text, as: UTF8.self) {
      let octets = character.utf8
      if encoding.length(encoding.cost(of: octets)) <= maximum - overhead {
        row.add(octets, to: &line, &output)
      } else {
        for scalar in character.unicodeScalars { row.add(UTF8.encode(scalar)!, to: &line, &output) }
      }
    }
    row.flush(to: &line, &output)
  }

  /// A row of encoded words that is being written: the payload of the last one, which is not yet on its line.
  private struct Row {
    let encoding: Encoding
    private var word: [UInt8] = []
    /// What `word` costs.
    private var length = 0
    /// The characters that its payload may have; settled when its first piece comes, since that decides on the line.
    private var room = 0

    init(encoding: Encoding) { self.encoding = encoding }

    /// Adds what must not be split; begins a new encoded word where this one has no room for it.
    mutating func add(_ piece: some Collection<UInt8>, to line: inout FieldLine, _ output: inout [UInt8]) {
      let cost = encoding.cost(of: piece)
      if !word.isEmpty, encoding.length(length + cost) > room { flush(to: &line, &output) }
      if word.isEmpty {
        let left = line.room(in: output) - overhead
        room = left >= max(leastRoom, encoding.length(cost)) ? min(left, maximum - overhead) : maximum - overhead
      }
      word.append(contentsOf: piece)
      length += cost
    }

    mutating func flush(to line: inout FieldLine, _ output: inout [UInt8]) {
      guard !word.isEmpty else { return }
      line.append(encoded(word, encoding), to: &output)
      word.removeAll(keepingCapacity: true)
      length = 0
    }
  }

  private enum Encoding {
    case q, b

    /// What octets add to a payload: for Q their quoted length, for B their number.
    func cost(of octets: some Collection<UInt8>) -> Int { self == .q ? quotedLength(octets) : octets.count }

    /// The characters of a payload of that cost; three octets make four characters of base64, so B does not add up.
    func length(_ cost: Int) -> Int { self == .q ? cost : (cost + 2) / 3 * 4 }
  }

  /// One encoded word with its delimiters; the caller saw to it that it has at most 75 characters.
  private static func encoded(_ payload: some Collection<UInt8>, _ encoding: Encoding) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(maximum)
    switch encoding {
    case .b:
      result.append(contentsOf: "=?UTF-8?B?".utf8)
      TransferEncoding.base64Unbroken(payload, into: &result)
    case .q:
      result.append(contentsOf: "=?UTF-8?Q?".utf8)
      for byte in payload {
        if byte == .space {
          result.append(UInt8(ascii: "_"))
        } else if standsForItself(byte) {
          result.append(byte)
        } else {
          result.append(.equals)
          result.append((byte >> 4).hexDigit)
          result.append((byte & 15).hexDigit)
        }
      }
    }
    result.append(contentsOf: "?=".utf8)
    return result
  }

  /// The characters of octets in Q: a space is `_`, one character like what stands for itself.
  private static func quotedLength(_ octets: some Collection<UInt8>) -> Int {
    var length = 0
    for byte in octets { length += byte == .space || standsForItself(byte) ? 1 : 3 }
    return length
  }

  /// The octets that the Q encoding leaves as they are in a phrase (section 5, rule 3), the strictest place.
  private static func standsForItself(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || "!*+-/".utf8.contains(byte)
  }
}
