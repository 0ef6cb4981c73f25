import Mail

/// What the relay's EHLO reply offers (RFC 5321 section 4.1.1.1).
struct Capabilities: Hashable, Sendable {
  var pipelining = false
  var smtpUTF8 = false
  var eightBitMIME = false
  /// SIZE is offered, so MAIL may carry it.
  var size = false
  /// The largest message in octets; nil if the relay names none (RFC 1870 section 4: none, or 0).
  var sizeLimit: Int?
  var auth = false

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
