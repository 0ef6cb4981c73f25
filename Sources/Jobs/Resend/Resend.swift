import Forum
import Identifiers
import Ledger
import Membership
import Time

/// Finds what an admin's order is to send, and to whom (rule A1): everybody who was to have it and does not, and may have
/// it now. A page at a time; nothing is written.
public struct Resend {
  /// Why something that was selected is not sent.
  public enum Reason: Hashable, Sendable {
    /// They have it.
    case has
    /// It is under way, or waits for a digest.
    case waits
    /// Its message is held.
    case held
    /// It comes by itself when it can be seen again.
    case outOfSight
    /// What became of it is forgotten for its age: they may have it.
    case forgotten
    /// It is not decided yet who gets it.
    case deciding
    /// They have stopped all mail, or called it spam: nothing sets that aside.
    case stopped
    /// They did not wish to have it then, or may not have it now.
    case skipped(SkipReason)

    /// For scripts: the `SkipReason`, or the case's own name.
    public var name: String {
      switch self {
      case .has: "has"
      case .waits: "waits"
      case .held: "held"
      case .outOfSight: "out-of-sight"
      case .forgotten: "forgotten"
      case .deciding: "deciding"
      case .stopped: "stopped"
      case .skipped(let reason): reason.rawValue
      }
    }

    /// What sets it aside; nil: nothing does.
    public var exemption: Exemption? {
      switch self {
      case .has, .forgotten: .have
      case .skipped(let reason): Exemption(settingAside: reason)
      case .waits, .held, .outOfSight, .deciding, .stopped: nil
      }
    }
  }

  /// A post for a person, judged.
  public struct Judged: Sendable {
    /// The forum's key of the person; empty where the ledger has them no more.
    public var key: String
    /// The forum's key of the post.
    public var post: String
    /// What became of it before.
    public var fate: SendingHistory.Fate
    /// nil: it is sent.
    public var reason: Reason?
    /// Of what an admin took out of the queue, who, and why in their words: `admin kofi: libel`.
    public var cancelled: String?
  }

  /// Some of what is selected.
  public struct Page: Sendable {
    /// What is to be sent.
    public var items: [Ledger.ResendItem] = []
    /// Everything that was looked at, post by post and person by person.
    public var judged: [Judged] = []
    /// In how many mails it comes.
    public var messages: Int { items.reduce(0) { $0 + $1.copies.count + $1.parts.count } }
  }

  private let members: Members
  private let selection: ResendSelection
  private let loader: JournalledPosts
  /// Octets of a digest's part.
  private let partSize: Int
  /// People, or messages, that are looked at together.
  private let pageSize: Int

  /// - Parameter partSize: octets above which a digest goes out in parts (rule D2).
  public init(_ members: Members, _ selection: ResendSelection, partSize: Int, pageSize: Int = 500) {
    self.members = members
    self.selection = selection
    self.partSize = partSize
    self.pageSize = pageSize
    loader = JournalledPosts(members)
  }

  // MARK: What is selected

  /// Goes through all that is selected.
  public func pages(_ body: (Page) throws -> Void) throws {
    if !selection.messages.isEmpty {
      for chunk in selection.messages.chunks(of: pageSize) { try messages(Array(chunk), body) }
    } else if let posts = selection.posts {
      try people(of: posts) { people in try body(judge(posts, people)) }
    } else if let reader = selection.reader {
      var last: JournalPosition = 0
      while true {
        let posts = try members.ledger.positions(after: last, limit: pageSize)
        guard let end = posts.last else { break }
        try body(judge(posts, [reader.id]))
        last = end
      }
    } else {
      try ended(body)
    }
  }

  /// The one person, or everybody about whom something was decided of these posts; in chunks that leave room for all the
  /// posts of each.
  private func people(of posts: [JournalPosition], _ body: ([PersonID]) throws -> Void) throws {
    if let reader = selection.reader { return try body([reader.id]) }
    var all: Set<PersonID> = []
    for post in posts {
      var last: PersonID = 0
      while true {
        let page = try members.ledger.peopleDecided(about: post, after: last, limit: 10_000)
        guard let end = page.last else { break }
        all.formUnion(page)
        last = end
      }
    }
    for chunk in all.sorted().chunks(of: max(1, pageSize / max(1, posts.count / 10))) { try body(Array(chunk)) }
  }

  /// Messages that ended, whoever's they are.
  private func ended(_ body: (Page) throws -> Void) throws {
    let failed: [DeliveryState] = [.failed, .expired, .suppressed, .sent]
    let kind =
      switch selection.only {
      case .failed?: Ledger.EndedMessages(states: failed, onlyReturned: true, span: selection.span)
      case .uncertain?: Ledger.EndedMessages(states: [.held], onlyReturned: false, span: selection.span)
      case nil:
        Ledger.EndedMessages(
          states: failed + [.held, .dropped], onlyReturned: !selection.forced.contains(.have), span: selection.span)
      }
    var last: DeliveryID = 0
    while true {
      let page = try members.ledger.endedMessages(kind, after: last, limit: pageSize)
      guard let end = page.last else { return }
      try messages(page, body)
      last = end
    }
  }

  private func messages(_ page: [DeliveryID], _ body: (Page) throws -> Void) throws {
    let pairs = try members.ledger.postsOfPeople(in: page)
    let wanted = pairs.filter { pair in
      selection.posts?.contains(pair.post) != false && selection.reader.map { $0.id == pair.person } != false
    }
    try body(judge(Dictionary(grouping: wanted, by: \.post).mapValues { $0.map(\.person) }))
  }

  // MARK: Who gets it

  private func judge(_ posts: [JournalPosition], _ people: [PersonID]) throws -> Page {
    try judge(Dictionary(posts.map { ($0, people) }, uniquingKeysWith: { first, _ in first }))
  }

  private func judge(_ people: [JournalPosition: [PersonID]]) throws -> Page {
    var selected: [SendingHistory] = []
    for (post, people) in people.sorted(by: { $0.key < $1.key }) {
      selected += try members.ledger.histories(of: post, Set(people).sorted()).filter(isSelected)
    }
    let byLedger = Dictionary(grouping: selected, by: \.post)
    // What is not to be sent needs no word of the forum's, unless it is to be named.
    let posts = try loader.posts(byLedger.keys, .sized)
    let known = try members.ledger.people(ids: Set(selected.map(\.person)))
    let audiences = try audiences(selected, posts, known)
    let cancelled = try members.ledger.whoCancelled(selected.compactMap(\.cancelled))
    var page = Page()
    var wanted: [PersonID: [(post: Ledger.ResentPost, member: AudienceMember, octets: Int)]] = [:]
    for history in selected {
      let key = known[history.person]?.key
      let member = key.flatMap { audiences[history.post]?[ForumKey($0)] }
      let (reason, scope) =
        known[history.person]?.isErased == true
        ? (.skipped(.erased), nil) : try judge(history, posts[history.post], member)
      page.judged.append(
        Judged(
          key: key ?? "", post: posts[history.post]?.key ?? "",
          fate: history.fate, reason: reason, cancelled: history.cancelled.flatMap { cancelled[$0] }))
      guard reason == nil, let member, case .post(let copy, _)? = posts[history.post] else { continue }
      wanted[history.person, default: []].append(
        (Ledger.ResentPost(history.post, scope), member, copy.post.bodyOctets ?? 0))
    }
    page.items = wanted.sorted { $0.key < $1.key }.map { item($0.key, $0.value) }
    return page
  }

  /// What nothing was decided about is somebody's only if they were named with the post.
  private func isSelected(_ history: SendingHistory) -> Bool {
    if history.sendings.isEmpty { return selection.posts != nil && selection.reader != nil }
    return selection.includes(history)
  }

  private func audiences(
    _ selected: [SendingHistory], _ posts: [JournalPosition: JournalledPosts.Loaded], _ known: [PersonID: Person]
  ) throws -> [JournalPosition: [ForumKey: AudienceMember]] {
    var keys: [JournalPosition: Set<ForumKey>] = [:]
    for history in selected where history.maySend(nil, selection.forced) {
      // The pseudonym of one who was erased is no key of the forum's.
      guard let person = known[history.person], !person.isErased else { continue }
      keys[history.post, default: []].insert(ForumKey(person.key))
    }
    return try members.audiences(of: keys, posts)
  }

  /// - Returns: why it is not sent; else nil, with the watch that brings it, if one does.
  private func judge(_ history: SendingHistory, _ loaded: JournalledPosts.Loaded?, _ member: AudienceMember?) throws
    -> (Reason?, WatchScope?)
  {
    switch history.fate {
    case .has where !selection.forced.contains(.have): return (.has, nil)
    case .waits: return (.waits, nil)
    case .held: return (.held, nil)
    case .outOfSight: return (.outOfSight, nil)
    case .none where try members.ledger.awaitsFanOut(history.post): return (.deciding, nil)
    case .none where try isForgotten(history.post), .lost(.forgotten):
      if !selection.forced.contains(.have) { return (.forgotten, nil) }
    case .none, .has, .lost, .skipped: break
    }
    if history.cancelled != nil, let then = history.skipReason, !selection.forced.contains(.cancelled) {
      return (.skipped(then), nil)
    }
    // What somebody did not wish to have is not sent to them with others.
    if let then = history.skipReason, then.isTheirChoice, selection.reader == nil { return (.skipped(then), nil) }
    guard case .post(let copy, let entry)? = loaded else {
      if case .withdrawn(let reason, _)? = loaded { return (.skipped(reason), nil) }
      return (.skipped(.gone), nil)
    }
    guard let member else { return (.skipped(.inactive), nil) }
    if member.preferences.isStopped { return (.stopped, nil) }
    switch member.decision {
    case .instant(let scope), .digest(let scope): return (nil, scope)
    case .skipped(let reason):
      let audience = Audience(members, copy.post, visibleAt: entry.visibleAt, isRecording: false)
      switch audience.decision(of: member, settingAside: selection.forced) {
      case .instant, .digest: return (nil, nil)
      case .skipped(let left): return (.skipped(left == reason ? entry.reason(left, for: copy.post) : left), nil)
      }
    }
  }

  /// Whether what was decided about a post, and so whether somebody has it, is forgotten.
  private func isForgotten(_ post: JournalPosition) throws -> Bool {
    guard let entry = try members.ledger.journalEntries(positions: [post]).first else { return true }
    return try post <= members.ledger.prunedPosition(entry.discussionKey)
  }

  /// As the person has posts: one by one, or, where there are several, in a digest.
  private func item(
    _ person: PersonID, _ wanted: [(post: Ledger.ResentPost, member: AudienceMember, octets: Int)]
  ) -> Ledger.ResendItem {
    var item = Ledger.ResendItem(person: person)
    var weighed = DigestParts(limit: partSize, bodyLimit: JournalledPosts.octetLimit)
    var digested: [JournalPosition: Ledger.ResentPost] = [:]
    for one in wanted {
      guard one.member.prefersDigest else {
        item.copies.append(one.post)
        continue
      }
      digested[one.post.position] = one.post
      // Text and HTML as they travel, and what stands around them: rather too much than too little.
      weighed.add(one.post.position, weight: 3 * one.octets + 2000, octets: one.octets)
    }
    item.parts = weighed.parts.map { $0.compactMap { digested[$0] } }
    return item
  }
}

extension AudienceMember {
  /// Whether posts come to them in a digest: by the watch that brings this one, else by their own mode.
  fileprivate var prefersDigest: Bool {
    switch decision {
    case .instant: false
    case .digest: true
    case .skipped: preferences.mode == .digest
    }
  }
}

extension JournalledPosts.Loaded {
  /// The forum's key of the post.
  fileprivate var key: String {
    switch self {
    case .post(let copy, _): copy.post.key
    case .withdrawn(_, let entry): entry.postKey
    }
  }
}
