import Composition
import Forum
import Identifiers
import Ledger
import Membership
import SQL
import Time

/// Writes the digests that are due (rules D1 to D3, F5): which posts, in which parts, for whom. The mails themselves
/// are composed when they are sent.
public struct DigestStage {
  /// What the configuration's section `digest` says of all readers.
  public struct Settings: Sendable {
    /// Bytes above which a digest goes out in parts (rule D2).
    public var partSize: Int
    /// Seconds before a discussion closes at which its last digests go out (rule D3); 0: never. For what is posted
    /// after that there is a second call when a quarter of it is left.
    public var lastCall: Int64
    /// 100,000 octets stay below the 102 KB at which Gmail cuts a message; a day is time to answer.
    public init(partSize: Int = 100_000, lastCall: Int64 = 86_400) {
      self.partSize = partSize
      self.lastCall = lastCall
    }
  }

  /// What one run wrote.
  public struct Report: Hashable, Sendable {
    /// Digests written; one without any post that may be sent is none (rule D2).
    public var digests = 0
    /// Mails that they come in, at least one each.
    public var parts = 0
    /// People whose slot moved because their preferences changed.
    public var moved = 0
    /// People whose slot was moved forward because a discussion closes (rule D3).
    public var lastCalls = 0
  }

  let context: StageContext
  let settings: Settings
  private let composer: () throws -> Composer
  private let posts: JournalledPosts
  private let page = 500

  /// - Parameter composer: asked for only when a digest is due.
  public init(_ context: StageContext, _ settings: Settings, composer: @escaping () throws -> Composer) {
    self.context = context
    self.settings = settings
    self.composer = composer
    posts = JournalledPosts(context.members)
  }

  /// One run: slots of people whose choices changed, last calls, then digests page by page until none is due.
  /// - Throws: `ForumError`, `DatabaseError`, or what the composer's making throws; what was committed before stays.
  public func runOnce() throws -> Report {
    var report = Report()
    try followChanges(&report)
    try followClock(&report)
    try callLast(&report)
    var writer: MailWriter?
    while !context.isStopping() {
      let slots = try context.ledger.dueSlots(now: context.now(), limit: page)
      if slots.isEmpty { break }
      let present = try writer ?? MailWriter(composer())
      writer = present
      let plans = try plan(slots, present)
      let written = try context.ledger.write(plans, signingKey: context.signingKey, now: context.now())
      report.digests += written.digests
      report.parts += written.parts
    }
    return report
  }

  /// People whose preferences changed since the last run get the slot that they want now; who left digest mode gets
  /// what was pending at once.
  private func followChanges(_ report: inout Report) throws {
    let start = try context.ledger.mark(.changesRead) ?? 0
    var (mark, recorded) = (start, start)
    while !context.isStopping() {
      let changes = try context.forum.changes(after: mark, limit: 2000)
      if changes.mark == mark { break }
      mark = changes.mark
      // One change of the forum's may be of everybody: they come at once, and are dealt with in pages.
      for page in changes.participants.chunks(of: 2000) {
        let slots = try context.members.slots(of: Array(page))
        if slots.isEmpty { continue }
        report.moved += slots.count
        let isLast = page.endIndex == changes.participants.count
        try context.ledger.moveSlots(slots, changesRead: isLast ? mark : nil, now: context.now())
        if isLast { recorded = mark }
      }
    }
    if mark != recorded { try context.ledger.set(.changesRead, mark) }
  }

  private func callLast(_ report: inout Report) throws {
    // A discussion is called once: not by a clock that may be wrong (rule E2).
    guard settings.lastCall > 0, !context.doubtsClock else { return }
    let now = context.now()
    let closing = try context.forum.discussions(closingWithin: now..<(now + settings.lastCall + 1))
    try context.ledger.setAside(closing.faults.map { SetAside($0, since: now) })
    for discussion in closing {
      guard let closesAt = discussion.closesAt else { continue }
      // A second call, when a quarter of the time is left, brings what was posted after the first.
      for (call, lead) in [(1, settings.lastCall), (2, settings.lastCall / 4)] where closesAt - now <= lead {
        report.lastCalls += try context.ledger.lastCall(call, discussion: discussion.key, closesAt: closesAt, now: now)
      }
    }
  }

  /// What a page's people are to get, and when their next digest is due.
  private func plan(_ slots: [PersonSlot], _ writer: MailWriter) throws -> [DigestPlan] {
    let people = slots.map(\.person)
    let open = try context.ledger.openPosts(of: people)
    let loaded = try posts.posts(open.values.joined(), .sized)
    let persons = try context.ledger.people(ids: people).filter { !$0.value.isErased }
    let audiences = try context.members.audiences(of: open, persons, loaded)
    let doubted = try context.doubtedDiscussions(asked(open, persons), loaded, audiences)
    var cache = DigestSlotCache()
    let plans: [(plan: DigestPlan, chosen: [Chosen])] = slots.compactMap { slot in
      guard let person = persons[slot.person] else { return nil }
      let waiting = open[slot.person] ?? []
      let members = Dictionary(
        waiting.compactMap { post in audiences[post]?[person.key].map { (post, $0) } },
        uniquingKeysWith: { first, _ in first })
      let preferences = waiting.lazy.compactMap { members[$0]?.preferences }.first ?? context.defaults
      var plan = DigestPlan(
        person: slot.person, kind: slot.kind, date: slot.date, considered: waiting,
        next: cache.next(
          after: context.now(), used: slot.date ?? person.digestDate, on: preferences.digest))
      let chosen = choose(waiting, loaded, members, doubted, &plan)
      return (plan, chosen)
    }
    let weights = try weights(of: plans.lazy.flatMap(\.chosen), writer)
    return plans.map { plan, chosen in
      var parts = DigestParts(limit: settings.partSize, bodyLimit: JournalledPosts.octetLimit)
      for one in chosen {
        parts.add(
          one.position, weight: weights[one.position]?[one.looks] ?? 0, octets: one.copy.post.bodyOctets ?? 0)
      }
      var plan = plan
      plan.parts = parts.parts
      return plan
    }
  }

  /// By post, the people for whose digests it waits.
  private func asked(
    _ open: [PersonID: [JournalPosition]], _ persons: [PersonID: Person]
  ) -> [JournalPosition: Set<ForumKey>] {
    var asked: [JournalPosition: Set<ForumKey>] = [:]
    for (person, posts) in open {
      guard let key = persons[person]?.key else { continue }
      for post in posts { asked[post, default: []].insert(ForumKey(key)) }
    }
    return asked
  }

  /// A post that a digest is to have, and how that shows it.
  private struct Chosen {
    struct Looks: Hashable {
      let language: Language
      let style: DigestStyle
    }
    let copy: PostCopy
    let looks: Looks
    var position: JournalPosition { copy.journalled.position }
  }

  /// Finds what a person may still have, and puts the rest aside with its reason. What is out of their sight for now is
  /// in neither: `Ledger.write` remembers it by what was considered.
  private func choose(
    _ waiting: [JournalPosition], _ loaded: [JournalPosition: JournalledPosts.Loaded],
    _ members: [JournalPosition: AudienceMember], _ doubted: Set<ForumKey>, _ plan: inout DigestPlan
  ) -> [Chosen] {
    var chosen: [Chosen] = []
    for position in waiting {
      guard case .post(let copy, let entry)? = loaded[position] else { continue }
      let isDoubted = doubted.contains(copy.post.discussionKey)
      guard let member = members[position] else {
        // The forum no longer knows the person.
        if !isDoubted { plan.skipped[position] = .inactive }
        continue
      }
      if case .skipped(let skipped) = member.decision {
        if isDoubted, entry.takesForGood(member, of: copy.post) { continue }
        let reason = entry.reason(skipped, for: copy.post)
        if !reason.isOutOfSight { plan.skipped[position] = reason }
        continue
      }
      let reader = member.preferences
      chosen.append(
        Chosen(copy: copy, looks: Chosen.Looks(language: reader.language, style: reader.digestStyle)))
    }
    return chosen
  }

  /// The octets that each post adds to a digest, by how it is shown. One that is gone by now adds nothing; one that
  /// cannot be composed has a part of its own, so that delivery holds that part alone.
  private func weights(of chosen: some Sequence<Chosen>, _ writer: MailWriter) throws
    -> [JournalPosition: [Chosen.Looks: Int]]
  {
    var wanted: [JournalPosition: (copy: PostCopy, looks: Set<Chosen.Looks>)] = [:]
    for one in chosen { wanted[one.position, default: (one.copy, [])].looks.insert(one.looks) }
    var weights: [JournalPosition: [Chosen.Looks: Int]] = [:]
    try posts.whole(wanted.keys.sorted().map { wanted[$0]!.copy }) { copy in
      let position = copy.journalled.position
      for looks in wanted[position]!.looks {
        do throws(CompositionError) {
          weights[position, default: [:]][looks] = try writer.digestWeight(
            of: copy, language: looks.language, style: looks.style)
        } catch {
          weights[position, default: [:]][looks] = settings.partSize
        }
      }
    }
    return weights
  }
}
