/// Puts the octets that an IMAP server sends together into responses, in whatever pieces they come.
///
/// A literal (RFC 3501 section 4.3) is taken by its count alone: whatever stands in a message, it is never looked at as
/// a response. Everything is bounded: a response's own text, and its literals by what the command allows; a literal
/// that is larger is refused before any of it is kept (rule X3).
struct IMAPReader {
  /// Octets of a response without its literals. An answer to SEARCH is the longest that there is.
  static let textLimit = 262_144

  /// Octets that all literals of one response may have together; set with each command.
  var literalLimit = 8_192

  /// The response so far, without line ends and without the literals.
  private var text: [UInt8] = []
  /// Where in `text` each literal stands, and its octets.
  private var literals: [(place: Int, octets: [UInt8])] = []
  private var literalOctets = 0
  /// What is missing of the last literal; nil: a line is being read.
  private var missing: Int?

  /// Takes what has come.
  /// - Parameter take: called with each response that is whole.
  /// - Throws: `IMAPFault`; whatever comes behind one means nothing.
  mutating func read(_ octets: UnsafeRawBufferPointer, _ take: (IMAPResponse) throws -> Void) throws {
    var rest = octets[...]
    while !rest.isEmpty {
      if let count = missing {
        let piece = rest.prefix(count)
        literals[literals.count - 1].octets.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
        rest = rest.dropFirst(piece.count)
        missing = piece.count == count ? nil : count - piece.count
        continue
      }
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      let piece = rest[..<(end ?? rest.endIndex)]
      guard text.count + piece.count <= Self.textLimit else {
        throw IMAPFault(problem: "sent a line without an end")
      }
      text.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
      guard let end else { return }
      rest = rest[(end + 1)...]
      if text.last == UInt8(ascii: "\r") { text.removeLast() }
      if try beginLiteral() { continue }
      defer { (text, literals, literalOctets) = ([], [], 0) }
      var parser = IMAPParser(text: text, literals: literals)
      try take(parser.response())
    }
  }

  /// `{42}` at the end of a line, which is no one's words (RFC 3501 section 4.3; `~{42}` of RFC 3516 too).
  private mutating func beginLiteral() throws -> Bool {
    guard text.last == UInt8(ascii: "}"), !isStatus, let open = text.lastIndex(of: UInt8(ascii: "{")),
      open >= (literals.last?.place ?? 0)
    else { return false }
    let digits = text[(open + 1)...].dropLast()
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    guard digits.count <= 12, let count = Int(String(decoding: digits, as: UTF8.self)),
      literalOctets + count <= literalLimit
    else {
      throw IMAPFault(
        problem:
          "announced \(String(decoding: digits.prefix(20), as: UTF8.self)) octets where \(literalLimit) were the "
          + "most that it was asked for")
    }
    text.removeSubrange(open...)
    literals.append((text.count, []))
    literals[literals.count - 1].octets.reserveCapacity(count)
    literalOctets += count
    missing = count == 0 ? nil : count
    return true
  }

  /// Its words may end as they like: no literal stands in a status response, nor in a continuation request.
  private var isStatus: Bool {
    var words = text.prefix(200).split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: true)[...]
    guard let first = words.popFirst() else { return false }
    if first.elementsEqual("+".utf8) { return true }
    let word = words.first.map { String(decoding: $0, as: UTF8.self).uppercased() }
    return word.map { IMAPParser.statusWords.contains($0) } ?? false
  }
}
