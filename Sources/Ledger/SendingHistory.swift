import Forum
import Identifiers
import SQL
import Time

/// All that was done about one post and one person, sending by sending: whether they have it, and whether it may be sent
/// again (rule A1).
public struct SendingHistory: Hashable, Sendable {
  /// One sending: the first, or one by an order.
  public struct Sending: Hashable, Sendable {
    /// 0 for the first; else the order's number.
    public var generation: Int
    /// As it stands; nil: a newer program's.
    public var decision: Decision?
    /// The copy, or the part that has it.
    public var delivery: DeliveryID?
    /// The digest that it is a part of.
    public var digest: DigestID?
    /// nil where there is no message, or it is forgotten.
    public var state: DeliveryState?
    /// The `HoldReason` or the `SkipReason`, as the table has it.
    public var reason: String?
    /// A report of failure came for it, whoever was to blame.
    public var hasReturned: Bool
    /// When it was decided, its message ended, or came back; nil where that is not known.
    public var at: Timestamp?

    /// A sending as it stands.
    public init(
      generation: Int = 0, decision: Decision?, delivery: DeliveryID? = nil, digest: DigestID? = nil,
      state: DeliveryState? = nil, reason: String? = nil, hasReturned: Bool = false, at: Timestamp? = nil
    ) {
      self.generation = generation
      self.decision = decision
      self.delivery = delivery
      self.digest = digest
      self.state = state
      self.reason = reason
      self.hasReturned = hasReturned
      self.at = at
    }
  }

  /// Which post.
  public let post: JournalPosition
  /// Whose.
  public let person: PersonID
  /// The first sending first; none where nothing was decided, or it is forgotten.
  public let sendings: [Sending]

  /// - Parameter sendings: in the order of their generations.
  public init(post: JournalPosition, person: PersonID, sendings: [Sending]) {
    self.post = post
    self.person = person
    self.sendings = sendings
  }

  /// Where it stands.
  public enum Fate: Hashable, Sendable {
    /// Nothing was decided, or it is forgotten.
    case none
    /// The relay took it, and nothing came back.
    case has
    /// It is under way, or waits for a digest.
    case waits
    /// Its message is held, though not for its unknown fate.
    case held
    /// It goes by itself once it can be seen again.
    case outOfSight
    /// A message was to bring it, and did not.
    case lost(Loss)
    /// It was decided that nothing is sent.
    case skipped(SkipReason)
  }

  /// How a message came to nothing; the raw values are an interface of `resend --json`.
  public enum Loss: String, Hashable, Sendable, CaseIterable {
    /// Refused for good.
    case failed
    /// Given up after days of trying.
    case expired
    /// Taken by the relay, and then a report of failure came.
    case returned
    /// Its address was not to be mailed.
    case suppressed
    /// Nobody knows whether it arrived, and it is held for that.
    case uncertain
    /// It was not sent, for a reason that does not pass.
    case dropped
    /// What became of it is forgotten.
    case forgotten
  }

  /// Where it stands, all sendings together: one that is on its way before one that arrived, and that before any that
  /// came to nothing.
  public var fate: Fate {
    guard let last = sendings.last else { return .none }
    let fates = sendings.map(Self.fate(of:))
    for sure: Fate in [.waits, .held, .has, .outOfSight] where fates.contains(sure) { return sure }
    return Self.fate(of: last)
  }

  private static func fate(of sending: Sending) -> Fate {
    switch sending.state {
    case .sent?: return sending.hasReturned ? .lost(.returned) : .has
    case .queued?, .sending?, .deferred?, .uncertain?: return .waits
    case .held?: return sending.reason == HoldReason.uncertain.text ? .lost(.uncertain) : .held
    case .failed?: return .lost(.failed)
    case .expired?: return .lost(.expired)
    case .suppressed?: return .lost(.suppressed)
    case .dropped?:
      let reason = sending.reason.flatMap(SkipReason.init(rawValue:))
      return reason?.isOutOfSight == true ? .outOfSight : .lost(.dropped)
    case nil: break
    }
    switch sending.decision {
    case .skipped(.mailedBefore)?: return .has
    case .skipped(let reason)?: return .skipped(reason)
    // Which message had it is known, and what became of that is not.
    case .instant?, .digest?, nil: return sending.delivery == nil && sending.isDigest ? .waits : .lost(.forgotten)
    }
  }

  /// What kept a message back that was dropped, or all of them.
  public var skipReason: SkipReason? {
    switch fate {
    case .skipped(let reason): reason
    case .lost(.dropped): sendings.last?.reason.flatMap(SkipReason.init(rawValue:))
    case .none, .has, .waits, .held, .outOfSight, .lost: nil
    }
  }

  /// The message that an admin took out of the queue, where nothing was sent since.
  public var cancelled: DeliveryID? {
    switch skipReason {
    case .cancelled?, .discarded?: sendings.last?.delivery
    default: nil
    }
  }

  /// Whether it may be sent by an order, nil for a new one, as the ledger knows it: not what that order has sent, what is on its way, or
  /// what goes by itself, and to those who have it only where that is set aside.
  public func maySend(_ order: Int?, _ forced: Set<Exemption>) -> Bool {
    if let order, sendings.contains(where: { $0.generation == order }) { return false }
    switch fate {
    case .none, .lost, .skipped: return true
    case .has: return forced.contains(.have)
    case .waits, .held, .outOfSight: return false
    }
  }

  /// The last message that had it as one post of several.
  public var part: DeliveryID? {
    guard let last = sendings.last, last.digest != nil else { return nil }
    return last.delivery
  }
}

extension SendingHistory.Sending {
  fileprivate var isDigest: Bool { if case .digest? = decision { true } else { false } }
}

extension Ledger {
  /// What was done about these people and a post; those about whom nothing was decided have an empty history.
  public func histories(of post: JournalPosition, _ people: [PersonID]) throws -> [SendingHistory] {
    try database.read { try Ledger.histories(of: post, people, $0) }
  }

  static func histories(of post: JournalPosition, _ people: [PersonID], _ connection: any Connection) throws
    -> [SendingHistory]
  {
    let rows = try connection.query(
      """
      SELECT c.person, c.generation, c.decision, c.detail, c.delivery, d.digest, d.state, d.reason,
        (SELECT f.at FROM failure f WHERE f.delivery = c.delivery AND f.source = 'report'),
        coalesce(d.ended_at, c.decided_at)
      FROM decision c LEFT JOIN delivery d ON d.id = c.delivery
      WHERE c.post = $1 AND c.person IN ($2) ORDER BY c.person, c.generation
      """, [.id(post), .ids(people)]
    ) { row in
      (
        person: row.id(0) as PersonID,
        sending: SendingHistory.Sending(
          generation: Int(row.integer(1)), decision: Decision(decision: row.text(2), detail: row.text(3)),
          delivery: row.optionalID(4), digest: row.optionalID(5),
          state: row.optionalText(6).flatMap(DeliveryState.init(rawValue:)), reason: row.optionalText(7),
          hasReturned: row.optionalInteger(8) != nil, at: row.optionalMoment(8) ?? row.optionalMoment(9))
      )
    }
    let known = Dictionary(grouping: rows, by: \.person).mapValues { $0.map(\.sending) }
    return people.map { SendingHistory(post: post, person: $0, sendings: known[$0] ?? []) }
  }
}
