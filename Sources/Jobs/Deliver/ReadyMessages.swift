import Identifiers
import Time

/// What is ready to be sent: prepared ahead on another thread, then begun.
///
/// ```
/// prefetched ──more──▶ prepared ──begin──▶ begun ──next──▶ (sent)
/// ```
struct ReadyMessages {
  private let preparation: Preparation
  /// Messages that one group may hold.
  private let limit: Int
  private var prefetch: Prefetch<Preparation.Group>?
  private(set) var prepared: ArraySlice<Preparation.Ready> = []
  private(set) var begun: ArraySlice<Preparation.Ready> = []
  /// The last look found nothing more that is due.
  private(set) var isDry = false
  /// When the oldest answer of the forum was given that prepared and begun messages stand on; nil once a domain was
  /// held: what is for it is not to be sent.
  private var checkedAt: Timestamp? = Timestamp(.max)

  init(_ preparation: Preparation, limit: Int) {
    self.preparation = preparation
    self.limit = limit
  }

  /// What the forum said of these messages may still be believed.
  var isFresh: Bool { checkedAt.map(preparation.isFresh) ?? false }

  /// They have to be checked anew before any is sent.
  mutating func distrust() { checkedAt = nil }

  // MARK: Preparing

  /// Takes the group that was prepared meanwhile and has the next one prepared.
  /// - Returns: the groups taken; nothing more is due if `isDry`.
  mutating func more() throws -> [Preparation.Group] {
    let wasPrefetched = prefetch != nil
    var groups = [try takePrefetched()]
    // It looked before now: something may have become due since.
    if isDry, wasPrefetched { groups.append(try takePrefetched()) }
    if !isDry { prefetch = begin() }
    return groups
  }

  /// Everything that is not begun, checked anew.
  mutating func checkAgain() throws -> [Preparation.Group] {
    var groups: [Preparation.Group] = []
    if prefetch != nil { groups.append(try takePrefetched()) }
    let deliveries = prepared.map(\.delivery)
    prepared = []
    checkedAt = Timestamp(.max)
    let again = try preparation.again(deliveries)
    add(again)
    return groups + [again]
  }

  /// Waits for what is being prepared, without taking it; nil if nothing is.
  mutating func waitForPrefetch() throws -> Preparation.Group? {
    defer { prefetch = nil }
    return try prefetch?.value()
  }

  /// On another thread; `preparation` sees to it that one group is prepared at a time.
  private func begin() -> Prefetch<Preparation.Group> {
    let (preparation, limit) = (preparation, limit)
    return Prefetch { try preparation.next(limit: limit) }
  }

  /// The group that was prepared meanwhile, or one that is prepared now.
  private mutating func takePrefetched() throws -> Preparation.Group {
    let next = prefetch ?? begin()
    prefetch = nil
    let group = try next.value()
    add(group)
    return group
  }

  private mutating func add(_ group: Preparation.Group) {
    isDry = group.isDry
    guard !group.messages.isEmpty else { return }
    // What was checked earlier and is sent already does not make the new messages old.
    let isFirst = prepared.isEmpty && begun.isEmpty
    checkedAt = checkedAt.map { isFirst ? group.checkedAt : min($0, group.checkedAt) }
    prepared += group.messages
  }

  // MARK: Beginning

  /// The first of the prepared messages are begun, those of them that are in `ours`; the rest is another run's by now.
  mutating func begin(_ count: Int, ours: Set<DeliveryID>) {
    var ours = ours
    // One that was leased again after its lease had ended is there twice.
    begun = prepared.prefix(count).filter { ours.remove($0.delivery.id) != nil }[...]
    prepared = prepared.dropFirst(count)
  }

  /// The next message that is begun in the ledger; nil if another group has to be begun first.
  mutating func next() -> Preparation.Ready? { begun.popFirst() }

  /// What was begun but waited for too long to be sent is as if it had not been.
  mutating func giveBack() -> [DeliveryID] {
    let ids = begun.map(\.delivery.id)
    prepared = begun + prepared
    begun = []
    return ids
  }

  /// Forgets everything; returns what was begun.
  mutating func drop() -> [DeliveryID] {
    let ids = begun.map(\.delivery.id)
    begun = []
    prepared = []
    checkedAt = Timestamp(.max)
    isDry = false
    return ids
  }
}
