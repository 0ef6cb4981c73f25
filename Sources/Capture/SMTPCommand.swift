/// One line of a client, read: verb, argument, and the paths and parameters of MAIL and RCPT (RFC 5321 section 4.1.1).
struct SMTPCommand {
  /// What the client wants; `known` are commands of SMTP that nobody offered.
  enum Verb {
    case ehlo, helo, mail, rcpt, data, rset, noop, quit, vrfy, help, auth, known, unknown
  }

  let verb: Verb
  /// What stands behind the verb and one space.
  let argument: ArraySlice<UInt8>

  /// - Parameter line: without its line end.
  init(_ line: [UInt8]) {
    let end = line.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
    verb = Self.verb(line[..<end])
    argument = line[min(end + 1, line.endIndex)...]
  }

  /// By the four letters in lower case, as one number: a run of a million mails asks often.
  private static func verb(_ word: ArraySlice<UInt8>) -> Verb {
    guard word.count == 4 else {
      return word.count == 8 && String(decoding: word, as: UTF8.self).uppercased() == "STARTTLS" ? .known : .unknown
    }
    var code: UInt32 = 0
    for byte in word { code = code << 8 | UInt32(byte | 0x20) }
    return switch code {
    case 0x6568_6C6F: .ehlo
    case 0x6865_6C6F: .helo
    case 0x6D61_696C: .mail
    case 0x7263_7074: .rcpt
    case 0x6461_7461: .data
    case 0x7273_6574: .rset
    case 0x6E6F_6F70: .noop
    case 0x7175_6974: .quit
    case 0x7672_6679: .vrfy
    case 0x6865_6C70: .help
    case 0x6175_7468: .auth
    case 0x6578_706E, 0x6264_6174, 0x7475_726E: .known  // EXPN, BDAT, TURN
    default: .unknown
    }
  }
}

/// The argument of MAIL or RCPT.
struct PathArgument {
  /// Without brackets; empty for `<>`.
  let path: String
  /// Behind the path, in their order, as they were sent.
  let parameters: [String]

  /// Why an argument was not understood: the answer to it.
  struct Wrong: Error { let reply: StaticString }

  /// - Parameter keyword: `FROM:` or `TO:`
  init(_ argument: ArraySlice<UInt8>, keyword: StaticString, utf8: Bool) throws(Wrong) {
    let count = keyword.utf8CodeUnitCount
    guard argument.count > count, Self.matches(argument.prefix(count), keyword) else {
      throw Wrong(reply: "501 5.5.4 Write MAIL FROM:<address> or RCPT TO:<address>")
    }
    let rest = argument.dropFirst(count)
    guard rest.first == UInt8(ascii: "<") else {
      throw Wrong(reply: "501 5.5.4 The address must stand in angle brackets, without a space before it")
    }
    guard let end = Self.closingBracket(rest) else { throw Wrong(reply: "501 5.5.4 The bracket is not closed") }
    let path = rest[(rest.startIndex + 1)..<end]
    try Self.check(path, utf8: utf8)
    self.path = String(decoding: path, as: UTF8.self)
    let tail = rest[(end + 1)...]
    guard tail.isEmpty || tail.first == UInt8(ascii: " ") else {
      throw Wrong(reply: "501 5.5.4 A space must stand before the parameters")
    }
    parameters = tail.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Without regard to case.
  private static func matches(_ bytes: ArraySlice<UInt8>, _ keyword: StaticString) -> Bool {
    zip(bytes, UnsafeBufferPointer(start: keyword.utf8Start, count: keyword.utf8CodeUnitCount)).allSatisfy {
      ($0 & 0xDF) == ($1 & 0xDF)
    }
  }

  /// The bracket that closes the path, brackets within a quoted local part set aside.
  private static func closingBracket(_ text: ArraySlice<UInt8>) -> Int? {
    var inQuotes = false
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "\""): inQuotes.toggle()
      case UInt8(ascii: "\\") where inQuotes: index += 1
      case UInt8(ascii: ">") where !inQuotes: return index
      default: break
      }
      index += 1
    }
    return nil
  }

  /// RFC 5321 sections 4.1.2 and 4.5.3.1; source routes are not taken.
  private static func check(_ path: ArraySlice<UInt8>, utf8: Bool) throws(Wrong) {
    if path.isEmpty { return }
    guard path.count <= 254 else { throw Wrong(reply: "501 5.1.3 The path is longer than 254 octets") }
    if !path.allSatisfy({ $0 < 0x80 }) {
      guard utf8 else { throw Wrong(reply: "553 5.6.7 An address that is not ASCII needs SMTPUTF8") }
      guard String(validating: path, as: UTF8.self) != nil else {
        throw Wrong(reply: "501 5.1.3 The path is not UTF-8")
      }
    }
    guard let at = path.lastIndex(of: UInt8(ascii: "@")) else {
      if String(decoding: path, as: UTF8.self).lowercased() == "postmaster" { return }
      throw Wrong(reply: "501 5.1.3 The address has no @")
    }
    let local = path[..<at]
    let domain = path[(at + 1)...]
    guard !local.isEmpty, local.count <= 64 else { throw Wrong(reply: "501 5.1.3 The local part has 1 to 64 octets") }
    guard !domain.isEmpty, !domain.contains(where: { " <>()\\,;\"".utf8.contains($0) }) else {
      throw Wrong(reply: "501 5.1.3 The domain is none")
    }
    if local.first == UInt8(ascii: "\""), local.last == UInt8(ascii: "\""), local.count > 1 { return }
    guard !local.contains(where: { " <>()[]\\,;:\"@".utf8.contains($0) }) else {
      throw Wrong(reply: "501 5.1.3 The local part has a character that must be quoted")
    }
  }
}
