/// A server's answer to a command (RFC 5321 section 4.2), kept whole.
public struct Reply: Hashable, Sendable, CustomStringConvertible {
  /// 200...599
  public let code: Int
  /// The text of each line after code and separator, as received, control characters replaced.
  public let lines: [String]

  /// The caller vouches for code and lines; what comes from the network is checked where it is read.
  public init(code: Int, lines: [String]) {
    self.code = code
    self.lines = lines
  }

  /// RFC 3463's code if the first line opens with one of the reply's own class.
  public var enhanced: EnhancedStatusCode? {
    guard let first = lines.first, let code = EnhancedStatusCode(prefixOf: first), code.class == self.code / 100
    else { return nil }
    return code
  }

  /// The answer as a log or a person reads it: `550 5.1.1 No such user`, lines joined by ` / `.
  public var description: String { "\(code) \(lines.joined(separator: " / "))" }
}

/// An enhanced status code (RFC 3463 section 2): `5.1.1`.
public struct EnhancedStatusCode: Hashable, Sendable, CustomStringConvertible {
  /// 2, 4 or 5
  public let `class`: Int
  /// 0...999
  public let subject: Int
  /// 0...999
  public let detail: Int

  /// The caller vouches for the ranges.
  public init(_ class: Int, _ subject: Int, _ detail: Int) {
    self.class = `class`
    self.subject = subject
    self.detail = detail
  }

  /// Reads the code that opens a text: `5.1.1 No such user`.
  public init?(prefixOf text: String) {
    let word = text.prefix { !$0.isWhitespace }
    let parts = word.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3,
      parts.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let first = Int(parts[0]), [2, 4, 5].contains(first), let second = Int(parts[1]), let third = Int(parts[2])
    else { return nil }
    self.init(first, second, third)
  }

  /// As RFC 3463 writes it, without zeros before its numbers.
  public var description: String { "\(`class`).\(subject).\(detail)" }
}
