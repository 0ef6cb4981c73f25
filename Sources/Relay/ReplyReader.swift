import Mail

/// Puts replies together from bytes as they come, cut anywhere (RFC 5321 section 4.2.1).
///
/// Accepts a bare LF as line end and a code without text, and replies of any length: the first ``kept`` octets of their
/// text stay, the rest is read and let go, so that a server that never ends a reply cannot fill the memory. Anything
/// else that is no reply is ``Malformed``; after it nothing can be trusted, and the connection has to go.
struct ReplyReader {
  /// Why the bytes are no reply.
  struct Malformed: Error, Hashable {
    let reason: String
  }

  /// Octets of a reply's text that are kept, over all its lines; each line costs ``lineCost`` besides.
  static let kept = 4_096
  /// What a line costs of ``kept`` even if it is empty, so that there is an end to them too.
  static let lineCost = 4

  /// Of the line that is not whole yet: code, separator, and of the text what is kept.
  private var line: [UInt8] = []
  /// The line had more than is kept of it.
  private var isCut = false
  /// Of the reply that is not whole yet.
  private var lines: [String] = []
  /// What is left of ``kept`` for the lines to come.
  private var room = kept
  /// Of the reply's first line; the others must have the same. nil before it.
  private var code: Int?
  /// Once broken it stays so: what follows cannot be told from the rest of what was wrong.
  private var broken: Malformed?

  /// A reply has begun and is not whole.
  var isMidReply: Bool { broken == nil && (code != nil || !line.isEmpty) }

  /// Takes in octets as they come and calls `took` for each reply that they make whole. After a malformed one the rest
  /// is thrown away.
  mutating func read(_ bytes: some Sequence<UInt8>, took: (Reply) -> Void) throws(Malformed) {
    if let broken { throw broken }
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        if line.count < 4 + room + 1 { line.append(byte) } else { isCut = true }
        continue
      }
      do {
        if let reply = try endLine() { took(reply) }
      } catch {
        broken = error
        line = []
        throw error
      }
    }
  }

  /// - Returns: the reply, if this was its last line.
  private mutating func endLine() throws(Malformed) -> Reply? {
    defer {
      line.removeAll(keepingCapacity: true)
      isCut = false
    }
    if !isCut, line.last == UInt8(ascii: "\r") { line.removeLast() }
    let isLast = try checkLine()
    if room > 0 || lines.isEmpty {
      let text = line.dropFirst(4).prefix(room)
      lines.append(Reply.text(of: Self.wholeCharacters(text, isCut: isCut || text.count < line.count - 4)))
      room = max(0, room - text.count - Self.lineCost)
    }
    guard isLast, let code else { return nil }
    defer { (lines, room, self.code) = ([], Self.kept, nil) }
    return Reply(code: code, lines: lines)
  }

  /// Looks at code and separator. A code alone is a last line.
  private mutating func checkLine() throws(Malformed) -> Bool {
    let separator = line.count > 3 ? line[3] : UInt8(ascii: " ")
    guard line.count >= 3, let code = Self.code(line.prefix(3)),
      [UInt8(ascii: " "), UInt8(ascii: "-")].contains(separator)
    else { throw Malformed(reason: "its answer is no SMTP reply: “\(Reply.text(of: line.prefix(60)))”") }
    if let first = self.code, code != first {
      throw Malformed(reason: "the lines of its reply have different codes, \(first) and \(code)")
    }
    self.code = code
    return separator == UInt8(ascii: " ")
  }

  /// Without the part of a UTF-8 character at which a text was cut.
  private static func wholeCharacters(_ text: ArraySlice<UInt8>, isCut: Bool) -> ArraySlice<UInt8> {
    guard isCut, let start = text.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }), text[start] >= 0xC0 else {
      return text
    }
    let length = text[start] >= 0xF0 ? 4 : text[start] >= 0xE0 ? 3 : 2
    return text.endIndex - start < length ? text[..<start] : text
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
}
