/// The dialogue with a server: an address in a refused `RCPT TO`, or in a reply of class 4 or 5 (RFC 5321).
enum TranscriptReport: ReportForm {
  static func read(_ text: ReportText) -> [RecipientReport] {
    var found: [RecipientReport] = []
    for index in text.lines.indices {
      let line = text.lines[index]
      let isCommand = line.lower.has("rcpt to:")
      let reason = isCommand ? Reason(text.lines[index...].prefix(4)) : Reason([line])
      guard let status = reason.status, !status.hasPrefix("2") else { continue }
      for address in line.addresses.prefix(1) {
        found.append(RecipientReport(address, reason))
      }
    }
    return found
  }
}
