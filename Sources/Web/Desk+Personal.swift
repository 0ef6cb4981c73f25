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

  private func show(_ visit: Visit, _ guest: Guest, said: (Phrase, [String: String], isBad: Bool)? = nil) throws
    -> PageAnswer
  {
    // Anew, where it may have been changed a moment ago.
    let guest =
      visit.method != .post
      ? guest
      : try self.guest(
        participant(guest.person.id) ?? guest.participant, here: guest.here, door: guest.door, link: guest.link)
    let frame = self.frame(visit, guest.preferences.language)
    let view = try self.view(visit, guest)
    let told = try said ?? done(visit, guest).map { ($0.0, $0.1, false) }
    let notice = told.map { PageFrame.Said(words: frame($0.0, $0.1), isBad: $0.isBad) }
    let heading = frame.words[.pageTitle].filled(["site": settings.site])
    let signOut: HTML? =
      guest.link != nil
      ? nil
      : """
      <form method="post" action="\(frame.base)/sign-out"><input type="hidden" name="proof" value="\(view.proof)">
      <button class="plain">\(frame(.pageSignOut))</button></form>

      """
    let body = SettingsPage(view: view, frame: frame, zones: zones).body
    return page(
      frame.page(
        heading, said: notice, here: guest.here, signOut: signOut,
        script: !view.hasZone && !view.isOld && !view.fixed.contains(.zone), body))
  }

  private func view(_ visit: Visit, _ guest: Guest) throws -> SettingsView {
    let chosen = members.chosen(by: guest.participant, guest.person)
    var view = SettingsView(
      here: guest.here, proof: proof(guest.door), account: account(guest),
      preferences: guest.preferences, hasZone: chosen.zone != nil,
      fixed: SettingsForm.fixed(by: members.decidedByForum(for: guest.participant)), now: members.now())
    if let link = guest.link {
      view.stop = try stop(link.post, guest)
      view.isOld = link.isOld
      if link.isOld { return view }
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
  private func stop(_ post: JournalPosition, _ guest: Guest) throws -> SettingsView.Stop {
    if post == 0 { return .all(comes: guest.preferences.mode != .off) }
    guard let thread = try members.thread(of: post) else { return .gone }
    let mayRead = try members.mayRead(discussion: thread.discussionKey, guest.participant)
    let watches = try members.watches(on: thread, of: guest.participant)
    guard let first = watches.first, !first.watch.isMute else {
      return .unwatched(thread: mayRead ? thread.title : "")
    }
    let discussion = first.watch.scope == .discussion ? try members.forum.discussions(keys: [first.target]).first : nil
    return .watched(
      first.watch.scope, thread: mayRead ? thread.title : "", discussion: mayRead ? discussion?.title ?? "" : "")
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

  private func titles(of watches: [ListedWatch]) throws -> [String: String] {
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

  // MARK: Changing

  static let liftTopic = "lifted by their own word"

  /// What was done, told on the page that the browser is sent on to.
  private enum Done: String {
    case saved, nothing, paused, resumed, unwatched, forgotten, lifted, today, sent, stopped, again
  }

  /// Does what a form says, and sends the browser on to the page that tells of it.
  private func change(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    guard isOurs(visit, guest.door) else { return try show(visit, guest, said: (.pageStale, [:], true)) }
    let action = visit.form["do"] ?? ""
    // Of a mail that is too old only its stop link works, and what leads to a new one.
    if guest.link?.isOld == true, !["stop", "again", "link"].contains(action) {
      return try show(visit, guest, said: (.pageLinkOld, [:], true))
    }
    do {
      switch action {
      case "stop": return try stop(visit, guest)
      case "again": return try again(visit, guest)
      case "link":
        let participant = guest.participant
        later {
          do { try sendLink(to: participant) } catch { log.warning("a link to sign in could not be sent: \(error)") }
        }
        return seen(guest, .sent)
      case "save": return try save(visit, guest)
      case "pause":
        let end = try SettingsForm.pauseEnd(
          visit.form["until"] ?? "", zone: guest.preferences.digest.zone, now: members.now())
        try members.changePreferences(of: guest.participant) { $0.pausedUntil = end }
        return seen(guest, .paused)
      case "resume":
        try members.changePreferences(of: guest.participant) { $0.pausedUntil = nil }
        return seen(guest, .resumed)
      case "watch", "unwatch", "forget": return try changeWatch(action, visit, guest)
      case "lift": return try lift(guest)
      default: throw SettingsForm.Invalid()
      }
    } catch is SettingsForm.Invalid {
      return try show(visit, guest, said: (action == "pause" ? .pageBadDate : .pageBadValue, [:], true))
    }
  }

  private func seen(_ guest: Guest, _ done: Done, watch: String? = nil) -> PageAnswer {
    let query = Visit.encoded([("done", done.rawValue)] + (watch.map { [("watch", $0)] } ?? []))
    return .seeOther("\(settings.base)/\(guest.here)?\(query)")
  }

  private func done(_ visit: Visit, _ guest: Guest) throws -> (Phrase, [String: String])? {
    guard visit.method != .post, let done = visit.query["done"].flatMap(Done.init) else { return nil }
    switch done {
    case .saved: return (.pageSaved, [:])
    case .nothing: return (.pageNothingChanged, [:])
    case .paused:
      guard let until = guest.preferences.pausedUntil else { return nil }
      let words = frame(visit, guest.preferences.language).words
      let offset = zones.offset(guest.preferences.digest.zone, at: until)
      return (.pagePaused, ["date": LocalDate(words).text(until, offset: offset)])
    case .resumed: return (.pageResumed, [:])
    case .unwatched, .forgotten:
      let title = try visit.query["watch"].flatMap { try self.title(of: $0, guest) } ?? ""
      if title.isEmpty { return (.pageSaved, [:]) }
      return (done == .unwatched ? .pageStopped : .pageForgotten, ["title": title])
    case .lifted: return (.pageTested, [:])
    case .today: return (.pageTestedToday, [:])
    case .sent: return (.pageLinkSent, [:])
    case .stopped:
      guard let link = guest.link else { return nil }
      if link.post == 0 { return (.pageNoMail, ["site": settings.site]) }
      guard case .unwatched(let thread) = try stop(link.post, guest), !thread.isEmpty else { return (.pageSaved, [:]) }
      return (.pageNotWatching, ["title": thread])
    case .again:
      guard let link = guest.link, case .watched(_, let thread, _) = try stop(link.post, guest), !thread.isEmpty else {
        return (.pageMailComes, [:])
      }
      return (.pageWatching, ["title": thread])
    }
  }

  /// The title of a watch's target, as far as this guest may be told it.
  private func title(of name: String, _ guest: Guest) throws -> String? {
    guard let (scope, target) = Desk.target(name), scope != .everything else { return nil }
    let one = ListedWatch(watch: Watch(scope: scope), target: target, title: "")
    let discussion =
      scope == .discussion ? target : try members.forum.threads(keys: [target]).first?.discussionKey
    guard let discussion, try members.mayRead(discussion: discussion, guest.participant) else { return nil }
    if guest.link != nil, try members.openToAll([one]).isEmpty { return nil }
    return try titles(of: [one])[name]
  }

  private static func target(_ name: String) -> (WatchScope, String)? {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scope = WatchScope(rawValue: String(parts[0])) else { return nil }
    return (scope, String(parts[1]))
  }

  /// Only what the person changed on the page is written.
  private func save(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    let fixed = SettingsForm.fixed(by: members.decidedByForum(for: guest.participant))
    let changes = SettingsForm.changes(in: visit.form, but: fixed)
    if changes.isEmpty { return seen(guest, .nothing) }
    if changes.contains(where: { $0.field == .mode && $0.value != Mode.off.rawValue }), try isRefused(guest) {
      return try show(visit, guest, said: (.pageAddressComplaint, [:], true))
    }
    try members.changePreferences(of: guest.participant) { preferences in
      for (field, value) in changes { try SettingsForm.apply(field, value, to: &preferences) }
    }
    return seen(guest, .saved)
  }

  /// Whether a complaint keeps a mail's link from turning mail on again: only who is signed in does, and takes it back
  /// by that (rule B4).
  private func isRefused(_ guest: Guest) throws -> Bool {
    guard try members.ledger.hasComplained(guest.person.id) else { return false }
    if guest.link != nil { return true }
    try members.ledger.takeBackComplaints(of: guest.person.id)
    return false
  }

  private func changeWatch(_ action: String, _ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    let name = visit.form["watch"] ?? ""
    guard let (scope, target) = Desk.target(name),
      let one = try members.allWatches(of: guest.participant).first(where: {
        $0.watch.scope == scope && ForumKey($0.target) == ForumKey(target)
      })
    else { return seen(guest, .nothing) }
    guard action == "watch" else {
      _ = try members.removeWatch(scope, target: one.target, of: guest.participant)
      return seen(guest, action == "unwatch" ? .unwatched : .forgotten, watch: name)
    }
    let text = visit.form["mode"] ?? ""
    guard text.isEmpty || Mode(rawValue: text) != nil else { throw SettingsForm.Invalid() }
    var watch = one.watch
    watch.mode = Mode(rawValue: text)
    watch.isMute = false
    // A mute stays one where no mail is wanted: it silences broader watches too.
    if watch == one.watch || one.watch.isMute && watch.mode == .off { return seen(guest, .nothing, watch: name) }
    try members.put(watch, target: one.target, of: guest.participant)
    return seen(guest, .saved, watch: name)
  }

  // MARK: Stopping

  private func stop(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    guard let link = guest.link else { throw SettingsForm.Invalid() }
    _ = try members.stop(by: link.post, of: guest.participant)
    return seen(guest, .stopped)
  }

  private func again(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    guard let link = guest.link else { throw SettingsForm.Invalid() }
    if link.post == 0 {
      if try isRefused(guest) { return try show(visit, guest, said: (.pageAddressComplaint, [:], true)) }
      let mode = members.defaults.mode == .off ? Mode.instant : members.defaults.mode
      try members.changePreferences(of: guest.participant) { if $0.mode == .off { $0.mode = mode } }
    } else if let thread = try members.thread(of: link.post) {
      try members.watchAgain(thread, of: guest.participant)
    }
    return seen(guest, .again)
  }

  /// Mails an address again that was stopped because mail came back, and tries it at once (rule B4).
  private func lift(_ guest: Guest) throws -> PageAnswer {
    let (ledger, now) = (members.ledger, members.now())
    guard let suppression = try ledger.suppression(of: guest.participant.address), suppression.cause == .failures
    else { return seen(guest, .nothing) }
    let notice = Notice(.lifted(posts: 0, since: suppression.since), signingKey: keys.current)
    let draft = Ledger.NoticeDraft(
      person: guest.person.id, topic: Desk.liftTopic, body: notice.json, isUrgent: true)
    guard let delivery = try ledger.queueNotice(draft, now: now) else { return seen(guest, .today) }
    _ = try ledger.lift(guest.participant.address, now: now)
    send(delivery)
    return seen(guest, .lifted)
  }
}

extension String {
  /// With whatever may be an address in it masked.
  fileprivate var maskedAddresses: String { Address.masked(in: self) }
}

extension SettingsView.Watched {
  /// - Parameter title: as the forum has it now; nil: as the list had it.
  fileprivate init(_ one: ListedWatch, title: String?) {
    self.init(
      name: Desk.name(of: one), scope: one.watch.scope, title: title ?? one.title, mode: one.watch.mode,
      isMute: one.watch.isMute)
  }
}
