import Mail

/// Reports of RFC 3464, as they are written: also without `multipart/report` around, and with fields that are not
/// quite.
enum StandardReport {
  /// What a message's delivery-status parts say of each recipient; empty if it has none.
  static func read(_ message: InboundMessage) -> [RecipientReport] {
    let own = read(message.parts)
    guard own.isEmpty else { return own }
    // A gateway that wraps reports.
    return message.parts.flatMap { part -> [RecipientReport] in
      guard case .message(_, let body) = part.content else { return [] }
      return read(body.flatMap(\.flattened))
    }.merged
  }

  private static func read(_ parts: [Part]) -> [RecipientReport] {
    parts.filter { $0.type == "message/delivery-status" || $0.type == "message/global-delivery-status" }
      .flatMap { blocks($0.text ?? "") }.compactMap(recipient).merged
  }

  /// Whether a message has such a part, or says that it is such a report.
  static func isOne(_ message: InboundMessage) -> Bool {
    message.parts.contains { part in
      part.type == "message/delivery-status" || part.type == "message/global-delivery-status"
        || part.type.hasPrefix("multipart/") && part.parameters["report-type"] == "delivery-status"
    }
  }

  /// Groups of fields, names lower-cased, folded lines joined. Only those that name a recipient count, so that a blank
  /// line too many does no harm.
  private static func blocks(_ text: String) -> [[String: String]] {
    var result: [[String: String]] = []
    var block: [String: String] = [:]
    var last: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(20_000) {
      if line.trimmedOfWhitespace.isEmpty {
        if !block.isEmpty { result.append(block) }
        block = [:]
        last = nil
      } else if line.first == " " || line.first == "\t" {
        if let last { block[last, default: ""] += " " + line.trimmedOfWhitespace }
      } else if let colon = line.firstIndex(of: ":") {
        let name = line[..<colon].trimmedOfWhitespace.lowercased()
        if block[name] == nil { block[name] = line[line.index(after: colon)...].trimmedOfWhitespace }
        last = name
      }
    }
    if !block.isEmpty { result.append(block) }
    return result
  }

  private static func recipient(_ block: [String: String]) -> RecipientReport? {
    // The address that we mailed, where forwarding made another of it (RFC 3464 section 2.3.1).
    let named = ["original-recipient", "final-recipient", "x-actual-recipient"]
    guard let address = named.lazy.compactMap({ block[$0].flatMap(address) }).first else { return nil }
    let status = block["status"].flatMap { Reason.enhanced(in: $0) }
    let diagnostic = Reason(block["diagnostic-code"] ?? "").status
    let word = (block["action"] ?? "").lowercased()
    let action =
      RecipientReport.Action.allCases.first { word.hasPrefix($0.rawValue) }
      ?? (word.hasPrefix("deliver") && word.has("able") || status == nil && diagnostic == nil
        ? nil : status?.hasPrefix("2") == true ? .delivered : .failed)
    guard let action else { return nil }
    // A status of nothing but its class says less than the diagnosis (RFC 3463 section 3.1).
    let isVague = status == nil || status?.hasSuffix(".0.0") == true
    let finer = diagnostic.flatMap { $0.first == status?.first || status == nil ? $0 : nil }
    return RecipientReport(address: address, action: action, status: isVague ? finer ?? status : status)
  }

  /// `rfc822; <a@b>`, also without a type; other types are no mail addresses, but some hold one (`x400; …`).
  private static func address(_ value: String) -> Address? {
    let text = value.firstIndex(of: ";").map { value[value.index(after: $0)...] } ?? value[...]
    return AddressScanner.addresses(in: text).first
  }
}
