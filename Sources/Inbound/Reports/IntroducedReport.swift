import Mail

/// A sentence that says what failed, then the addresses below it: Exchange and Outlook, Gmail, Notes, GroupWise and
/// many.
enum IntroducedReport: ReportForm {
  static func read(_ text: ReportText) -> [RecipientReport] {
    var found: [RecipientReport] = []
    for index in text.lines.indices {
      let next = index + 1 < text.lines.endIndex ? text.lines[index + 1].lower : ""
      // Sentences are wrapped.
      let line = text.lines[index].lower.trimmedOfWhitespace
      let joined = line + " " + next.trimmedOfWhitespace
      let isFailure = joined.hasAny(failures)
      guard isFailure || joined.hasAny(delays), !found.contains(where: { _ in line.isEmpty }) else { continue }
      let isWrapped = !(line.hasAny(failures) || line.hasAny(delays)) && text.lines[index].addresses.isEmpty
      let behind = text.lines[(index + (isWrapped ? 2 : 1))...]
      let named = listed(behind, behind: text.lines[index], addressees: text.addressees)
      let list = named.isEmpty && isFailure ? bare(behind, of: text) : named
      found += list.map { item in
        RecipientReport(item.0, item.1, action: isFailure ? .failed : .delayed)
      }
      if !found.isEmpty, isWrapped || !list.isEmpty { break }
    }
    return found
  }

  /// The addresses in the sentence itself, else those that begin the lines below, each with what stands behind it.
  private static func listed(
    _ lines: ArraySlice<ReportText.Line>, behind sentence: ReportText.Line, addressees: Set<String>
  ) -> [(Address, Reason)] {
    let own = sentence.addresses.filter { !addressees.contains("\($0)".lowercased()) }
    if !own.isEmpty { return own.map { ($0, Reason([sentence] + lines.prefix(10))) } }
    var found: [(Address, Reason)] = []
    var blanks = 0
    for index in lines.indices.prefix(200) {
      let line = lines[index]
      if line.isBlank {
        blanks += 1
        continue
      }
      let addresses = line.addresses
      guard let address = addresses.first else {
        // Words before the first address are the sentence's rest; behind one, a paragraph of its own ends the list.
        if blanks > 1 && !found.isEmpty || found.isEmpty && blanks > 2 { break }
        continue
      }
      let offset = line.lower.offset(of: "\(address)".lowercased()) ?? 0
      // An address deep in a line of reasons is the reason's.
      guard offset < 40 else { continue }
      if blanks > 3, !found.isEmpty { break }
      found.append((address, Reason([line] + lines[(index + 1)...].prefix(8))))
    }
    return found
  }

  /// Names without a domain, each at the beginning of an indented line: they are of the domain that reports.
  private static func bare(_ lines: ArraySlice<ReportText.Line>, of text: ReportText) -> [(Address, Reason)] {
    guard let sender = AddressScanner.addresses(in: text.header["from"] ?? "").first else { return [] }
    // The part of it that the text itself uses, where a host reports.
    let used = text.lines.lazy.flatMap(\.addresses).map(\.domain).first { sender.domain.hasSuffix("." + $0) }
    let paragraph = lines.drop(while: \.isBlank).prefix { !$0.isBlank && $0.indent > 0 }.prefix(20)
    return paragraph.compactMap { line in
      let bare = line.text.trimmedOfWhitespace
      let name = bare.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "._+-".contains($0)) }
      let rest = bare.dropFirst(name.count)
      guard (2...64).contains(name.count), rest.isEmpty || rest.hasPrefix("  ") || rest.hasPrefix("\t"),
        let address = try? Address("\(name)@\(used ?? sender.domain)")
      else { return nil }
      return (address, Reason([line]))
    }
  }

  private static let failures = [
    "following recipient(s) could not be reached", "following recipients could not be reached",
    "following recipient(s) cannot be reached", "delivery has failed to these recipients",
    "delivery to the following recipient failed", "delivery to the following recipients failed",
    "delivery to the following address failed", "message wasn't delivered to", "message couldn't be delivered to",
    "your message wasn't delivered", "was not delivered to", "could not be delivered to", "couldn't be delivered to",
    "undeliverable to the following", "was undeliverable to", "unable to deliver your message to",
    "unable to deliver message to", "unable to deliver the message to", "unable to deliver to the following",
    "not able to deliver your message to", "not able to deliver to", "cannot be delivered to",
    "can't be delivered to", "cannot deliver your message to", "could not deliver your message to",
    "failed to deliver to", "delivery failed to", "failed for the following", "following addresses had",
    "following recipients did not receive", "following recipient did not receive", "did not reach the following",
    "following destination addresses were unknown", "following address is invalid", "failed addresses follow",
    "recipients were not reached", "unsuccessful recipients", "not deliverable to", "addresses were not reached",
    "following address(es)", "invalid recipient", "not been delivered to the following",
    "not delivered to the following", "delivery failed for the",
    "did not receive a copy of your message", "message to the following", "following recipient", "following users",
    "following address",
    "konnte nicht zugestellt werden", "konnte nicht an", "n'a pas pu être", "n'a pu être", "no se pudo entregar",
    "no se ha podido entregar", "no pudo ser entregado", "não pôde ser entregue", "impossibile recapitare",
    "kon niet worden", "не доставлено", "не может быть доставлено", "не удалось доставить", "无法投递", "未能送达",
    "无法发送到", "退信", "配信できません", "届けられません", "전송되지", "teslim edilemedi",
  ]
  private static let delays = [
    "delivery to the following recipient has been delayed", "delivery to these recipients or groups is delayed",
    "delivery to the following recipients has been delayed", "delivery is delayed to these recipients",
    "there was a temporary problem delivering your message to", "following recipients has been delayed",
  ]
}
