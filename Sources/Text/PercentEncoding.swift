extension String {
  /// The text with each octet that must not stand for itself as `%` and two hexadecimal digits (RFC 3986 section 2.1).
  /// - Parameter keeps: the octets that stay. Whether a `%` is a sign or opens a code is for the caller to know.
  public func percentEncoded(keeping keeps: (UInt8) -> Bool) -> String {
    if utf8.allSatisfy(keeps) { return self }
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(utf8.count * 2)
    for octet in utf8 {
      if keeps(octet) {
        result.append(octet)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
