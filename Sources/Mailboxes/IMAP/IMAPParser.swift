import Time

/// Reads one response (RFC 3501 section 9). What has a form that a mailbox is not read with is passed over; what has
/// none is a fault.
struct IMAPParser {
  static let statusWords: Set = ["OK", "NO", "BAD", "BYE", "PREAUTH"]

  private let text: [UInt8]
  private let literals: [(place: Int, octets: [UInt8])]
  private var position = 0
  private var nextLiteral = 0

  /// - Parameter literals: where in the text each of them stands, in order.
  init(text: [UInt8], literals: [(place: Int, octets: [UInt8])]) { (self.text, self.literals) = (text, literals) }

  mutating func response() throws(IMAPFault) -> IMAPResponse {
    let tag = word()
    if tag == "+" { return .other("+") }
    guard !tag.isEmpty else { throw fault() }
    let first = word()
    if Self.statusWords.contains(first.uppercased()) { return status(tag: tag == "*" ? nil : tag, first.uppercased()) }
    guard tag == "*", !first.isEmpty else { throw fault() }
    if let number = Self.number(first) {
      switch word().uppercased() {
      case "EXISTS": return .exists(number)
      case "EXPUNGE": return .expunge(number)
      case "FETCH": return .fetch(try fetch(number))
      case let kind: return .other(kind)
      }
    }
    switch first.uppercased() {
    case "CAPABILITY":
      let rest = String(decoding: text[position...], as: UTF8.self).uppercased()
      return .capability(Set(rest.split(separator: " ").map(String.init)))
    case "SEARCH":
      var numbers: [UInt32] = []
      while case let next = word(), !next.isEmpty {
        // What RFC 7162 section 3.1.5 puts behind them.
        if next.hasPrefix("(") { break }
        guard let number = Self.number(next) else { throw fault() }
        numbers.append(number)
      }
      return .search(numbers)
    case let kind: return .other(kind)
    }
  }

  private mutating func status(tag: String?, _ word: String) -> IMAPResponse {
    skipSpaces()
    var code = ""
    if peek == UInt8(ascii: "["), let end = text[position...].firstIndex(of: UInt8(ascii: "]")) {
      code = String(decoding: text[(position + 1)..<end], as: UTF8.self)
      position = end + 1
      skipSpaces()
    }
    return .status(tag: tag, word: word, code: code, text: String(decoding: text[position...], as: UTF8.self))
  }

  // MARK: FETCH

  private mutating func fetch(_ sequence: UInt32) throws(IMAPFault) -> IMAPFetch {
    var fetch = IMAPFetch(sequence: sequence)
    skipSpaces()
    try expect("(")
    while true {
      skipSpaces()
      if peek == UInt8(ascii: ")") { break }
      let key = itemName().uppercased()
      guard !key.isEmpty else { throw fault() }
      let value = try value(depth: 0)
      switch key {
      case "UID":
        guard case .atom(let text) = value, let number = Self.number(text), number > 0 else { throw fault() }
        fetch.uid = number
      case "RFC822.SIZE":
        guard case .atom(let text) = value, text.utf8.count <= 18, let size = Int(text), size >= 0 else {
          throw fault()
        }
        fetch.size = size
      case "INTERNALDATE":
        if case .string(let octets) = value {
          fetch.arrived = Timestamp(internalDate: String(decoding: octets, as: UTF8.self))
        }
      case "FLAGS":
        guard case .list(let words) = value else { throw fault() }
        fetch.flags = Set(words.map { $0.uppercased() })
      case let key where key.hasPrefix("BODY["):
        let section = String(key.dropFirst("BODY[".count).prefix { $0 != "]" })
        switch value {
        case .string(let octets): fetch.bodies[section] = .some(octets)
        case .atom(let text) where text.uppercased() == "NIL": fetch.bodies[section] = .some(nil)
        default: throw fault()
        }
      default: break
      }
    }
    return fetch
  }

  /// `BODY[HEADER]<0>`: brackets may hold spaces and parentheses.
  private mutating func itemName() -> String {
    let start = position
    var isInBrackets = false
    while let octet = peek, !isAtLiteral {
      if octet == UInt8(ascii: "[") { isInBrackets = true }
      if octet == UInt8(ascii: "]") { isInBrackets = false }
      if !isInBrackets, octet == 0x20 || octet == UInt8(ascii: "(") || octet == UInt8(ascii: ")") { break }
      position += 1
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private enum Value {
    case atom(String)
    case string([UInt8])
    /// The words of a list; what is nested in it is passed over.
    case list([String])
  }

  private mutating func value(depth: Int) throws(IMAPFault) -> Value {
    skipSpaces()
    if isAtLiteral {
      defer { nextLiteral += 1 }
      return .string(literals[nextLiteral].octets)
    }
    switch peek {
    case UInt8(ascii: "\""): return .string(try quoted())
    case UInt8(ascii: "("):
      guard depth < 20 else { throw fault() }
      position += 1
      var words: [String] = []
      while true {
        skipSpaces()
        if !isAtLiteral, peek == UInt8(ascii: ")") { break }
        if case .atom(let word) = try value(depth: depth + 1) { words.append(word) }
      }
      position += 1
      return .list(words)
    case nil: throw fault()
    default:
      let atom = atom()
      guard !atom.isEmpty else { throw fault() }
      return .atom(atom)
    }
  }

  private mutating func quoted() throws(IMAPFault) -> [UInt8] {
    position += 1
    var octets: [UInt8] = []
    while var octet = peek {
      position += 1
      if octet == UInt8(ascii: "\"") { return octets }
      if octet == UInt8(ascii: "\\") {
        guard let next = peek else { break }
        octet = next
        position += 1
      }
      octets.append(octet)
    }
    throw fault()
  }

  // MARK: Words

  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private var isAtLiteral: Bool { nextLiteral < literals.count && literals[nextLiteral].place == position }

  private mutating func skipSpaces() {
    while !isAtLiteral, peek == 0x20 { position += 1 }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(IMAPFault) {
    guard peek == UInt8(ascii: character) else { throw fault() }
    position += 1
  }

  /// Up to the next space or the end.
  private mutating func word() -> String {
    skipSpaces()
    let start = position
    while let octet = peek, octet != 0x20 { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// Up to what ends an atom in a list.
  private mutating func atom() -> String {
    let start = position
    while let octet = peek, !isAtLiteral, octet != 0x20, octet != UInt8(ascii: "("), octet != UInt8(ascii: ")") {
      position += 1
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// A number of 32 bits, of digits alone.
  private static func number(_ text: String) -> UInt32? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt32(text) : nil
  }

  private func fault() -> IMAPFault {
    IMAPFault(problem: "said what is no IMAP: \(String(decoding: text.prefix(200), as: UTF8.self))")
  }
}
