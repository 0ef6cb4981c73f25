extension StringProtocol where UTF8View: BidirectionalCollection {
  /// Without spaces and tabs at both ends.
  public func trimmingSpaces() -> SubSequence {
    let isSpace = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
    guard let start = utf8.firstIndex(where: { !isSpace($0) }) else { return self[endIndex...] }
    let end = utf8.lastIndex { !isSpace($0) } ?? start
    return self[start..<utf8.index(after: end)]
  }
}
