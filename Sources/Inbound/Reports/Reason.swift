/// The words that say why: lines of a report, lower-cased.
struct Reason {
  let lines: [String]

  init(_ lines: some Sequence<ReportText.Line>) { self.lines = lines.map(\.lower) }
  init(_ text: String) { lines = [text.lowercased()] }

  /// The first enhanced status code (RFC 3463), else one made of the first reply code of class 4 or 5 (RFC 5321).
  var status: String? {
    for line in lines { if let found = Self.enhanced(in: line) { return found } }
    for line in lines { if let found = Self.basic(in: line) { return found } }
    return nil
  }

  /// Whether the words say that it is still being tried.
  var saysDelayed: Bool {
    lines.contains { $0.hasAny(Self.delayWords) }
  }

  static let delayWords = [
    "will keep trying", "will continue to be retried", "still being retried", "will be retried", "message delayed",
    "delivery delayed", "has been delayed", "not yet been delivered", "not yet delivered", "warning message only",
    "this is a warning only", "will continue trying", "you do not need to resend", "do not need to resend",
    "still trying to deliver", "delivery attempts will continue", "will be made to deliver",
  ]

  /// `5.1.1` and the like, standing alone: neither within an IP address nor a version.
  static func enhanced(in line: String) -> String? {
    let octets = Array(line.utf8)
    var index = 0
    while index + 4 < octets.count {
      defer { index += 1 }
      guard octets[index] == 0x34 || octets[index] == 0x35 || octets[index] == 0x32, octets[index + 1] == 0x2E,
        index == 0 || !(octets[index - 1].isDigit || octets[index - 1] == 0x2E)
      else { continue }
      var end = index + 2
      let subject = octets[end...].prefix { $0.isDigit }.count
      guard (1...3).contains(subject), end + subject + 1 < octets.count, octets[end + subject] == 0x2E else { continue }
      end += subject + 1
      let detail = octets[end...].prefix { $0.isDigit }.count
      guard (1...3).contains(detail) else { continue }
      end += detail
      let follows = end < octets.count ? octets[end] : 0x20
      let after = end + 1 < octets.count ? octets[end + 1] : 0x20
      guard !(follows == 0x2E && after.isDigit), !(0x61...0x7A).contains(follows) else { continue }
      return String(decoding: octets[index..<end], as: UTF8.self)
    }
    return nil
  }

  /// A reply code `4yz` or `5yz` that stands alone, as a class: `5.0.0`.
  private static func basic(in line: String) -> String? {
    let octets = Array(line.utf8)
    for index in octets.indices where octets[index] == 0x34 || octets[index] == 0x35 {
      guard index + 2 < octets.count, (0x30...0x35).contains(octets[index + 1]), octets[index + 2].isDigit,
        index == 0 || [0x20, 0x23, 0x28, 0x3A, 0x3D, 0x09].contains(octets[index - 1]) || octets[index - 1] > 0x7F,
        index + 3 == octets.count || [0x20, 0x2D, 0x29, 0x3A, 0x2C, 0x09].contains(octets[index + 3])
      else { continue }
      return octets[index] == 0x35 ? "5.0.0" : "4.0.0"
    }
    return nil
  }
}
