extension StringProtocol where UTF8View: BidirectionalCollection {
  /// Without spaces and tabs at both ends; other white space, such as French's hard spaces, is text and stays.
  public func trimmingSpaces() -> SubSequence {
    let isSpace = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
    guard let start = utf8.firstIndex(where: { !isSpace($0) }) else { return self[endIndex...] }
    let end = utf8.lastIndex { !isSpace($0) } ?? start
    return self[start..<utf8.index(after: end)]
  }
}

extension StringProtocol {
  /// Without white space of any kind at both ends, line ends among it: for what an admin or a library wrote.
  public var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}
