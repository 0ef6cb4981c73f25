/// Puts the octets that a POP3 server sends together into answers (RFC 1939 section 3), in whatever pieces they come.
/// Everything is bounded: a status line, a line of a list, and of a message what is wanted of it (rule X3).
struct POP3Reader {
  /// Octets of a status line, or of a line of a list; RFC 2449 section 4 allows 512.
  static let lineLimit = 4_096

  /// What a server said is no POP3.
  struct Fault: Error, Equatable {
    /// For an admin, to stand behind "the server".
    let problem: String
  }

  /// What is being read.
  private enum State {
    case status
    /// Behind a line end within what has many lines.
    case lineStart
    /// Behind a dot that opens a line.
    case dot
    /// Behind a dot and a CR.
    case dotReturn
    case line
    /// Nothing is due.
    case idle
  }

  private var state = State.idle
  private var status: [UInt8] = []
  private var hasLines = false

  /// The status line, once it is whole, without its end.
  private(set) var answer: String?
  /// The answer is through, all its lines included.
  var isThrough: Bool { answer != nil && state == .idle }
  /// It went well.
  var isOK: Bool { answer.map { $0.uppercased().hasPrefix("+OK") } ?? false }

  /// A command was sent.
  /// - Parameter hasLines: where it goes well, lines follow up to one with a dot alone.
  mutating func begin(hasLines: Bool) {
    (state, status, answer) = (.status, [], nil)
    self.hasLines = hasLines
  }

  /// Takes what has come.
  /// - Parameter take: called with pieces of what follows the status line, dots undone, line ends as they came.
  mutating func read(_ octets: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    var index = 0
    // Where what is content and not yet given begins.
    var start = 0
    func give(until end: Int) throws {
      if end > start { try take(UnsafeRawBufferPointer(rebasing: octets[start..<end])) }
    }
    while index < octets.count {
      let octet = octets[index]
      switch state {
      case .idle: throw Fault(problem: "said something unasked")
      case .status:
        index += 1
        start = index
        if octet == UInt8(ascii: "\n") {
          try endStatus()
        } else {
          guard status.count < Self.lineLimit else { throw Fault(problem: "sent a line without an end") }
          status.append(octet)
        }
      case .lineStart where octet == UInt8(ascii: "."):
        try give(until: index)
        index += 1
        start = index
        state = .dot
      case .dot where octet == UInt8(ascii: "\r"):
        index += 1
        start = index
        state = .dotReturn
      case .dot where octet == UInt8(ascii: "\n"), .dotReturn where octet == UInt8(ascii: "\n"):
        index += 1
        start = index
        state = .idle
      case .dotReturn:
        // A line that is a dot, a CR and more: the CR is content.
        try withUnsafeBytes(of: UInt8(ascii: "\r")) { try take($0) }
        state = .line
      case .lineStart, .dot, .line:
        // The end of the line, many octets at a time.
        let end = octets[index...].firstIndex(of: UInt8(ascii: "\n"))
        state = end == nil ? .line : .lineStart
        index = end.map { $0 + 1 } ?? octets.count
      }
    }
    if state != .status, state != .idle { try give(until: index) }
  }

  private mutating func endStatus() throws {
    if status.last == UInt8(ascii: "\r") { status.removeLast() }
    let text = String(decoding: status, as: UTF8.self)
    let word = text.prefix { $0 != " " }.uppercased()
    guard word == "+OK" || word == "-ERR" else {
      throw Fault(problem: "said what is no POP3: \(text.prefix(200))")
    }
    answer = text
    state = hasLines && word == "+OK" ? .lineStart : .idle
  }
}
