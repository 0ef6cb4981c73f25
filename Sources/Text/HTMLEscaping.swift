extension StringProtocol {
  /// Octet by octet: a Character may hide a `<` under a combining mark.
  public func appendHTMLEscaped(to output: inout String) {
    var start = utf8.startIndex
    for index in utf8.indices {
      let entity: String
      switch utf8[index] {
      case UInt8(ascii: "&"): entity = "&amp;"
      case UInt8(ascii: "<"): entity = "&lt;"
      case UInt8(ascii: ">"): entity = "&gt;"
      case UInt8(ascii: "\""): entity = "&quot;"
      case UInt8(ascii: "'"): entity = "&#39;"
      default: continue
      }
      output += self[start..<index]
      output += entity
      start = utf8.index(after: index)
    }
    output += self[start...]
  }

  /// Fit to stand in HTML, between tags and in quoted attributes.
  public var htmlEscaped: String {
    var result = ""
    appendHTMLEscaped(to: &result)
    return result
  }
}
