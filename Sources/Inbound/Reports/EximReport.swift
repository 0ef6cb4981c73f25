import Mail

/// Exim's: addresses that are indented by two, their reasons below, indented by more. Mail.ru and others write the
/// same.
enum EximReport: ReportForm {
  static let isPrecise = true

  static func read(_ text: ReportText) -> [RecipientReport] {
    guard let intro = text.lines.firstIndex(where: { $0.lower.hasAny(introductions) }) else { return [] }
    let isDelay = text.lines[...intro].contains { $0.lower.hasAny(delays) }
    var found: [RecipientReport] = []
    var current: (address: Address, reason: [ReportText.Line])?
    func close() {
      guard let current else { return }
      found.append(RecipientReport(current.address, Reason(current.reason), action: isDelay ? .delayed : .failed))
    }
    for line in text.lines[(intro + 1)...] where !line.isBlank {
      // What stands at the margin again is the end, or the reason of a program that does not indent it.
      if line.indent == 0, current != nil, !line.lower.hasAny(["smtp", "error", "host ", "550", "unrout"]) { break }
      let addresses = line.addresses
      let bare = line.text.trimmedOfWhitespace
      if line.indent > 0, line.indent < 4, let address = addresses.first, !bare.hasPrefix("("),
        bare.split(separator: " ").count <= 2
      {
        close()
        current = (address, [])
      } else {
        current?.reason.append(line)
      }
    }
    close()
    return found
  }

  private static let introductions = [
    "following address(es) failed", "following addresses failed", "following address failed",
    "has not yet been delivered is", "has not yet been delivered are", "has not been delivered to the following",
    "addresses to which the message has not yet been delivered",
    "address to which the message has not yet been delivered",
  ]
  private static let delays = ["not yet been delivered", "has not been delivered"]
}
