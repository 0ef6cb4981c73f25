/// Complaints in ARF (RFC 5965): whom the message was for that a reader called spam.
enum ComplaintReader {
  static func isOne(_ message: InboundMessage) -> Bool {
    // Hotmail's reports, which have nothing but the message and this subject.
    if (message.header["subject"] ?? "").lowercased().hasPrefix("complaint about message from "),
      ReportText(message).original != nil
    {
      return true
    }
    return message.parts.contains { part in
      part.type == "message/feedback-report"
        || part.type == "multipart/report" && part.parameters["report-type"] == "feedback-report"
    }
  }

  /// The recipients that the report names, else those of the message that comes back.
  static func read(_ message: InboundMessage) -> [RecipientReport] {
    let fields = message.parts.filter { $0.type == "message/feedback-report" }
      .flatMap { ($0.text ?? "").split(separator: "\n") }
    let named = fields.filter { line in
      let lower = line.lowercased()
      return lower.hasPrefix("original-rcpt-to:") || lower.hasPrefix("removal-recipient:")
    }.flatMap { AddressScanner.addresses(in: $0) }
    let original = ReportText(message).original
    let addresses = named.isEmpty ? AddressScanner.addresses(in: original?["to"] ?? "") : named
    // It arrived, else nobody could complain.
    return addresses.map { RecipientReport(address: $0, action: .delivered, status: nil) }.merged
  }
}
