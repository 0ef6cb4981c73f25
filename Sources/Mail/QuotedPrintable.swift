extension TransferEncoding {
  /// Appends a text in quoted-printable (RFC 2045 section 6.7): lines of at most 76 characters, line ends as CRLF.
  ///
  /// White space at the end of a line, a dot that opens a line and the F of a `From ` that opens one are encoded, so
  /// that the text survives relays and mailboxes that change them. A UTF-8 sequence is never broken across two lines.
  /// A CR that is not part of a CRLF is encoded. The result ends in CRLF only if the text ends in a line end.
  public static func quotedPrintable(_ text: [UInt8], into output: inout [UInt8]) {
    text.withUnsafeBufferPointer { input in
      var encoder = QuotedPrintableEncoder(input: input)
      while !encoder.isDone {
        let left = min(input.count - encoder.position, 4096)
        output.append(addingCapacity: left + left / 16 + 256) { span in
          span.withUnsafeMutableBufferPointer { buffer, count in count = encoder.fill(buffer) }
        }
      }
    }
  }
}

/// The encoder's place in text and line; `fill` goes on where the last call stopped.
private struct QuotedPrintableEncoder {
  /// The text, which must outlive the encoder.
  let input: UnsafeBufferPointer<UInt8>
  /// The first octet that is not written yet.
  private(set) var position = 0
  /// Characters on the current line of output.
  private var column = 0

  init(input: UnsafeBufferPointer<UInt8>) { self.input = input }

  var isDone: Bool { position == input.count }

  /// True for octets that may stand for themselves (white space only where a line does not end after it).
  private static let plain: [Bool] = (0..<256).map { byte in
    (0x20...0x7E).contains(byte) && byte != 0x3D || byte == 0x09
  }
  /// The longest piece that one step writes: a soft break, or four octets of UTF-8.
  private static let longestStep = 12

  /// Writes until the input is used up or the buffer is nearly full; returns the number of octets written.
  mutating func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    Self.plain.withUnsafeBufferPointer { plain in
      var written = 0
      while position < input.count, written + Self.longestStep <= buffer.count {
        if column == 0, opensFragile(position) {
          encode(1, into: buffer, &written)
          continue
        }
        copyPlain(plain, into: buffer, &written)
        guard position < input.count, written + Self.longestStep <= buffer.count else { continue }
        step(plain, into: buffer, &written)
      }
      return written
    }
  }

  /// Copies the run of octets that stand for themselves, up to the 75th column.
  private mutating func copyPlain(
    _ plain: UnsafeBufferPointer<Bool>, into buffer: UnsafeMutableBufferPointer<UInt8>, _ written: inout Int
  ) {
    let room = min(75 - column, buffer.count - written, input.count - position)
    var length = 0
    while length < room, plain[Int(input[position + length])] {
      buffer[written + length] = input[position + length]
      length += 1
    }
    if length > 0, isWhite(input[position + length - 1]), lineEndLength(position + length) != nil { length -= 1 }
    position += length
    column += length
    written += length
  }

  /// Writes what `copyPlain` stopped at: a line end, a soft break, or an encoded octet or sequence.
  private mutating func step(
    _ plain: UnsafeBufferPointer<Bool>, into buffer: UnsafeMutableBufferPointer<UInt8>, _ written: inout Int
  ) {
    if let length = lineEndLength(position) {
      put(.carriageReturn, .lineFeed, into: buffer, &written)
      position += length
      column = 0
      return
    }
    let byte = input[position]
    let length = sequenceLength(position)
    let endsLine = lineEndLength(position + length) != nil
    let literal = plain[Int(byte)] && !(endsLine && isWhite(byte))
    if column + (literal ? 1 : 3 * length) > (endsLine ? 76 : 75) {
      buffer[written] = .equals
      written += 1
      put(.carriageReturn, .lineFeed, into: buffer, &written)
      column = 0
    } else if literal {
      buffer[written] = byte
      written += 1
      column += 1
      position += 1
    } else {
      encode(length, into: buffer, &written)
    }
  }

  /// Writes so many octets as `=` and two digits each. The caller has seen that the line has room.
  private mutating func encode(_ length: Int, into buffer: UnsafeMutableBufferPointer<UInt8>, _ written: inout Int) {
    for _ in 0..<length {
      let byte = input[position]
      buffer[written] = .equals
      buffer[written + 1] = (byte >> 4).hexDigit
      buffer[written + 2] = (byte & 15).hexDigit
      written += 3
      column += 3
      position += 1
    }
  }

  private func put(
    _ a: UInt8, _ b: UInt8, into buffer: UnsafeMutableBufferPointer<UInt8>, _ written: inout Int
  ) {
    buffer[written] = a
    buffer[written + 1] = b
    written += 2
  }

  /// The octets of the line end at an index (0 at the end of the text); nil if no line ends there.
  private func lineEndLength(_ index: Int) -> Int? {
    if index == input.count { return 0 }
    if input[index] == .lineFeed { return 1 }
    if input[index] == .carriageReturn, index + 1 < input.count, input[index + 1] == .lineFeed { return 2 }
    return nil
  }

  /// A dot, or `From `, that something on the way may change at the start of a line.
  private func opensFragile(_ index: Int) -> Bool { input[index] == .dot || input.hasFrom(at: index) }

  /// What a relay may strip from the end of a line (RFC 2045 section 6.7, rule 3).
  private func isWhite(_ byte: UInt8) -> Bool { byte == .space || byte == .tab }

  /// The octets of the UTF-8 sequence at an index; 1 if there is no whole one.
  private func sequenceLength(_ index: Int) -> Int {
    let length =
      switch input[index] {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    guard index + length <= input.count else { return 1 }
    for offset in 1..<max(length, 1) where input[index + offset] & 0xC0 != 0x80 { return 1 }
    return length
  }
}
