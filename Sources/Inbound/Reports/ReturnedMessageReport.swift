import Mail

/// A report that names nobody, but returns the message: whom that was for, if it was for one person alone.
enum ReturnedMessageReport: ReportForm {
  static func read(_ text: ReportText) -> [RecipientReport] {
    let named = ["x-original-to", "envelope-to", "to", "apparently-to"].lazy
      .map { AddressScanner.addresses(in: text.original?[$0] ?? "") }.first { !$0.isEmpty }
    // Some return nothing, but tell what the message was.
    let told = text.lines.filter { $0.lower.trimmedOfWhitespace.hasPrefix("to:") }.flatMap(\.addresses)
    guard let named = named ?? (told.isEmpty ? nil : told), named.count == 1, let address = named.first else {
      return []
    }
    return [RecipientReport(address, Reason(text.lines.prefix(60)))]
  }
}
