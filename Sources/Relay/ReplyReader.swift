import Mail

/// Puts replies together from bytes as they come, cut anywhere (RFC 5321 section 4.2.1).
///
/// Accepts a bare LF as line end and a code without text. Anything else that is no reply is ``Malformed``; after it
/// nothing can be trusted, and the connection has to go.
struct ReplyReader {
  /// Why the bytes are no reply.
  struct Malformed: Error, Hashable {
    let reason: String
  }

  /// Octets of a line, line end included; RFC 5321 section 4.5.3.1.5 allows 512.
  static let longestLine = 4_096
  /// Lines of one reply.
  static let mostLines = 100

  /// Octets from `start` on have not been read.
  private var buffer: [UInt8] = []
  private var start = 0
  /// Of the reply that is not whole yet.
  private var lines: [String] = []
  /// Of the first of those lines; the others must have the same.
  private var code = 0
  /// Once broken it stays so: what follows cannot be told from the rest of what was wrong.
  private var broken: Malformed?

  /// Takes in octets as they come; after a malformed reply they are thrown away.
  mutating func append(_ bytes: some Sequence<UInt8>) {
    guard broken == nil else { return }
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole reply; nil until more bytes come.
  mutating func next() throws(Malformed) -> Reply? {
    if let broken { throw broken }
    do {
      while let line = try nextLine() {
        if let reply = try take(line) { return reply }
      }
      return nil
    } catch {
      broken = error
      buffer = []
      throw error
    }
  }

  /// The next line without its line end, as a range of `buffer`; nil until it is whole.
  private mutating func nextLine() throws(Malformed) -> Range<Int>? {
    guard let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      if buffer.count - start >= Self.longestLine { throw tooLong }
      compact()
      return nil
    }
    defer { start = end + 1 }
    guard end - start < Self.longestLine else { throw tooLong }
    return start..<(end > start && buffer[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
  }

  private var tooLong: Malformed { Malformed(reason: "a line of its reply is longer than \(Self.longestLine) octets") }

  /// Drops what was read, so that a server that never ends a reply cannot make us keep everything.
  private mutating func compact() {
    guard start > 0 else { return }
    buffer.removeSubrange(..<start)
    start = 0
  }

  /// - Returns: the reply, if this was its last line.
  private mutating func take(_ line: Range<Int>) throws(Malformed) -> Reply? {
    let bytes = buffer[line]
    guard bytes.count >= 3, let code = Self.code(bytes.prefix(3)) else {
      throw Malformed(reason: "its answer is no SMTP reply: “\(Self.text(bytes.prefix(60)))”")
    }
    let separator = bytes.count > 3 ? bytes[bytes.startIndex + 3] : UInt8(ascii: " ")
    guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "-") else {
      throw Malformed(reason: "its answer is no SMTP reply: “\(Self.text(bytes.prefix(60)))”")
    }
    guard lines.isEmpty || code == self.code else {
      throw Malformed(reason: "the lines of its reply have different codes, \(self.code) and \(code)")
    }
    guard lines.count < Self.mostLines else {
      throw Malformed(reason: "its reply has more than \(Self.mostLines) lines")
    }
    self.code = code
    lines.append(Self.text(bytes.dropFirst(4)))
    guard separator == UInt8(ascii: " ") else { return nil }
    defer { lines = [] }
    return Reply(code: code, lines: lines)
  }

  /// 200...599
  private static func code(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for digit in digits {
      guard (48...57).contains(digit) else { return nil }
      value = value * 10 + Int(digit - 48)
    }
    return (200...599).contains(value) ? value : nil
  }

  /// Control characters become `?`, broken UTF-8 the replacement character: the text goes into logs and the ledger.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(decoding: bytes, as: UTF8.self) }
    var scalars = String.UnicodeScalarView()
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      let isControl = [.control, .format, .lineSeparator, .paragraphSeparator].contains(
        scalar.properties.generalCategory)
      scalars.append(isControl ? "?" : scalar)
    }
    return String(scalars)
  }
}
