/// A folder's name as IMAP wants it: UTF-16 in a base64 of its own (RFC 3501 section 5.1.3), quoted.
enum FolderName {
  /// `"Entw&APw-rfe"`; the caller vouches that there is no control character in it.
  static func quoted(_ name: String) -> String {
    let escaped = encoded(name).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }

  static func encoded(_ name: String) -> String {
    var result = ""
    var pending: [UInt8] = []
    func flush() {
      if !pending.isEmpty { result += "&\(base64(pending))-" }
      pending = []
    }
    for unit in name.utf16 {
      if (0x20...0x7E).contains(unit) {
        flush()
        result += unit == 0x26 ? "&-" : String(UnicodeScalar(UInt8(unit)))
      } else {
        pending += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
      }
    }
    flush()
    return result
  }

  /// Without padding, and with a comma for the slash.
  private static func base64(_ octets: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)
    var result: [UInt8] = []
    var (bits, count): (UInt32, Int) = (0, 0)
    for octet in octets {
      bits = bits << 8 | UInt32(octet)
      count += 8
      while count >= 6 {
        count -= 6
        result.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { result.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: result, as: UTF8.self)
  }
}
