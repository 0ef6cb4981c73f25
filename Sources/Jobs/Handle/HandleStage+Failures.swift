import Composition
import DeliveryPolicy
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership

/// Reports and complaints (rules B1, B2, B4).
extension HandleStage {
  /// A report counts only at the address that its delivery had signed (rule B1).
  func failure(_ letter: Letter) throws -> Ledger.Settlement {
    guard let delivery = letter.found.failed else {
      let isForged = letter.found.hasForgery
      return Ledger.Settlement(isForged ? .badToken : .report, isForged ? "" : "to no bounce address of a delivery")
    }
    let failed = letter.classification.recipients.filter { $0.action == .failed }
    guard let worst = failed.first(where: \.isPermanent) ?? failed.first else {
      let action = letter.classification.recipients.first?.action.rawValue ?? "nothing that could be read"
      return Ledger.Settlement(.report, "it says: \(action)", delivery: delivery)
    }
    guard let addressee = try context.ledger.addressee(of: delivery) else {
      return Ledger.Settlement(.badToken, "its delivery was forgotten long ago", delivery: delivery)
    }
    var settlement = Ledger.Settlement(
      .failure, "\(worst.status ?? "no status"), \(worst.isPermanent ? "permanent" : "transient")",
      person: addressee.person, delivery: delivery)
    let address = try addressee.address ?? participant(addressee.person)?.address
    guard let address else { return settlement }
    let status = worst.status.flatMap { EnhancedStatusCode(prefixOf: $0) }
    settlement.failures = [
      FailureEvent(
        delivery: delivery, person: addressee.person,
        address: (try? Address(address))?.canonical ?? address.lowercased(),
        severity: FailureEvent.Severity(status: status, isPermanent: worst.isPermanent, namesPolicy: false),
        source: .report, status: worst.status ?? "", diagnostic: diagnostic(letter), at: context.now(),
        received: letter.received.id)
    ]
    return settlement
  }

  /// The report's first words that say why, as far as they can be found; at most 4 KB.
  private func diagnostic(_ letter: Letter) -> String {
    for part in letter.message.parts where part.type == "message/delivery-status" {
      for line in (part.text ?? "").split(separator: "\n") where line.lowercased().hasPrefix("diagnostic-code:") {
        return String(line.dropFirst("diagnostic-code:".count).drop { $0 == " " }.prefix(1000))
      }
    }
    return String((letter.message.parts.first { $0.type == "text/plain" }?.text ?? "").prefix(1000))
  }

  /// "This is spam": at once no mail any more, until the person themselves says otherwise (rule B4). Whose mail it was,
  /// the tokens in the enclosed message say.
  func complaint(_ letter: Letter) throws -> Ledger.Settlement {
    guard let person = try enclosedPerson(letter), let participant = try participant(person) else {
      return Ledger.Settlement(.complaint, "of no mail of ours that could be found")
    }
    try context.members.changePreferences(of: participant) { $0.mode = .off }
    try context.ledger.suppress(
      participant.address, .complaint, person: person, reason: "reported as spam", now: context.now())
    return Ledger.Settlement(.complaint, person: person)
  }

  private func enclosedPerson(_ letter: Letter) throws -> PersonID? {
    if let delivery = letter.found.failed { return try context.ledger.addressee(of: delivery)?.person }
    for part in letter.message.parts {
      guard case .message(let header, _) = part.content else { continue }
      for name in ["message-id", "reply-to", "list-unsubscribe", "return-path"] {
        for value in header.all(name) {
          if let person = try person(in: value) { return person }
        }
      }
    }
    return nil
  }

  /// Whom the first token of ours in a field names.
  private func person(in value: String) throws -> PersonID? {
    for word in value.split(whereSeparator: { "<>,;: ".contains($0) || $0.isWhitespace }) {
      let local = word.split(separator: "@").first ?? ""
      let token = local.split(separator: "+").last?.split(separator: ".").first ?? ""
      switch keys.verify(String(token).lowercased()) {
      case .reply(let person, _)?, .digestPart(let person, _)?, .stop(let person, _)?, .notice(let person, _)?:
        return person
      case .bounce(let delivery)?: return try context.ledger.addressee(of: delivery)?.person
      case .confirm?, nil: continue
      }
    }
    return nil
  }
}
