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
    guard isOurs(visit, guest.door) else { return try show(visit, guest, said: .init(phrase: .pageStale, isBad: true)) }
    let action = visit.form["do"] ?? ""
    // Of a mail that is too old only its stop link works, and what leads to a new one.
    if guest.link?.isOld == true, !["stop", "again", "link"].contains(action) {
      return try show(visit, guest, said: .init(phrase: .pageLinkOld, isBad: true))
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
        return seen(visit, guest, .sent)
      case "save": return try save(visit, guest)
      case "pause":
        let end = try SettingsForm.pauseEnd(
          visit.form["until"] ?? "", zone: guest.preferences.digest.zone, now: members.now())
        try members.changePreferences(of: guest.participant) { $0.pausedUntil = end }
        return seen(visit, guest, .paused)
      case "resume":
        try members.changePreferences(of: guest.participant) { $0.pausedUntil = nil }
        return seen(visit, guest, .resumed)
      case "watch", "unwatch", "forget": return try changeWatch(action, visit, guest)
      case "lift": return try lift(visit, guest)
      default: throw SettingsForm.Invalid()
      }
    } catch is SettingsForm.Invalid {
      return try show(visit, guest, said: .init(phrase: action == "pause" ? .pageBadDate : .pageBadValue, isBad: true))
    }
  }

  private func seen(_ visit: Visit, _ guest: Guest, _ done: Done, _ more: [(String, String)] = []) -> PageAnswer {
    .seeOther(frame(visit).address(guest.here, [("done", done.rawValue)] + more))
  }

  /// What was done, as far as it still holds: such a page may be loaded again later.
  func done(_ visit: Visit, _ guest: Guest) throws -> PageFrame.Said? {
    guard visit.method != .post, let done = visit.query["done"].flatMap(Done.init) else { return nil }
    let noMail = PageFrame.Said(phrase: .pageNoMail, values: ["site": settings.site])
    let isOff = guest.preferences.mode == .off
    switch done {
    case .saved: return isOff && visit.query["watch"] == nil ? noMail : .init(phrase: .pageSaved)
    case .nothing: return .init(phrase: .pageNothingChanged)
    case .paused:
      guard let until = guest.preferences.pausedUntil else { return nil }
      let words = frame(visit, guest.preferences.language).words
      let offset = zones.offset(guest.preferences.digest.zone, at: until)
      return .init(phrase: .pagePaused, values: ["date": LocalDate(words).text(until, offset: offset)])
    case .resumed: return guest.preferences.pausedUntil == nil ? .init(phrase: .pageResumed) : nil
    case .unwatched, .forgotten:
      guard let name = visit.query["watch"] else { return nil }
      let isHeard = try members.allWatches(of: guest.participant).contains {
        Desk.name(of: $0) == name && !$0.watch.isMute
      }
      if isHeard == (done == .unwatched) { return nil }
      let title = try self.title(of: name, guest) ?? ""
      if title.isEmpty { return .init(phrase: .pageSaved) }
      return .init(phrase: done == .unwatched ? .pageStopped : .pageForgotten, values: ["title": title])
    case .lifted: return .init(phrase: .pageTested)
    case .today: return .init(phrase: .pageTestedToday)
    case .sent:
      let account = guest.participant.address.maskedAddresses
      return guest.link == nil ? nil : .init(phrase: .pageLinkSentHere, values: ["address": account])
    case .stopped: return try stopped(visit, guest, noMail)
    case .again:
      guard let link = guest.link else { return nil }
      guard case .watched(let scope, let thread, let discussion) = try stop(link.post, visit, guest) else {
        return link.post == 0 && !isOff ? .init(phrase: .pageMailComes) : nil
      }
      let title = scope == .discussion ? discussion : thread
      return title.isEmpty ? .init(phrase: .pageMailComes) : .init(phrase: .pageWatching, values: ["title": title])
    }
  }

  private func stopped(_ visit: Visit, _ guest: Guest, _ noMail: PageFrame.Said) throws -> PageFrame.Said? {
    guard let link = guest.link else { return nil }
    switch try stop(link.post, visit, guest) {
    case .all(comes: false): return noMail
    case .unwatched(let one):
      if one.title.isEmpty { return .init(phrase: .pageNotWatchingThis) }
      switch one.scope {
      case .thread: return .init(phrase: .pageNotWatching, values: ["title": one.title])
      case .discussion: return .init(phrase: .pageNotWatchingDiscussion, values: ["title": one.title])
      case .everything: return nil
      }
    default: return nil
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
    var changes = SettingsForm.changes(in: visit.form, but: fixed)
    if changes.isEmpty { return seen(visit, guest, .nothing) }
    if let mode = changes.first(where: { $0.field == .mode })?.value {
      if mode == Mode.off.rawValue {
        _ = try members.stopAll(of: guest.participant)
        changes.removeAll { $0.field == .mode }
      } else {
        if try isRefused(guest) {
          return try show(visit, guest, said: .init(phrase: .pageAddressComplaint, isBad: true))
        }
        try members.mailAgain(guest.participant)
      }
    }
    try members.changePreferences(of: guest.participant) { preferences in
      for (field, value) in changes { try SettingsForm.apply(field, value, to: &preferences) }
    }
    return seen(visit, guest, .saved)
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
      }), try guest.link == nil || !members.openToAll([one]).isEmpty
    else { return seen(visit, guest, .nothing) }
    guard action == "watch" else {
      _ = try members.removeWatch(scope, target: one.target, of: guest.participant)
      return seen(visit, guest, action == "unwatch" ? .unwatched : .forgotten, [("watch", name)])
    }
    let text = visit.form["mode"] ?? ""
    guard text.isEmpty || Mode(rawValue: text) != nil else { throw SettingsForm.Invalid() }
    var watch = one.watch
    watch.mode = Mode(rawValue: text)
    watch.isMute = false
    // A mute stays one where no mail is wanted: it silences broader watches too.
    if watch == one.watch || one.watch.isMute && watch.mode == .off {
      return seen(visit, guest, .nothing, [("watch", name)])
    }
    if watch.mode ?? .off != .off, try isRefused(guest) {
      return try show(visit, guest, said: .init(phrase: .pageAddressComplaint, isBad: true))
    }
    try members.put(watch, target: one.target, of: guest.participant)
    return seen(visit, guest, .saved, [("watch", name)])
  }

  // MARK: Stopping

  private func stop(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    guard let link = guest.link else { throw SettingsForm.Invalid() }
    let ended = try members.stop(by: link.post, of: guest.participant)?.ended
    guard let ended, ended.hasChanged, link.post != 0 else { return seen(visit, guest, .stopped) }
    return seen(
      visit, guest, .stopped, [("was", ended.scope.rawValue)] + (ended.mode.map { [("mode", $0.rawValue)] } ?? []))
  }

  private func again(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    guard let link = guest.link else { throw SettingsForm.Invalid() }
    if try isRefused(guest) { return try show(visit, guest, said: .init(phrase: .pageAddressComplaint, isBad: true)) }
    if link.post == 0 {
      try members.mailAgain(guest.participant)
    } else if let thread = try members.thread(of: link.post) {
      let (scope, mode) = Desk.was(visit.form) ?? (.thread, nil)
      try members.watchAgain(thread, scope: scope, mode: mode, of: guest.participant)
    }
    return seen(visit, guest, .again)
  }

  /// Mails an address again that was stopped because mail came back, and tries it at once (rule B4).
  private func lift(_ visit: Visit, _ guest: Guest) throws -> PageAnswer {
    let (ledger, now) = (members.ledger, members.now())
    guard let suppression = try ledger.suppression(of: guest.participant.address), suppression.cause == .failures
    else { return seen(visit, guest, .nothing) }
    if try ledger.hadNotice(guest.person.id, topic: Desk.liftTopic, now: now) { return seen(visit, guest, .today) }
    let signingKey = keys.current
    let found = try ledger.lift(guest.participant.address, now: now) { lifted in
      let notice = Notice(.lifted(posts: lifted.posts, since: lifted.since), signingKey: signingKey)
      return Ledger.NoticeDraft(person: guest.person.id, topic: Desk.liftTopic, body: notice.json, isUrgent: true)
    }
    if let delivery = found?.notice { send(delivery) }
    return seen(visit, guest, .lifted)
  }
}
