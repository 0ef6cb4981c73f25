import Mail

/// Paragraphs that begin with an address in angle brackets at the margin, as qmail, Postfix, Yahoo and others write.
enum AngleReport: ReportForm {
  static let isPrecise = true

  static func read(_ text: ReportText) -> [RecipientReport] {
    let starts = text.lines.indices.filter { recipient(text.lines[$0]) != nil }
    guard !starts.isEmpty, text.words.hasAny(introductions) else { return [] }
    let isDelay = text.words.hasAny(["this is a warning only", "has not been delivered yet", "do not need to resend"])
    return zip(starts, Array(starts.dropFirst()) + [text.lines.endIndex]).compactMap { start, end in
      guard let address = recipient(text.lines[start]) else { return nil }
      // The reason's paragraph: blank lines within are common, so up to the next address, but not far.
      let reason = [text.lines[start]] + text.lines[(start + 1)..<min(end, start + 12)]
      return RecipientReport(address, Reason(reason), action: isDelay ? .delayed : .failed)
    }
  }

  /// The address that a paragraph is of: `<a@b>:`, `<a@b>` alone, or `<a@b> (expanded from <c@d>):`, whose second
  /// address is the one that was mailed.
  private static func recipient(_ line: ReportText.Line) -> Address? {
    guard line.indent < 2, line.text.trimmedOfWhitespace.hasPrefix("<") else { return nil }
    let addresses = line.addresses
    guard let first = addresses.first else { return nil }
    let behind = line.text.rest(behind: ">")?.trimmedOfWhitespace ?? ""
    guard behind.isEmpty || behind.hasPrefix(":") || behind.hasPrefix("(") || behind.hasPrefix("-") else { return nil }
    if behind.hasPrefix("(expanded from"), addresses.count > 1 { return addresses[1] }
    return first
  }

  private static let introductions = [
    "qmail", "deliver", "mail system", "sorry", "returned", "undeliverable", "couldn't", "could not", "failed",
    "failure", "mail error",
  ]
}
