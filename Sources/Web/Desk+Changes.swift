import Composition
import Forum
import Foundation
import Ledger
import Mail
import Membership
import Phrases
import Text
import Time

/// What the forms on a person's page do (rules P1, P2, B4).
extension Desk {
  static let liftTopic = "lifted by their own word"

  /// What was done, told on the page that the browser is sent on to.
  private enum Done: String {
    case saved, nothing, paused, resumed, unwatched, forgotten, lifted, today, sent, stopped, again
  }

  /// Does what a form says, and sends the browser on to the page that tells of it.
  func change(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
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

  func done(_ visit: Visit, _ guest: Guest) throws -> (Phrase, [String: String])? {
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
    if let mode = changes.first(where: { $0.field == .mode })?.value {
      if mode == Mode.off.rawValue {
        _ = try members.stopAll(of: guest.participant)
      } else {
        if try isRefused(guest) { return try show(visit, guest, said: (.pageAddressComplaint, [:], true)) }
        try members.mailAgain(guest.participant)
      }
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
    if watch.mode ?? .off != .off, try isRefused(guest) {
      return try show(visit, guest, said: (.pageAddressComplaint, [:], true))
    }
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
      try members.mailAgain(guest.participant)
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
    if try ledger.hadNotice(guest.person.id, topic: Desk.liftTopic, now: now) { return seen(guest, .today) }
    let signingKey = keys.current
    let found = try ledger.lift(guest.participant.address, now: now) { lifted in
      let notice = Notice(.lifted(posts: lifted.posts, since: lifted.since), signingKey: signingKey)
      return Ledger.NoticeDraft(person: guest.person.id, topic: Desk.liftTopic, body: notice.json, isUrgent: true)
    }
    if let delivery = found?.notice { send(delivery) }
    return seen(guest, .lifted)
  }
}
