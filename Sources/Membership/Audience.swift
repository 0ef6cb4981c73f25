import Forum
import Identifiers
import Ledger
import Text
import Time

/// One watcher of a post with the decision about them as things stand now.
public struct AudienceMember: Sendable {
  /// What the forum knows, with the ledger's own watches before the forum's.
  public let watcher: Watcher
  /// Their place in the ledger; its number is 0 for somebody who was not to be given one.
  public let person: Person
  /// What holds for them, wherever it is kept, and whether they may have it.
  public var standing: Standing
  /// Who hears of the post, by `Watcher.decide`.
  public let decision: Decision

  /// What holds for them, wherever it is kept.
  public var preferences: EffectivePreferences {
    get { standing.preferences }
    set { standing.preferences = newValue }
  }

  /// What of the person's row cannot be used, though it can be read, where it matters for the decision: it is told, and
  /// holds nothing back.
  public var unusable: RowFault? {
    let participant = watcher.participant
    switch decision {
    case .skipped(.badAddress):
      return RowFault(
        .participant, key: participant.key, query: "query watchers", column: "address",
        value: participant.address.singleLine(limit: 100), complaint: "is no address that mail can be sent to")
    case .digest where !participant.hasKnownZone:
      return RowFault(
        .participant, key: participant.key, query: "query watchers", column: "zone",
        value: (participant.preferences.zone ?? "").singleLine(limit: 100),
        complaint: "is no time zone; their digests come by UTC"
          + (ZoneName.meant(by: participant.preferences.zone ?? "").map { "; did you mean `\($0)`?" } ?? ""))
    default: return nil
    }
  }
}

/// Who may have a post now: the same question when a copy is chosen and when it is sent (rule F3). It puts together
/// what the forum, the ledger and the configuration know of each person, and leaves the decision to `Watcher.decide`.
public struct Audience: Sendable {
  let members: Members
  /// As the forum showed it when this was made.
  public let post: Post
  /// When it became visible; watches are older or newer than that.
  public let visibleAt: Timestamp
  private let isRecording: Bool

  /// - Parameter isRecording: people whom the ledger does not know are given a number; false writes nothing.
  public init(_ members: Members, _ post: Post, visibleAt: Timestamp, isRecording: Bool = true) {
    self.members = members
    self.post = post
    self.visibleAt = visibleAt
    self.isRecording = isRecording
  }

  /// What the forum knows of some of the people who may be concerned.
  public struct Page: Sendable {
    /// In the forum's own order of keys, with the watches that the forum keeps.
    public let watchers: [Watcher]
    /// Who of them may read the post.
    public let readers: Readers
    /// The person after whom the next page begins; nil on the last one.
    public let next: String?
    /// People whose rows cannot be read: nothing is decided about them.
    public let faults: [RowFault]
  }

  /// A page of those whom the forum knows to watch. Asks the forum alone, so that one page may be read while the last
  /// one is judged and written; whom only the ledger knows to watch, `among` judges (rule F6).
  /// - Parameter after: the last page's `next`; nil for the first.
  public func page(after: String?, limit: Int) throws -> Page {
    let page = try members.forum.watchers(
      thread: post.threadKey, discussion: post.discussionKey, after: after, limit: limit)
    return try self.page(page.watchers, next: page.next, page.faults)
  }

  private func page(_ watchers: [Watcher], next: String?, _ faults: [RowFault]) throws -> Page {
    // While the post is not shown, to ask who may read it would be to hear: nobody. It is asked when it is to be sent.
    let readers =
      watchers.isEmpty || post.visibility != .visible
      ? .everyone : try members.forum.readers(of: post, among: watchers.map(\.participant.key))
    return Page(watchers: watchers, readers: readers, next: next, faults: faults)
  }

  /// These people, whoever keeps their watches. Those whom the forum no longer has are left out; those who cannot be
  /// read are set aside, and have that for a reason.
  public func among(_ keys: [String]) throws -> [AudienceMember] {
    let page = try page(among: keys)
    let judged = try judge(page)
    return page.faults.isEmpty ? judged : try judged + passedBy(page.faults)
  }

  /// What the forum knows of these people.
  public func page(among keys: [String]) throws -> Page {
    if keys.isEmpty { return Page(watchers: [], readers: .everyone, next: nil, faults: []) }
    let watchers = try members.forum.watchers(thread: post.threadKey, discussion: post.discussionKey, among: keys)
    return try page(watchers.rows, next: nil, watchers.faults)
  }

  /// A page of those who watch by the ledger's word.
  func ownWatchers(after: PersonID, limit: Int) throws -> [(id: PersonID, key: String)] {
    try members.ledger.ownWatchers(
      thread: post.threadKey, discussion: post.discussionKey, after: after, limit: limit)
  }

  /// People about whom nothing can be decided now.
  private func passedBy(_ faults: [RowFault]) throws -> [AudienceMember] {
    if isRecording { try members.ledger.setAside(setAside(faults, post: nil)) }
    let keys = faults.map(\.key).distinctKeys.sortedTexts
    let people = try members.ledger.people(keys: keys, isRecording: isRecording)
    return keys.map { key in
      let participant = Participant(key: key, name: "", address: "")
      return AudienceMember(
        watcher: Watcher(participant: participant, watches: []), person: people[key] ?? .unrecorded(key: key),
        standing: Standing(preferences: members.defaults, mayRead: false), decision: .skipped(.unreadablePerson))
    }
  }

  /// What is to be kept of people who cannot be read.
  /// - Parameter position: where the post stands in the journal, if fan-out passes them by.
  public func setAside(_ faults: [RowFault], post position: JournalPosition?) -> [SetAside] {
    let place = SetAside.Place(thread: post.threadKey, discussion: post.discussionKey)
    return faults.map { SetAside($0, at: place, post: position, since: members.now()) }
  }

  /// Judges a page with what the ledger knows of its people: four questions, however many they are.
  public func judge(_ page: Page) throws -> [AudienceMember] {
    if page.watchers.isEmpty { return [] }
    let people = try members.ledger.people(keys: page.watchers.map(\.participant.key), isRecording: isRecording)
    let own = try members.ledger.ownWatches(
      of: people.values.lazy.map(\.id), thread: post.threadKey, discussion: post.discussionKey)
    let suppressed = try members.ledger.suppressed(among: page.watchers.map(\.participant.address))
    let now = members.now()
    let (earliest, latest) = (members.doubt?.earliest() ?? now, members.doubt?.latest() ?? now)
    return page.watchers.map { watcher in
      let person = people[watcher.participant.key] ?? .unrecorded(key: watcher.participant.key)
      var watcher = watcher
      // Of two watches of one scope, the ledger's own comes first.
      if let more = own[person.id] { watcher.watches = more + watcher.watches }
      let standing = Standing(
        preferences: members.preferences(of: watcher.participant, person),
        mayRead: page.readers.contains(watcher.participant.key),
        isSuppressed: suppressed.contains(watcher.participant.address), isErased: person.isErased)
      let decision = watcher.decide(
        authorKey: post.authorKey, visibleAt: visibleAt, standing: standing, now: latest,
        earliest: earliest, wrongMoments: members.doubt?.wrongMoments)
      return AudienceMember(watcher: watcher, person: person, standing: standing, decision: decision)
    }
  }

  /// What is decided about a member when an admin sets something aside (rule A1); about whom nothing can be decided,
  /// nothing is.
  public func decision(of member: AudienceMember, settingAside forced: Set<Exemption>) -> Decision {
    if forced.isEmpty || member.decision == .skipped(.unreadablePerson) { return member.decision }
    return member.watcher.decide(
      authorKey: post.authorKey, visibleAt: visibleAt, standing: member.standing,
      now: members.doubt?.latest() ?? members.now(), settingAside: forced)
  }
}
