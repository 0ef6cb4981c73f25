import Mail

/// What the relay's EHLO reply offers (RFC 5321 section 4.1.1.1).
struct Capabilities: Hashable, Sendable {
  /// RFC 2920: commands may be sent before the replies to those before them have come.
  var pipelining = false
  /// RFC 6531: addresses and header fields may be UTF-8.
  var smtpUTF8 = false
  /// RFC 6152: bodies may have octets above 127.
  var eightBitMIME = false
  /// SIZE is offered, so MAIL may carry it.
  var size = false
  /// The largest message in octets; nil if the relay names none (RFC 1870 section 4: none, or 0).
  var sizeLimit: Int?
  /// RFC 3207: the connection can be turned into TLS.
  var startTLS = false
  /// RFC 4954; which mechanisms, libcurl knows.
  var auth = false

  /// A relay that offers nothing: what HELO would give.
  init() {}

  /// Reads the lines after the first, which names the host. Keywords are case-insensitive; the unknown is skipped.
  init(ehlo reply: Reply) {
    for line in reply.lines.dropFirst() {
      let words = line.split(separator: " ", maxSplits: 1)
      guard let keyword = words.first else { continue }
      switch keyword.uppercased() {
      case "PIPELINING": pipelining = true
      case "SMTPUTF8": smtpUTF8 = true
      case "8BITMIME": eightBitMIME = true
      case "STARTTLS": startTLS = true
      case "AUTH": auth = true
      case "SIZE":
        size = true
        let limit = words.count > 1 ? Int(words[1].prefix { $0 != " " }) : nil
        sizeLimit = limit.flatMap { $0 > 0 ? $0 : nil }
      default: break
      }
    }
  }
}
