import Composition
import DeliveryPolicy
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership
import Text
import Time

/// Reports and complaints (rules B1, B2, B4).
extension HandleStage {
  /// A report counts only at the address that its delivery had signed (rule B1).
  func failure(_ letter: Letter) throws -> Ledger.Settlement {
    guard let delivery = letter.found.failed else {
      let isForged = letter.found.hasForgery
      return Ledger.Settlement(isForged ? .badToken : .report, isForged ? "" : "to no bounce address of a delivery")
    }
    // Where the report speaks of the address itself, what it says of others is theirs.
    let known = try context.ledger.addressee(of: delivery)
    let about = known?.address.flatMap { try? Address($0) }
    let own = letter.classification.recipients.filter { $0.address.canonical == about?.canonical }
    let failed = (own.isEmpty ? letter.classification.recipients : own).filter { $0.action == .failed }
    guard let worst = failed.first(where: \.isPermanent) ?? failed.first else {
      let action = letter.classification.recipients.first?.action.rawValue ?? "nothing that could be read"
      return Ledger.Settlement(.report, "it says: \(action)", delivery: delivery)
    }
    guard let addressee = known else {
      return Ledger.Settlement(.badToken, "its delivery was forgotten long ago", delivery: delivery)
    }
    var settlement = Ledger.Settlement(
      .failure, "\(worst.status ?? "no status"), \(worst.isPermanent ? "permanent" : "transient")",
      person: addressee.person, delivery: delivery)
    let address = try addressee.address ?? participant(addressee.person)?.address
    guard let address else { return settlement }
    let status = worst.status.flatMap { EnhancedStatusCode(prefixOf: $0) }
    var event = FailureEvent(
      delivery: delivery, person: addressee.person,
      address: (try? Address(address))?.canonical ?? address.lowercased(),
      severity: FailureEvent.Severity(status: status, isPermanent: worst.isPermanent, namesPolicy: false),
      source: .report, status: worst.status ?? "", diagnostic: diagnostic(letter), at: context.now(),
      received: letter.received.id)
    settlement.returns = try fault(of: event)
    event.isExcused = settlement.returns != nil
    settlement.failures = [event]
    return settlement
  }

  /// Whose fault a failure is besides its address's; nil: nobody's (rule S3).
  private func fault(of event: FailureEvent) throws -> Returns.Fault? {
    guard event.severity != .policy, try !believesReturns() else { return nil }
    let known = try context.ledger.returned(since: event.at - Returns.span).filter { $0.severity != .policy }
    // The usual case.
    guard known.contains(where: { $0.person != event.person }) else { return nil }
    let domain = (try? Address(event.address))?.canonicalDomain ?? ""
    let people = known.map(\.addressee) + [(event.person, event.address)]
    let returns = Returns(mailed: try mailed.value(), returned: Ledger.people(people))
    let fault = returns.fault(of: domain, since: nil, at: event.at)
    guard case .domain? = fault else { return fault }
    let since = try context.ledger.excusedSince(domain: domain, now: event.at)
    return returns.fault(of: domain, since: since, at: event.at)
  }

  /// The admin's word that so many addresses are dead, for a week.
  private func believesReturns() throws -> Bool {
    let now = context.now()
    return try context.ledger.mark(.returnsBelieved).map { now - Timestamp($0) < 7 * 86_400 && $0 <= now.seconds }
      ?? false
  }

  /// That mails come back of so many, whatever was said of them: nobody else tells the admin.
  func returnTroubles() throws -> [Trouble] {
    let returned = try context.ledger.returned(since: context.now() - Returns.span)
    guard Set(returned.map(\.person)).count > 1, let last = returned.last, try !believesReturns() else { return [] }
    let people = { (these: [Ledger.Returned]) in Ledger.people(these.map(\.addressee)) }
    let all = Returns(mailed: try mailed.value(), returned: people(returned))
    if case .relay? = all.fault(of: "", since: nil, at: context.now()) {
      return [trouble(all.all, named: "", last)]
    }
    let excused = returned.filter(\.isExcused)
    return people(excused).keys.sorted().compactMap { domain in
      all.domains[domain].map { trouble($0, named: domain, excused.last { people([$0])[domain] != nil } ?? last) }
    }
  }

  private func trouble(_ count: Returns.Count, named domain: String, _ last: Ledger.Returned) -> Trouble {
    let whom = domain.isEmpty ? "" : " at \(domain)"
    return Trouble(
      .returned, named: domain,
      """
      Mail to \(count.returned) of \(count.mailed) people\(whom) came back within a day; it is not held against their \
      addresses. The last: \(context.masked(last.answer.singleLine(limit: 300)))
      """,
      advice: """
        See what becomes of mail that the relay has taken. If those addresses really are dead: `watchpost release returns`.
        """, size: count.returned, status: .workLeft)
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

  /// "This is spam": at once no mail any more, until the person themselves says otherwise (rule B4). It counts only at the
  /// address that the mail had signed: whoever has seen a Message-ID could forge the rest.
  func complaint(_ letter: Letter) throws -> Ledger.Settlement {
    guard let delivery = letter.found.failed, let person = try context.ledger.addressee(of: delivery)?.person,
      let participant = try participant(person)
    else { return Ledger.Settlement(.complaint, "to no bounce address of a delivery: it counts for nothing") }
    if saysNotSpam(letter) { return Ledger.Settlement(.other, "it says that a mail was no spam", person: person) }
    _ = try context.members.stopAll(of: participant)
    return Ledger.Settlement(.complaint, person: person, delivery: delivery)
  }

  /// `Feedback-Type: not-spam` takes a complaint back (RFC 6430).
  private func saysNotSpam(_ letter: Letter) -> Bool {
    letter.message.parts.contains {
      $0.type == "message/feedback-report"
        && ($0.text ?? "").lowercased().split(separator: "\n").contains {
          $0.hasPrefix("feedback-type:") && $0.contains("not-spam")
        }
    }
  }
}

extension Ledger.Returned {
  /// As `Ledger.people` counts them.
  fileprivate var addressee: (person: PersonID, address: String) { (person, address) }
}
