import Forum
import Identifiers
import Ledger

/// What somebody wants of a whole discussion, said in one word: by mail, and on their page.
extension Members {
  /// How the posts of a discussion are to come, in the words of LISTSERV.
  public enum DiscussionSetting: String, Hashable, Sendable, CaseIterable {
    /// In digests.
    case digest
    /// Each in a mail of its own.
    case nodigest
    /// Again, as the person has chosen for all.
    case mail
    /// Not at all; the watches stay.
    case nomail
  }

  /// What a setting has changed.
  public enum SettingChange: Hashable, Sendable {
    /// Nothing: it was so before.
    case none
    /// All that the words say.
    case all
    /// How the threads come that the person watches there; they watch no more than before.
    case threads
    /// They did not watch the discussion, and now do.
    case begun
  }

  /// Sets how the posts of a discussion come: of its watches, and of those on its threads. Who watches nothing there
  /// watches the discussion from now on; so does, by `mail`, who gets what they watch as they wish: they want more.
  /// - Parameter discussion: nil: of everything, by the person's own mode.
  public func set(
    _ setting: DiscussionSetting, in discussion: Discussion?, of participant: Participant
  ) throws -> SettingChange {
    guard let discussion else { return try set(setting, of: participant) ? .all : .none }
    let mode = try mode(for: setting, of: participant)
    if setting != .nomail { try narrowStop(of: participant) }
    let all = try allWatches(of: participant)
    let here = try watches(all, in: discussion)
    var hasChanged = false
    for one in here { hasChanged = try setMode(mode, of: one, participant) || hasChanged }
    if let own = here.first(where: { $0.watch.scope == .discussion }) {
      if setting != .nomail, own.watch.isMute {
        try put(Watch(scope: .discussion, mode: mode, since: own.watch.since), target: discussion.key, of: participant)
        hasChanged = true
      }
      return hasChanged ? .all : .none
    }
    let watch = Watch(scope: .discussion, mode: mode, since: now())
    // On everything else their wishes stay as they are.
    if all.contains(where: { $0.watch.scope == .everything && !$0.watch.isMute }) {
      try put(watch, target: discussion.key, of: participant)
      return .all
    }
    let hasThreads = here.contains { !$0.watch.isMute }
    if setting == .nomail || hasThreads && (hasChanged || setting != .mail) {
      return hasChanged ? hasThreads ? .threads : .all : .none
    }
    try put(watch, target: discussion.key, of: participant)
    return .begun
  }

  /// Sets how everything comes: by the person's own mode, and by the watches that have one of their own. Who had stopped
  /// all mail has it again as it was.
  private func set(_ setting: DiscussionSetting, of participant: Participant) throws -> Bool {
    let mode: Mode?
    switch setting {
    case .nomail: return try stopAll(of: participant)
    case .mail:
      if try mailAgain(participant) { return true }
      mode = nil
    case .digest: mode = .digest
    case .nodigest: mode = .instant
    }
    var hasChanged = false
    if let mode {
      hasChanged = try ledger.resumeMail(of: person(participant).id)
      if try preferences(of: participant, person(participant)).mode != mode {
        try changePreferences(of: participant) { $0.mode = mode }
        hasChanged = true
      }
    }
    for one in try allWatches(of: participant) where one.watch.mode != nil {
      hasChanged = try setMode(mode, of: one, participant) || hasChanged
    }
    return hasChanged
  }

  private func setMode(_ mode: Mode?, of one: ListedWatch, _ participant: Participant) throws -> Bool {
    guard one.watch.mode != mode, !one.watch.isMute else { return false }
    var watch = one.watch
    watch.mode = mode
    try put(watch, target: one.target, of: participant)
    return true
  }

  /// Ends all mail of posts, also by watches that have a mode of their own.
  /// - Returns: false if it was ended before.
  public func stopAll(of participant: Participant) throws -> Bool {
    let hasChanged = try ledger.stopMail(of: person(participant).id, now: now())
    try moveDigest(of: participant)
    return hasChanged
  }

  /// Posts come again to who had ended all mail, as they came before; nothing changes for anybody else.
  /// - Returns: whether anything was changed.
  @discardableResult
  public func mailAgain(_ participant: Participant) throws -> Bool {
    let wasStopped = try ledger.resumeMail(of: person(participant).id)
    let isOff = try preferences(of: participant, person(participant)).mode == .off
    if isOff { try changePreferences(of: participant) { $0.mode = defaults.mode == .off ? .instant : defaults.mode } }
    if wasStopped { try moveDigest(of: participant) }
    return wasStopped || isOff
  }

  /// Who had stopped all mail and now wants one thing again: the rest stays without.
  func narrowStop(of participant: Participant) throws {
    guard let person = try ledger.people(keys: [participant.key], isRecording: false).values.first, person.isStopped
    else { return }
    try changePreferences(of: participant) { $0.mode = .off }
    for one in try allWatches(of: participant) where one.watch.mode != nil {
      _ = try setMode(.off, of: one, participant)
    }
    _ = try ledger.resumeMail(of: person.id)
  }

  /// nil: as the person's own mode is; which has to be one by which mail comes.
  private func mode(for setting: DiscussionSetting, of participant: Participant) throws -> Mode? {
    switch setting {
    case .digest: return .digest
    case .nodigest: return .instant
    case .nomail: return .off
    case .mail:
      return try preferences(of: participant, person(participant)).mode == .off ? .instant : nil
    }
  }

  /// Ends every watch of a discussion; one on everything stays, and the discussion is muted.
  /// - Parameter discussion: nil: ends all watches.
  /// - Returns: false if there was nothing to end.
  public func signOff(from discussion: Discussion?, _ participant: Participant) throws -> Bool {
    let all = try allWatches(of: participant)
    var hasChanged = false
    for one in try discussion.map({ try watches(all, in: $0) }) ?? all where !one.watch.isMute {
      hasChanged = try removeWatch(one.watch.scope, target: one.target, of: participant) != .none || hasChanged
    }
    if let discussion, all.contains(where: { $0.watch.scope == .everything && !$0.watch.isMute }),
      !all.contains(where: { $0.watch.isMute && $0.watch.scope == .discussion && $0.target == discussion.key })
    {
      try put(Watch(scope: .discussion, isMute: true, since: now()), target: discussion.key, of: participant)
      hasChanged = true
    }
    return hasChanged
  }

  /// What a stop address ended.
  public struct Stopped: Hashable, Sendable {
    /// What the watch was on, by which the post had come.
    public var scope: WatchScope
    /// Its key; empty for everything.
    public var target: String
    /// The mode that the watch had of its own.
    public var mode: Mode?
    /// False if it was ended before.
    public var hasChanged: Bool
  }

  /// Ends the watch by which the posts of a thread come; where a broader one would bring them still, the thread, or the
  /// discussion, is muted.
  public func stop(_ thread: Thread, of participant: Participant) throws -> Stopped {
    let all = try watches(on: thread, of: participant)
    guard let first = all.first, !first.watch.isMute else {
      let scope = all.first?.watch.scope ?? .thread
      return Stopped(scope: scope, target: all.first?.target ?? thread.key, hasChanged: false)
    }
    if all.dropFirst().contains(where: { !$0.watch.isMute }) {
      try put(Watch(scope: first.watch.scope, isMute: true, since: now()), target: first.target, of: participant)
    } else {
      _ = try removeWatch(first.watch.scope, target: first.target, of: participant)
    }
    return Stopped(scope: first.watch.scope, target: first.target, mode: first.watch.mode, hasChanged: true)
  }

  /// The watches and mutes that bear on a thread, the most specific first: that one decides (rule F1).
  public func watches(on thread: Thread, of participant: Participant) throws -> [ListedWatch] {
    try allWatches(of: participant).filter {
      switch $0.watch.scope {
      case .thread: $0.target == thread.key
      case .discussion: $0.target == thread.discussionKey
      case .everything: true
      }
    }.sorted { $0.watch.scope > $1.watch.scope }
  }

  /// Ends what a mail's link, or its stop address, ends: the watch by which the post came, or all mail (rule P2). A second
  /// time it changes nothing.
  /// - Parameter post: 0: all mail.
  /// - Returns: what was ended, and the post's thread; nil if that is there no more.
  public func stop(by post: JournalPosition, of participant: Participant) throws -> (ended: Stopped, thread: Thread?)? {
    if post == 0 {
      return (Stopped(scope: .everything, target: "", hasChanged: try stopAll(of: participant)), nil)
    }
    guard let thread = try thread(of: post) else { return nil }
    return (try stop(thread, of: participant), thread)
  }

  /// Where a journalled post stands now; nil if its thread is there no more.
  public func thread(of post: JournalPosition) throws -> Thread? {
    guard let entry = try ledger.journalEntries(positions: [post]).first else { return nil }
    let key = try forum.posts(keys: [entry.postKey], .standing).first?.threadKey ?? entry.threadKey
    return try forum.threads(keys: [key]).first
  }

  /// Watches again what was stopped by a thread's link.
  /// - Parameters:
  ///   - scope: of the watch that was ended.
  ///   - mode: the mode that it had of its own.
  public func watchAgain(_ thread: Thread, scope: WatchScope, mode: Mode?, of participant: Participant) throws {
    let all = try watches(on: thread, of: participant)
    if let mute = all.first, mute.watch.isMute {
      // What was silenced is heard again by the broader watch, or by this one.
      if all.dropFirst().contains(where: { !$0.watch.isMute }),
        try removeWatch(mute.watch.scope, target: mute.target, of: participant) == .removed
      {
        return
      }
      return try put(
        Watch(scope: mute.watch.scope, mode: mode, since: mute.watch.since), target: mute.target, of: participant)
    }
    guard all.isEmpty else { return }
    let target =
      switch scope {
      case .thread: thread.key
      case .discussion: thread.discussionKey
      case .everything: ""
      }
    try put(Watch(scope: scope, mode: mode, since: now()), target: target, of: participant)
  }

  /// Every watch and mute, the ledger's own before the forum's of the same target.
  public func allWatches(of participant: Participant) throws -> [ListedWatch] {
    let (forum, ledger) = try watches(of: participant)
    var seen: Set<String> = []
    return (ledger.map { ListedWatch(watch: $0.watch, target: $0.target, title: "") } + forum).filter {
      seen.insert("\($0.watch.scope.rawValue) \($0.target)").inserted
    }
  }

  /// Those that are on a discussion or on threads that stand in it.
  private func watches(_ all: [ListedWatch], in discussion: Discussion) throws -> [ListedWatch] {
    let keys = all.filter { $0.watch.scope == .thread }.map(\.target)
    let threads = keys.isEmpty ? [] : try forum.threads(keys: keys).filter { $0.discussionKey == discussion.key }
    let inside = threads.map(\.key).distinctKeys
    return all.filter {
      switch $0.watch.scope {
      case .discussion: ForumKey($0.target) == ForumKey(discussion.key)
      case .thread: inside.contains(ForumKey($0.target))
      case .everything: false
      }
    }
  }

  /// The discussion that a person calls by its slug, its key or its title; nil if there is none, or several.
  ///
  /// Of those from which posts were journalled, and those that the person watches: a forum that has never said anything
  /// is not known. One that the person may not read is not known either, even where they watch it.
  public func discussion(named name: String, by participant: Participant) throws -> Discussion? {
    let watched = try allWatches(of: participant).filter { $0.watch.scope == .discussion }.map(\.target)
    let keys = (try ledger.journalledDiscussions() + watched).distinctKeys.sortedTexts
    let all = try forum.discussions(keys: keys).rows
    func spaced(_ text: String) -> String {
      text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
    }
    let wanted = spaced(name)
    let found = try all.filter { $0.slug.lowercased() == wanted }.filter {
      try mayRead(discussion: $0.key, participant)
    }
    if found.count == 1 { return found[0] }
    let titled = try all.filter {
      $0.key == name || spaced($0.title) == wanted
    }
    .filter { try mayRead(discussion: $0.key, participant) }
    return titled.count == 1 ? titled[0] : nil
  }

  /// The person's watches but for those on what they may not read.
  public func watchesInSight(of participant: Participant) throws -> [ListedWatch] {
    try filter(allWatches(of: participant), keepsOrphans: true) { try mayRead(discussion: $0, participant) }
  }

  /// Those of these watches that are on what everybody may read, be they registered or not: a mail's link shows no more
  /// of them (rule P1).
  public func openToAll(_ watches: [ListedWatch]) throws -> [ListedWatch] {
    try filter(watches, keepsOrphans: false) { try forum.readers(of: sample(of: $0), among: []) == .everyone }
  }

  /// The watches on everything, and those whose discussion passes; each discussion is asked about once.
  /// - Parameter keepsOrphans: whether a watch of a thread stays that the forum does not have any more.
  private func filter(
    _ watches: [ListedWatch], keepsOrphans: Bool, _ passes: (_ discussion: String) throws -> Bool
  ) throws -> [ListedWatch] {
    let threads = try forum.threads(keys: watches.filter { $0.watch.scope == .thread }.map(\.target)).keyed(by: \.key)
    var known: [ForumKey: Bool] = [:]
    return try watches.filter { one in
      if one.watch.scope == .everything { return true }
      let discussion = one.watch.scope == .discussion ? one.target : threads[ForumKey(one.target)]?.discussionKey
      guard let discussion else { return keepsOrphans }
      if let known = known[ForumKey(discussion)] { return known }
      let isIn = try passes(discussion)
      known[ForumKey(discussion)] = isIn
      return isIn
    }
  }

  /// Posts of a discussion that the forum is asked about, before one that is shown is found.
  private static let askedPosts = 20

  /// Whether a person may read a post where it stands now; what is not there nobody may.
  public func mayRead(post key: String, _ person: String) throws -> Bool {
    guard let post = try forum.posts(keys: [key], .standing).first, post.visibility == .visible else { return false }
    return try forum.readers(of: post, among: [person]).contains(person)
  }

  /// Whether a person may read a discussion: its latest post that is shown; where there is none, any that it might have.
  public func mayRead(discussion: String, _ participant: Participant) throws -> Bool {
    try forum.readers(of: sample(of: discussion), among: [participant.key]).contains(participant.key)
  }

  /// By what it is judged who may read a discussion.
  private func sample(of discussion: String) throws -> Post {
    let latest = try ledger.latestEntries(ofDiscussion: discussion, limit: Self.askedPosts)
    let posts = try forum.posts(keys: latest.filter { !$0.isReplaced }.map(\.postKey), .standing)
    let shown = posts.first { $0.visibility == .visible && ForumKey($0.discussionKey) == ForumKey(discussion) }
    return shown ?? Post(anyOf: discussion)
  }
}
