import Forum
import Ledger
import Mail

/// Decides, for each journalled post in turn, who hears of it and how (rules F1 to F6).
///
/// A post's watchers are read in pages, and each page's decisions are committed with the place where the next begins:
/// memory is one page, and a run that stops half-way goes on there.
public struct FanOutStage {
  public struct Report: Hashable, Sendable {
    public var posts = 0
    public var instant = 0
    public var digest = 0
    public var skipped = 0
  }

  let context: StageContext
  /// Watch rows per page.
  let pageSize: Int

  public init(_ context: StageContext, pageSize: Int = 4000) { (self.context, self.pageSize) = (context, pageSize) }

  public func runOnce() throws -> Report {
    var report = Report()
    var checkpoint = try context.ledger.mark(.fannedOut) ?? 0
    while !context.isStopping(), let entry = try context.ledger.journalEntry(after: checkpoint) {
      guard try fanOut(entry, &report) else { return report }
      report.posts += 1
      checkpoint = entry.position
    }
    return report
  }

  /// Returns false if the run is to stop before the post is done.
  private func fanOut(_ entry: JournalEntry, _ report: inout Report) throws -> Bool {
    guard let post = try context.source.posts(keys: [entry.postKey]).first else {
      // Its row is gone: it cannot be shown again, there is nobody to decide about.
      _ = try context.ledger.decide([], entry: entry, next: nil)
      return true
    }
    let audience = try Audience(context, post, visibleAt: entry.visibleAt)
    var cursor = try context.ledger.fanOutCursor(post: entry.position)
    var isLast = false
    repeat {
      if context.isStopping() { return false }
      var (judged, next) = try audience.page(after: cursor, limit: pageSize)
      if next == nil {
        // A person without a watch in the forum's own tables is on none of its pages.
        let seen = Set(judged.map(\.watcher.participant.key))
        judged += try audience.among(audience.own.keys.filter { !seen.contains($0) }.sorted())
        isLast = true
      }
      _ = try context.ledger.decide(rows(judged, &report), entry: entry, next: next)
      cursor = next
    } while !isLast
    return true
  }

  private func rows(_ judged: [Judged], _ report: inout Report) -> [DecisionRow] {
    let now = context.now()
    var slots = SlotTable()
    return judged.map { one in
      var slot: DigestSlot?
      switch one.decision {
      case .instant: report.instant += 1
      case .digest:
        report.digest += 1
        slot = slots.next(after: now, used: one.person.digestDate, preferences: one.preferences)
      case .skipped: report.skipped += 1
      }
      return DecisionRow(person: one.person.id, decision: one.decision, slot: slot)
    }
  }
}

/// Slots worked out once for all people of the same zone, hour and day.
struct SlotTable {
  private struct Wish: Hashable {
    let period: DigestPeriod?
    let hour: Int?
    let weekday: Int?
    let zone: String?
    let used: CivilDate?
    let now: Timestamp
  }
  private var known: [Wish: DigestSlot] = [:]

  mutating func next(after now: Timestamp, used: CivilDate?, preferences: Preferences) -> DigestSlot {
    let wish = Wish(
      period: preferences.digestPeriod, hour: preferences.digestHour, weekday: preferences.digestWeekday,
      zone: preferences.zone, used: used, now: now)
    if let slot = known[wish] { return slot }
    let slot = DigestSlot.next(after: now, used: used, preferences: preferences)
    known[wish] = slot
    return slot
  }
}
