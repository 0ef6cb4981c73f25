/// sendmail's sections between dashes: addresses, reasons in brackets, then the transcript of the session.
enum SendmailReport: ReportForm {
  static let isPrecise = true

  static func read(_ text: ReportText) -> [RecipientReport] {
    var action: RecipientReport.Action?
    var found: [RecipientReport] = []
    for index in text.lines.indices {
      let line = text.lines[index]
      if line.text.trimmedOfWhitespace.hasPrefix("---") {
        action = heading(line.lower)
      } else if let section = action, !line.lower.trimmedOfWhitespace.hasPrefix("("), let address = line.addresses.first
      {
        let reason = text.lines[(index + 1)...].prefix { $0.lower.trimmedOfWhitespace.hasPrefix("(") || $0.indent > 3 }
        let status = Reason([line] + reason).status ?? Reason(transcript(text, "\(address)".lowercased())).status
        found.append(RecipientReport(address: address, action: section, status: status))
      }
    }
    return found.isEmpty ? answers(text) : found
  }

  /// Older ones have the transcript alone, whose last lines say `550 <a@b>... reason`.
  private static func answers(_ text: ReportText) -> [RecipientReport] {
    text.lines.drop { !$0.lower.has("transcript of session") }.compactMap { line in
      guard let code = line.text.first, code == "4" || code == "5", line.text.dropFirst(3).first == " ",
        line.text.has("... "), let address = line.addresses.first,
        line.text.dropFirst(4).drop(while: { $0.isNumber || $0 == "." || $0 == " " || $0 == "<" })
          .lowercased().hasPrefix("\(address)".lowercased())
      else { return nil }
      return RecipientReport(address, Reason([line]))
    }
  }

  /// What a section's addresses have in common; nil for other sections.
  private static func heading(_ line: String) -> RecipientReport.Action? {
    if line.hasAny(["permanent fatal errors", "had delivery problems", "unrecoverable errors", "fatal errors"]),
      !line.has("non-fatal")
    {
      return .failed
    }
    if line.hasAny(["transient non-fatal errors", "non-fatal", "delivery is delayed", "had transient"]) {
      return .delayed
    }
    if line.hasAny(["successful delivery notifications", "had successful delivery"]) { return .delivered }
    return nil
  }

  /// The lines of the transcript that name an address.
  private static func transcript(_ text: ReportText, _ address: String) -> [ReportText.Line] {
    let session = text.lines.drop { !$0.lower.has("transcript of session") }.dropFirst()
    let naming = session.filter { $0.lower.has(address) }
    return naming.isEmpty ? Array(session.prefix(10)) : naming
  }
}
