/// `X-Failed-Recipients`, which Exim and Gmail write: the addresses in the header, the reasons in the text.
enum FailedRecipientsField: ReportForm {
  static let isPrecise = true

  static func read(_ text: ReportText) -> [RecipientReport] {
    let addresses = text.header.all("x-failed-recipients").flatMap { AddressScanner.addresses(in: $0) }
    return addresses.map { address in
      let name = "\(address)".lowercased()
      let behind = text.lines.drop { !$0.lower.has(name) }.prefix(12)
      return RecipientReport(address, Reason(behind))
    }
  }
}
