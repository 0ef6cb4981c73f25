import Composition
import Identifiers
import Ledger
import Mail
import Membership

extension Installation {
  /// Mails an address again, and tells its person where it had failed: `release ADDRESS` and `suppression lift` alike.
  /// - Throws: `Failure` where nothing stopped it.
  func lift(_ address: String, _ report: inout CommandReport) throws {
    let signingKey = keys.current
    let found = try ledger.lift(address, by: .admin(Operator.name), now: now()) { lifted in
      guard let person = lifted.person, lifted.cause == .failures else { return nil }
      let notice = Notice(.lifted(posts: lifted.posts, since: lifted.since), signingKey: signingKey)
      return Ledger.NoticeDraft(person: person, topic: "lifted", body: notice.json)
    }
    guard let lifted = found?.lifted else {
      throw Failure(.usage, "mail to \(address) is not stopped; `watchpost suppression list` shows what is")
    }
    report.person = lifted.person
    report.tell(
      "\(address) is mailed again."
        + (lifted.posts > 0 ? " The \(lifted.posts) posts that waited come as one digest." : ""), lifted.posts)
  }

  /// Stops mail to an address by the admin's word.
  /// - Throws: `Failure` where it is no address, or is stopped already.
  func suppress(_ typed: String, reason: String, _ report: inout CommandReport) throws {
    guard let address = try? Address(typed) else {
      throw Failure(.usage, "\"\(typed.singleLine(limit: 320))\" is no address")
    }
    if let before = try ledger.suppression(of: typed) {
      throw Failure(
        .usage,
        "mail to \(before.address) is stopped since \(before.since): \(before.reason.singleLine(limit: 200))")
    }
    // Of an address that several accounts share, or nobody has, only the address is known.
    let participant = try? members.participant(address.canonical)
    let person = try participant.map { try members.person($0).id }
    try ledger.suppress(typed, .admin, person: person, reason: reason, now: now())
    report.person = person
    let whose = participant.map { " It is participant \($0.key)'s." } ?? " The forum has nobody by it alone."
    report.tell("Nothing is mailed to \(address.canonical) any more.\(whose)")
    report.next = ["watchpost suppression lift \(address.canonical.asArgument)"]
  }
}
