import Composition
import Identifiers
import Ledger
import Mail
import Membership
import Synchronization
import Time

/// Deliveries made ready to be sent: leased in chunks, checked with the forum, composed in groups.
///
/// ```
/// due ──lease (commit)──▶ leased ──check──▶ checked ──compose──▶ group
/// ```
/// Of what is leased so much is checked at once as the texts of its posts leave room for (rule E4).
///
/// It may work on one thread while another sends what it gave before: it begins no attempt, so a crash here leaves
/// leases that end and nothing else.
final class Preparation: Sendable {
  /// A message that may be sent as soon as its attempt has been written down.
  struct Ready: Sendable {
    let delivery: Delivery
    let message: OutgoingMessage
  }

  /// What one call made ready, and what it put aside on the way.
  struct Group: Sendable {
    var messages: [Ready] = []
    /// Nothing more was due.
    var isDry = false
    /// The run's lease; nil as long as nothing was due.
    var lease: LeaseID?
    /// When the forum was asked.
    var checkedAt = Timestamp(0)
    /// Deliveries closed because they may not go out.
    var withheld = 0
    /// Deliveries held because they cannot be composed.
    var uncomposed = 0
    /// Why, of the first of them.
    var trouble: String?
  }

  /// A group is full with so many octets, whatever its number of messages: memory is bounded (rule F6).
  private static let size = 8_000_000
  /// Deliveries leased and checked at once.
  private static let chunk = 500
  /// Seconds that an answer of the forum is believed.
  private static let freshness: Int64 = 60

  private struct State {
    let writer: MailWriter
    var lease: LeaseID?
    /// Where the next chunk is looked for.
    var place = ClaimPlace.start
    /// Leased, not yet checked.
    var leased: ArraySlice<Delivery> = []
    /// Octets of the bodies of their posts, as far as they were asked for.
    var sizes: [JournalPosition: Int] = [:]
    /// Checked, not yet composed.
    var checked: ArraySlice<(delivery: Delivery, content: MailContent, recipient: Recipient)> = []
    var checkedAt = Timestamp(0)
  }

  private let context: StageContext
  private let leaseSeconds: Int64
  /// Copies that are overdue by more are left until the clock is believed: they may be a digest's (rules C5, E2).
  private let staleAfter: Int64
  /// The one that is to be sent; nil: whatever is due.
  private let only: DeliveryID?
  private let state: Mutex<State>

  init(_ context: StageContext, _ composer: Composer, lease seconds: Int64, staleAfter: Int64, only: DeliveryID? = nil)
  {
    self.context = context
    self.only = only
    leaseSeconds = seconds
    self.staleAfter = staleAfter
    state = Mutex(State(writer: MailWriter(composer)))
  }

  /// The number of the run's lease; nil if nothing has been leased.
  var lease: LeaseID? { state.withLock { $0.lease } }

  /// What is leased from here on has a number of its own; what was leased before is forgotten.
  func forgetLease() {
    state.withLock {
      $0.lease = nil
      $0.place = .start
      $0.leased = []
      $0.checked = []
    }
  }

  /// The next messages that are due, at most `limit`; of one chunk, so that whoever waits is soon back.
  func next(limit: Int) throws -> Group {
    try state.withLock { state in
      var group = Group()
      if state.checked.isEmpty {
        if state.leased.isEmpty {
          guard let leased = try leaseMore(&state) else {
            group.isDry = true
            return group
          }
          state.leased = leased[...]
          state.sizes = [:]
        }
        try check(&state, &group)
      } else if !isFresh(state.checkedAt) {
        try checkAnew([], &state, &group)
      }
      try compose(limit, &state, &group)
      return group
    }
  }

  /// Messages that waited too long, or whose domain was held since, checked and composed anew.
  func again(_ deliveries: [Delivery]) throws -> Group {
    try state.withLock { state in
      var group = Group()
      try checkAnew(deliveries, &state, &group)
      try compose(deliveries.count, &state, &group)
      return group
    }
  }

  /// Whether what the forum said at a moment may still be believed (rule F3).
  func isFresh(_ checkedAt: Timestamp) -> Bool { context.now() - checkedAt < Preparation.freshness }

  /// The next chunk that is due; nil if nothing is.
  private func leaseMore(_ state: inout State) throws -> [Delivery]? {
    let now = context.now()
    if let only {
      guard state.lease == nil, let one = try context.ledger.lease(only: only, now: now, seconds: leaseSeconds) else {
        return nil
      }
      state.lease = one.lease.id
      return one.deliveries
    }
    let leased = try context.ledger.lease(
      limit: Preparation.chunk, under: state.lease, from: &state.place, now: now, seconds: leaseSeconds,
      sparing: context.doubtsClock ? now - staleAfter : nil)
    guard let leased else { return nil }
    if state.lease == nil { context.leases?.note(leased.lease.id) }
    state.lease = leased.lease.id
    return leased.deliveries
  }

  /// What was checked before, behind what comes back, is checked again.
  private func checkAnew(_ deliveries: [Delivery], _ state: inout State, _ group: inout Group) throws {
    state.leased = deliveries + state.checked.map(\.delivery) + state.leased
    state.checked = []
    try check(&state, &group)
  }

  /// Asks the forum about what is leased, and closes or holds in the ledger what may not be sent.
  private func check(_ state: inout State, _ group: inout Group) throws {
    state.checkedAt = context.now()
    let recheck = Recheck(
      context: context, loader: JournalledPosts(context.members),
      held: try context.ledger.heldSubjects(now: context.now()))
    let deliveries = try recheck.affordable(Array(state.leased), &state.sizes)
    state.leased = state.leased.dropFirst(deliveries.count)
    let (results, outOfSight) = try recheck.results(of: deliveries)
    var withheld: [Ledger.Withheld] = []
    state.checked = []
    for delivery in deliveries {
      switch results[delivery.id] {
      case .withheld(let one)?: withheld.append(one)
      case .mail(let content, let recipient)?: state.checked.append((delivery, content, recipient))
      case nil: preconditionFailure("delivery \(delivery.id) was not checked")
      }
    }
    group.withheld += withheld.count
    try context.ledger.withhold(withheld, outOfSight: outOfSight, lease: state.lease!, now: context.now())
  }

  /// Composes until the group is full. What cannot be composed is held and stops nobody else.
  private func compose(_ limit: Int, _ state: inout State, _ group: inout Group) throws {
    var size = 0
    var uncomposed: [Ledger.Withheld] = []
    // At least one, however large it is.
    while group.messages.count < limit, size < Preparation.size, let one = state.checked.popFirst() {
      do {
        let message = try state.writer.message(
          one.content, to: one.recipient, delivery: one.delivery.id, generation: one.delivery.generation,
          date: context.now())
        size += message.data.count
        group.messages.append(Ready(delivery: one.delivery, message: message))
      } catch {
        uncomposed.append(Ledger.Withheld(one.delivery.id, .held(.uncomposed)))
        group.trouble = group.trouble ?? error.description
      }
    }
    // Before a mail leaves: what comes back is known by it.
    try context.ledger.keep(state.writer.takeWritten().map(Ledger.SentVersion.init), now: context.now())
    group.uncomposed += uncomposed.count
    group.checkedAt = state.checkedAt
    group.lease = state.lease
    try context.ledger.withhold(uncomposed, lease: state.lease!, now: context.now())
  }
}
