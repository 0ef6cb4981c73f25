import Composition
import Forum
import Identifiers
import Ledger
import Mail
import Membership

/// Notices are sent to whoever still is a participant, whatever they watch.
extension Recheck {
  /// - Throws: `ForumError` if the forum cannot be asked; then nothing may be sent.
  func noticeResults(of deliveries: [Delivery], _ people: [PersonID: Person]) throws -> [DeliveryID: RecheckResult] {
    let notices = deliveries.filter { $0.notice != nil }
    if notices.isEmpty { return [:] }
    let bodies = try context.ledger.notices(ids: notices.compactMap(\.notice))
    let keys = Set(notices.map(\.person)).compactMap { people[$0] }.filter { !$0.isErased }.map(\.key)
    let participants = try context.forum.participants(keys: keys).keyed(by: \.key)
    let stopped = try context.ledger.suppressed(among: participants.values.map(\.address))
    var results: [DeliveryID: RecheckResult] = [:]
    for delivery in notices {
      guard people[delivery.person]?.isErased != true else {
        results[delivery.id] = withheld(delivery, .erased)
        continue
      }
      guard let person = people[delivery.person], let participant = participants[ForumKey(person.key)],
        participant.isActive, participant.isConfirmed
      else {
        results[delivery.id] = withheld(delivery, .inactive)
        continue
      }
      guard let body = delivery.notice.flatMap({ bodies[$0] }), let notice = try? Notice(json: body) else {
        // Of a newer program, or forgotten: it is told as what cannot be composed.
        results[delivery.id] = .withheld(Ledger.Withheld(delivery.id, .held(.uncomposed)))
        continue
      }
      if stopped.contains(participant.address), try !passesSuppression(notice, participant) {
        results[delivery.id] = withheld(delivery, .suppressed)
        continue
      }
      // Who pressed "this is spam" gets nothing more, whatever comes in in their name (rule B4); but the link by which
      // they alone can have mail again.
      if !signsIn(notice), context.members.preferences(of: participant, person).mode == .off,
        try context.ledger.hasComplained(person.id)
      {
        results[delivery.id] = withheld(delivery, .modeOff)
        continue
      }
      guard let recipient = Recipient(participant, person, context.members) else {
        results[delivery.id] = withheld(delivery, .badAddress)
        continue
      }
      results[delivery.id] = mail(delivery, .notice(notice), to: recipient)
    }
    return results
  }

  private func signsIn(_ notice: Notice) -> Bool { if case .signIn = notice.matter { true } else { false } }

  /// A probe tries just such an address. Nothing else does, though it be an answer: anybody can write in its name.
  private func passesSuppression(_ notice: Notice, _ participant: Participant) throws -> Bool {
    guard let suppression = try context.ledger.suppression(of: participant.address) else { return true }
    if case .signIn = notice.matter { return suppression.cause != .admin }
    return suppression.cause == .failures && notice.matter == .probe
  }
}

extension Recipient {
  /// A participant as a mail addresses them; nil if their address is none.
  init?(_ participant: Participant, _ person: Person, _ members: Members) {
    guard let address = try? Address(participant.address) else { return nil }
    let preferences = members.preferences(of: participant, person)
    self.init(
      person: person.id, name: participant.name, address: address, language: preferences.language,
      zone: preferences.digest.zone, textOnly: preferences.textOnly, style: preferences.digestStyle,
      format: preferences.digestFormat)
  }
}
