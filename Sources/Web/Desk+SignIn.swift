import Composition
import Forum
import Foundation
import Identifiers
import Ledger
import Mail
import Membership
import Phrases
import Tokens

/// Signing in by a link that is mailed (rule P4).
extension Desk {
  // MARK: Asking for a link

  func signInPage(_ visit: Visit, said: PageFrame.Said? = nil) -> PageAnswer {
    let frame = self.frame(visit)
    let body: HTML = """
      <form method="post" action="\(frame.address("sign-in"))">
      <p>\(frame(.pageSignInHow))</p>
      <div class="row"><label for="address">\(frame(.pageAddress))</label>
      <input type="email" id="address" name="address" autocomplete="email" inputmode="email" dir="ltr" maxlength="254" required></div>
      <p><button>\(frame(.pageSendLink))</button></p>
      </form>

      """
    let heading = frame.words[.pageTitle].filled(["site": settings.site])
    return page(frame.page(heading, said: said, here: "sign-in", body))
  }

  /// Whatever was typed, the answer is the same, and comes before anything is looked up.
  /// - Throws: what keeps a link from being sent to anybody.
  func askForLink(_ visit: Visit) throws -> PageAnswer {
    if let site = visit.fetchSite, !["same-origin", "none"].contains(site) {
      return message(visit, 403, .pageStale)
    }
    let typed = (visit.form["address"] ?? "").trimmingCharacters(in: .whitespaces)
    guard let address = try? Address(typed), typed.utf8.count <= 254 else {
      var answer = signInPage(visit, said: .init(phrase: .pageNoAddress, isBad: true))
      answer.status = 422
      return answer
    }
    try prove()
    later { sendLinks(to: address, typed: typed) }
    let frame = self.frame(visit)
    let heading = frame.words[.pageTitle].filled(["site": settings.site])
    return page(
      frame.page(
        heading, said: .init(phrase: .pageLinkSent), here: "sign-in",
        "<p>\(frame(.pageLinkSentElse))</p>\n"))
  }

  /// A link to the account that has the address; where several people share one, to each in turn.
  private func sendLinks(to address: Address, typed: String) {
    do {
      let forum = members.forum
      // As they wrote it, else however the forum may have kept it.
      var named = try forum.participants(named: typed).rows
      if named.isEmpty { named = try forum.participants(named: address.canonical).rows }
      let sharing = named.filter { $0.isActive && (try? Address($0.address))?.canonical == address.canonical }
      if sharing.count > 1 {
        let people = try sharing.prefix(20).map { ($0, try members.person($0).id) }
        let asked = try members.ledger.lastAsked(people.map(\.1))
        if let next = people.min(by: { (asked[$0.1]?.seconds ?? 0, $0.1) < (asked[$1.1]?.seconds ?? 0, $1.1) }) {
          try sendLink(to: next.0)
        }
      } else if let one = sharing.first {
        try sendLink(to: one)
      }
    } catch {
      log.warning("a link to sign in could not be sent: \(error)")
    }
  }

  /// Queues the mail with the link and has it sent at once. Somebody who had one within the hour gets none.
  func sendLink(to participant: Participant) throws {
    guard let address = (try? Address(participant.address))?.canonical else { return }
    let person = try members.person(participant).id
    let key = keys.current
    let delivery = try members.ledger.askToSignIn(person, address: keys.digest(of: address), now: members.now()) {
      Notice(.signIn(link: $0.rawValue), signingKey: key).json
    }
    if let delivery { send(delivery) }
  }

  // MARK: Using a link

  /// The link's own page: a scanner that opens it uses nothing up, and a button does.
  func openPage(_ visit: Visit, _ token: String) throws -> PageAnswer {
    guard let (participant, link, address) = try self.link(token) else { return message(visit, 404, .pageLinkBad) }
    let person = try members.person(participant)
    let frame = self.frame(visit, members.preferences(of: participant, person).language)
    let heading = frame.words[.pageTitle].filled(["site": settings.site])
    guard try members.ledger.isGood(link, of: person.id, address: address, now: members.now()) else {
      return page(
        frame.page(heading, said: .init(phrase: .pageLinkUsed, isBad: true), here: "in/\(token)", again(frame)),
        status: 410)
    }
    let body: HTML = """
      <form method="post" action="\(frame.address("in/\(token)"))">
      <input type="hidden" name="proof" value="\(proof(token))">
      <p>\(frame(.pageOpenHow))</p>
      <p><button>\(frame(.pageOpen))</button></p>
      </form>

      """
    return page(frame.page(heading, here: "in/\(token)", body))
  }

  private func again(_ frame: PageFrame) -> HTML {
    "<p><a href=\"\(frame.address("sign-in"))\">\(frame(.pageSendLink))</a></p>\n"
  }

  /// Signs in, once.
  func open(_ visit: Visit, _ token: String) throws -> PageAnswer {
    guard let (participant, link, address) = try self.link(token) else { return message(visit, 404, .pageLinkBad) }
    guard isOurs(visit, token) else { return message(visit, 403, .pageStale) }
    let person = try members.person(participant)
    // Whoever was signed in here before is not any more.
    if let before = visit.session { try members.ledger.endSession(name(of: before)) }
    let session = secret().map { String(format: "%02x", $0) }.joined()
    let isOpen = try members.ledger.signIn(
      by: link, person.id, address: address, session: name(of: session), now: members.now())
    guard isOpen else { return try openPage(visit, token) }
    return PageAnswer.seeOther(frame(visit).address("settings")).with("Set-Cookie", cookie(session))
  }

  /// Whom a link belongs to, with what their address is known again by.
  private func link(_ token: String) throws -> (Participant, SignInID, address: String)? {
    guard case .signIn(let id, let link)? = keys.verify(token), let participant = try participant(id),
      let address = (try? Address(participant.address))?.canonical
    else { return nil }
    return (participant, link, keys.digest(of: address))
  }

  /// Somebody who is still a participant.
  func participant(_ id: PersonID) throws -> Participant? {
    try members.participant(id).flatMap { $0.isActive ? $0 : nil }
  }

  // MARK: Sessions

  /// The cookie's name.
  static let cookieName = "watchpost"

  /// No script reads it, no other site's form sends it, and it ends with the session.
  private func cookie(_ session: String) -> String {
    let path = settings.base.isEmpty ? "/" : settings.base
    return "\(Desk.cookieName)=\(session); Path=\(path); HttpOnly; SameSite=Lax\(settings.isSecure ? "; Secure" : "")"
      + (session.isEmpty ? "; Max-Age=0" : "")
  }

  /// What the ledger knows a session by.
  private func name(of session: String) -> String { keys.digest(of: "session \(session)") }

  /// Who is signed in; nil for nobody. Somebody whose address has changed since is signed in no more.
  func session(_ visit: Visit) throws -> (secret: String, participant: Participant)? {
    guard let secret = visit.session, (1...64).contains(secret.utf8.count),
      let found = try members.ledger.session(name(of: secret), now: members.now()),
      let participant = try participant(found.person),
      let address = (try? Address(participant.address))?.canonical, keys.digest(of: address) == found.address
    else { return nil }
    return (secret, participant)
  }

  func signOut(_ visit: Visit) throws -> PageAnswer {
    guard let secret = visit.session, isOurs(visit, secret) else { return message(visit, 403, .pageStale) }
    try members.ledger.endSession(name(of: secret))
    return signInPage(visit, said: .init(phrase: .pageSignedOut)).with("Set-Cookie", cookie(""))
  }
}
