import Composition
import Forum
import Ledger
import Mail

/// Writes the digests that are due (rules D1 to D3, F5): which posts, in which parts, for whom. The mails themselves are
/// composed when they are sent.
public struct DigestStage {
  public struct Settings: Sendable {
    /// Bytes above which a digest goes out in parts (rule D2).
    public var partSize: Int
    /// Seconds before a discussion closes at which its last digests go out (rule D3); 0: never. For what is posted after
    /// that there is a second call when a quarter of it is left.
    public var lastCall: Int64
    public init(partSize: Int = 100_000, lastCall: Int64 = 86_400) {
      (self.partSize, self.lastCall) = (partSize, lastCall)
    }
  }

  public struct Report: Hashable, Sendable {
    public var digests = 0
    public var parts = 0
    /// People whose slot moved because their wishes changed.
    public var moved = 0
    public var lastCalls = 0
  }

  let context: StageContext
  let settings: Settings
  private let composer: () throws -> Composer
  private let loader: PostLoader
  private let page = 500

  /// - Parameter composer: asked for only when a digest is due.
  public init(_ context: StageContext, _ settings: Settings, composer: @escaping () throws -> Composer) {
    self.context = context
    self.settings = settings
    self.composer = composer
    loader = PostLoader(context)
  }

  public func runOnce() throws -> Report {
    var report = Report()
    try followWishes(&report)
    try callLast(&report)
    var stationery: Stationery?
    while !context.isStopping() {
      let slots = try context.ledger.dueSlots(now: context.now(), limit: page)
      if slots.isEmpty { break }
      let prepared = try stationery ?? Stationery(composer())
      stationery = prepared
      let plans = try plan(slots, prepared)
      let written = try context.ledger.write(plans, signingKey: context.signingKey, now: context.now())
      report.digests += written.digests
      report.parts += written.parts
    }
    return report
  }

  /// People whose wishes changed since the last run get the slot that they wish now; who left digest mode gets what was
  /// pending at once.
  private func followWishes(_ report: inout Report) throws {
    let start = try context.ledger.mark(.wishes) ?? 0
    var (mark, recorded) = (start, start)
    while !context.isStopping() {
      let changes = try context.source.changes(after: mark, limit: 2000)
      if changes.mark == mark { break }
      mark = changes.mark
      // One change of the forum's may be of everybody: they come at once, and are dealt with in pages.
      for start in stride(from: 0, to: changes.participants.count, by: 2000) {
        let page = changes.participants[start..<min(start + 2000, changes.participants.count)]
        let slots = try slots(of: Array(page))
        if slots.isEmpty { continue }
        report.moved += slots.count
        let isLast = page.endIndex == changes.participants.count
        try context.ledger.reslot(slots, wishes: isLast ? mark : nil, now: context.now())
        if isLast { recorded = mark }
      }
    }
    if mark != recorded { try context.ledger.set(.wishes, mark) }
  }

  /// The slots that these people wish now, of those who have one. Somebody has left digest mode if a post that waits for
  /// them would be an instant copy now, be it by their own mode or by a watch's (rule F5).
  public func slots(of keys: [String]) throws -> [Int64: (due: Timestamp, date: CivilDate?, kind: DigestCause)] {
    let now = context.now()
    let people = try context.ledger.slotted(keys: keys)
    if people.isEmpty { return [:] }
    let open = try context.ledger.openPosts(of: people.values.map(\.id))
    let persons = Dictionary(people.values.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let verdicts = try judge(open, persons, loader.posts(open.values.joined()))
    var table = SlotTable()
    var slots: [Int64: (due: Timestamp, date: CivilDate?, kind: DigestCause)] = [:]
    for participant in try context.source.participants(keys: Array(people.keys)) {
      guard let person = people[participant.key] else { continue }
      let isLeaving = open[person.id, default: []].contains { post in
        if case .instant? = verdicts[post]?[person.key]?.decision { true } else { false }
      }
      if isLeaving {
        slots[person.id] = (now, nil, .leaving)
      } else {
        let wishes = participant.preferences.filled(from: person.preferences).filled(from: context.defaults)
        let slot = table.next(after: now, used: person.digestDate, preferences: wishes)
        slots[person.id] = (slot.due, slot.date, .regular)
      }
    }
    return slots
  }

  private func callLast(_ report: inout Report) throws {
    guard settings.lastCall > 0 else { return }
    let now = context.now()
    for discussion in try context.source.discussions(closingWithin: now..<(now + settings.lastCall + 1)) {
      guard let closesAt = discussion.closesAt else { continue }
      // A second call, when a quarter of the time is left, brings what was posted after the first.
      for (call, lead) in [(1, settings.lastCall), (2, settings.lastCall / 4)] where closesAt - now <= lead {
        report.lastCalls += try context.ledger.lastCall(call, discussion: discussion.key, closesAt: closesAt, now: now)
      }
    }
  }

  private func plan(_ slots: [DueSlot], _ stationery: Stationery) throws -> [DigestPlan] {
    let people = slots.map(\.person)
    let open = try context.ledger.openPosts(of: people)
    let loaded = try loader.posts(open.values.joined())
    let persons = try context.ledger.people(ids: people)
    let verdicts = try judge(open, persons, loaded)
    var table = SlotTable()
    return slots.compactMap { slot in
      guard let person = persons[slot.person] else { return nil }
      let waiting = open[slot.person] ?? []
      let wishes = waiting.lazy.compactMap { verdicts[$0]?[person.key]?.preferences }.first ?? context.defaults
      var plan = DigestPlan(
        person: slot.person, kind: slot.kind, date: slot.date, considered: waiting,
        next: table.next(after: context.now(), used: slot.date ?? person.digestDate, preferences: wishes))
      var parts = Parts(limit: settings.partSize)
      for position in waiting {
        // What is out of the person's sight for now, `write` remembers.
        guard case .post(let copy, let entry)? = loaded[position] else { continue }
        guard let judged = verdicts[position]?[person.key] else {
          plan.skipped[position] = .inactive  // the forum no longer knows the person
          continue
        }
        if case .skipped(let skipped) = judged.decision {
          let reason = entry.reason(skipped, for: copy.post)
          if !reason.isOutOfSight { plan.skipped[position] = reason }
          continue
        }
        parts.add(position, weight: weight(of: copy, judged.preferences, stationery))
      }
      plan.parts = parts.parts
      return plan
    }
  }

  /// The octets that a post adds to a digest. One that cannot be composed has a part of its own, so that delivery holds
  /// that part alone.
  private func weight(of copy: PostCopy, _ reader: Preferences, _ stationery: Stationery) -> Int {
    do throws(CompositionError) {
      let prepared = try stationery.prepare(copy, language: reader.language ?? "en")
      return stationery.composer.digestWeight(prepared, style: reader.digestStyle ?? .full)
    } catch {
      return settings.partSize
    }
  }

  /// What would be decided now about each open post and the people who have it open, by position and the person's key.
  private func judge(
    _ open: [Int64: [Int64]], _ persons: [Int64: Person], _ loaded: [Int64: PostLoader.Loaded]
  ) throws -> [Int64: [String: Judged]] {
    var verdicts: [Int64: [String: Judged]] = [:]
    for (position, keys) in keysByPost(open, persons) {
      guard case .post(let copy, let entry)? = loaded[position] else { continue }
      let audience = Audience(context, copy.post, visibleAt: entry.visibleAt)
      verdicts[position] = Dictionary(
        try audience.among(keys).map { ($0.person.key, $0) }, uniquingKeysWith: { first, _ in first })
    }
    return verdicts
  }

  private func keysByPost(_ open: [Int64: [Int64]], _ persons: [Int64: Person]) -> [Int64: [String]] {
    var keys: [Int64: [String]] = [:]
    for (person, posts) in open {
      guard let key = persons[person]?.key else { continue }
      for post in posts { keys[post, default: []].append(key) }
    }
    return keys
  }
}

/// Posts put into parts of a stated size, in order (rule D2). A post larger than a part has a part of its own.
struct Parts {
  let limit: Int
  private(set) var parts: [[Int64]] = []
  private var weight = 0

  init(limit: Int) { self.limit = limit }

  mutating func add(_ position: Int64, weight: Int) {
    if parts.isEmpty || self.weight + weight > limit {
      parts.append([])
      self.weight = 0
    }
    parts[parts.count - 1].append(position)
    self.weight += weight
  }
}
