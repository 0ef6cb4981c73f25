import Composition
import Forum
import Foundation
import Identifiers
import Ledger
import Mail
import Membership
import Phrases
import Text
import Time
import Tokens

/// A person's page, by a mail's link or signed in (rules P1, P2, B4).
extension Desk {
  /// Who came, and by which door.
  struct Guest {
    let participant: Participant
    let person: Person
    let preferences: EffectivePreferences
    /// The page's address behind the base.
    let here: String
    /// The secret that opened it: the link's token, or the session's.
    let door: String
    /// What a mail's link stands for; nil for who is signed in.
    let link: (post: JournalPosition, isOld: Bool)?
  }

  /// Days after which a mail's link stops, and shows nothing else.
  private static let linkDays: Int64 = 90
  /// Watches on one page.
  private static let watchesPerPage = 20

  // MARK: Doors

  /// The page of who is signed in.
  func ownPage(_ visit: Visit) throws -> PageAnswer {
    guard let (secret, participant) = try session(visit) else { return .seeOther("\(settings.base)/") }
    let guest = try self.guest(participant, here: "settings", door: secret, link: nil)
    return try visit.method == .post ? change(visit, guest) : show(visit, guest)
  }

  /// The page that a mail's link opens; and what a mail program posts there for its user (RFC 8058 section 3.1).
  func personal(_ visit: Visit, _ token: String) throws -> PageAnswer {
    guard case .stop(let id, let post, let day)? = keys.verify(token) else {
      return message(visit, 404, .pageLinkBad)
    }
    guard let participant = try participant(id) else { return message(visit, 410, .pageAccountGone) }
    let guest = try self.guest(
      participant, here: "u/\(token)", door: token, link: (post, try isOld(post, day)))
    guard visit.method == .post else { return try show(visit, guest) }
    // The link itself is what entitles to it: no cookie, no page and no other site is needed, or looked at.
    if visit.form["List-Unsubscribe"] == "One-Click" {
      _ = try members.stop(by: post, of: participant)
      return try show(visit, guest)
    }
    return try change(visit, guest)
  }

  private func guest(
    _ participant: Participant, here: String, door: String, link: (post: JournalPosition, isOld: Bool)?
  ) throws -> Guest {
    let person = try members.person(participant)
    return Guest(
      participant: participant, person: person, preferences: members.preferences(of: participant, person), here: here,
      door: door, link: link)
  }

  /// Mails of before the links told their day are as old as their post.
  private func isOld(_ post: JournalPosition, _ day: Int64?) throws -> Bool {
    let now = members.now()
    if let day { return now.seconds / 86_400 - day > Desk.linkDays }
    guard post != 0, let entry = try members.ledger.journalEntries(positions: [post]).first else { return true }
    return now - entry.visibleAt > Desk.linkDays * 86_400
  }

  // MARK: Showing

  func show(_ visit: Visit, _ guest: Guest, said: PageFrame.Said? = nil) throws -> PageAnswer {
    // Anew, where it may have been changed a moment ago.
    let guest =
      visit.method != .post
      ? guest
      : try self.guest(
        participant(guest.person.id) ?? guest.participant, here: guest.here, door: guest.door, link: guest.link)
    let frame = self.frame(visit, guest.preferences.language)
    let view = try self.view(visit, guest)
    let told = try said ?? done(visit, guest)
    let signOut: HTML? =
      guest.link != nil
      ? nil
      : """
      <form method="post" action="\(frame.address("sign-out"))"><input type="hidden" name="proof" value="\(view.proof)">
      <button class="plain">\(frame(.pageSignOut))</button></form>

      """
    let settings = SettingsPage(view: view, frame: frame, zones: zones)
    let body = frame.page(
      settings.heading, said: told, here: guest.here, signOut: signOut,
      script: !view.hasZone && !view.isOld && !view.fixed.contains(.zone), settings.body)
    // What could not be done is no success to a mail program that posts.
    return page(body, status: told?.isBad == true ? 422 : 200)
  }

  private func view(_ visit: Visit, _ guest: Guest) throws -> SettingsView {
    let chosen = members.chosen(by: guest.participant, guest.person)
    var view = SettingsView(
      here: guest.here, proof: proof(guest.door), account: account(guest),
      preferences: guest.preferences, hasZone: chosen.zone != nil,
      fixed: SettingsForm.fixed(by: members.decidedByForum(for: guest.participant)), now: members.now())
    if let link = guest.link {
      view.stop = try stop(link.post, visit, guest)
      view.isOld = link.isOld
      if link.isOld { return view }
    }
    let mayCome = guest.preferences.pausedUntil.map { $0 <= members.now() } ?? true
    if guest.preferences.mode == .digest, mayCome {
      view.nextDigest =
        DigestSlot.next(after: members.now(), used: guest.person.digestDate, on: guest.preferences.digest).due
    }
    view.address = try address(guest)
    try addWatches(to: &view, visit, guest)
    return view
  }

  /// A mail may have been passed on: its link shows enough of the address for its owner to know it by.
  private func account(_ guest: Guest) -> String {
    guest.link == nil ? guest.participant.address : guest.participant.address.maskedAddresses
  }

  private func address(_ guest: Guest) throws -> SettingsView.Address {
    guard let suppression = try members.ledger.suppression(of: guest.participant.address) else { return .good }
    guard suppression.cause == .failures else { return .stopped(since: suppression.since) }
    return .returned(
      since: suppression.since, answer: guest.link == nil ? suppression.reason : suppression.reason.maskedAddresses,
      canLift: try !members.ledger.hadNotice(guest.person.id, topic: Desk.liftTopic, now: members.now()))
  }

  /// What the mail's link would stop.
  func stop(_ post: JournalPosition, _ visit: Visit, _ guest: Guest) throws -> SettingsView.Stop {
    if post == 0 { return .all(comes: guest.preferences.mode != .off) }
    guard let thread = try members.thread(of: post) else { return .gone }
    let mayRead = try maySee(thread, guest)
    let watches = try members.watches(on: thread, of: guest.participant)
    func discussion(_ scope: WatchScope) throws -> Discussion? {
      scope == .discussion && mayRead ? try members.forum.discussions(keys: [thread.discussionKey]).first : nil
    }
    guard let first = watches.first, !first.watch.isMute else {
      let (scope, mode) = try ended(post, visit, guest, mute: watches.first)
      let title = try discussion(scope)?.title ?? thread.title
      return .unwatched(.init(scope: scope, title: mayRead ? title : "", mode: mode))
    }
    return try .watched(
      first.watch.scope, thread: mayRead ? thread.title : "",
      discussion: discussion(first.watch.scope)?.title ?? "")
  }

  /// Who came by a mail's link is told what is open to everybody: mails are passed on, and threads moved and renamed.
  private func maySee(_ thread: Forum.Thread, _ guest: Guest) throws -> Bool {
    guard try members.mayRead(discussion: thread.discussionKey, guest.participant) else { return false }
    let one = ListedWatch(watch: Watch(scope: .thread), target: thread.key, title: "")
    return try guest.link == nil || !members.openToAll([one]).isEmpty
  }

  /// What was ended: as the button's answer says, else the watch by which the post was decided.
  private func ended(_ post: JournalPosition, _ visit: Visit, _ guest: Guest, mute: ListedWatch?) throws -> (
    WatchScope, Mode?
  ) {
    if let mute { return (mute.watch.scope, Desk.was(visit.query)?.mode) }
    if let was = Desk.was(visit.query) { return was }
    switch try members.ledger.decision(post: post, person: guest.person.id) {
    case .instant(let scope)?, .digest(let scope)?: return (scope, nil)
    default: return (.thread, nil)
    }
  }

  /// What was ended by a link, as the page keeps it until it is given back: `was=discussion&mode=digest`.
  static func was(_ fields: [String: String]) -> (WatchScope, mode: Mode?)? {
    fields["was"].flatMap(WatchScope.init).map { ($0, fields["mode"].flatMap(Mode.init)) }
  }

  private func addWatches(to view: inout SettingsView, _ visit: Visit, _ guest: Guest) throws {
    let inSight = try members.watchesInSight(of: guest.participant)
    let shown = guest.link == nil ? inSight : try members.openToAll(inSight)
    view.hidden = inSight.count - shown.count
    view.pages = max(1, (shown.count + Desk.watchesPerPage - 1) / Desk.watchesPerPage)
    view.page = min(max(visit.query["page"].flatMap { Int($0) } ?? 1, 1), view.pages)
    // Somebody comes from the list, or from the watch's own page that has changed it.
    if let name = visit.query["watch"] ?? visit.form["watch"], visit.query["done"] != "unwatched" {
      let one = shown.first { Desk.name(of: $0) == name }
      view.watch = try one.map { SettingsView.Watched($0, title: try self.titles(of: [$0])[name]) }
    }
    let rows = Array(shown.dropFirst((view.page - 1) * Desk.watchesPerPage).prefix(Desk.watchesPerPage))
    let titles = try self.titles(of: rows)
    view.watches = rows.map { SettingsView.Watched($0, title: titles[Desk.name(of: $0)]) }
  }

  func titles(of watches: [ListedWatch]) throws -> [String: String] {
    func keys(_ scope: WatchScope) -> [String] { watches.filter { $0.watch.scope == scope }.map(\.target) }
    var titles: [String: String] = [:]
    for thread in try members.forum.threads(keys: keys(.thread)) {
      titles["thread:\(thread.key)"] = thread.title.singleLine(limit: 300)
    }
    for discussion in try members.forum.discussions(keys: keys(.discussion)) {
      titles["discussion:\(discussion.key)"] = discussion.title.singleLine(limit: 300)
    }
    return titles
  }

  static func name(of one: ListedWatch) -> String { "\(one.watch.scope.rawValue):\(one.target)" }
}

extension String {
  /// With whatever may be an address in it masked.
  var maskedAddresses: String { Address.masked(in: self) }
}

extension SettingsView.Watched {
  /// - Parameter title: as the forum has it now; nil: as the list had it.
  fileprivate init(_ one: ListedWatch, title: String?) {
    self.init(
      name: Desk.name(of: one), scope: one.watch.scope, title: title ?? one.title, mode: one.watch.mode,
      isMute: one.watch.isMute)
  }
}
