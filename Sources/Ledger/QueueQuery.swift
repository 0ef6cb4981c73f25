import Identifiers
import SQL
import Time

/// Which messages of the queue somebody asks for: all that is said holds of each.
public struct QueueQuery: Hashable, Sendable {
  /// What waits, is held, or has failed: what is shown where nobody says otherwise.
  public static let standard: Set<DeliveryState> = [.held, .sending, .queued, .deferred, .uncertain, .failed]
  /// What a run takes by itself once it is due.
  public static let waiting: Set<DeliveryState> = [.queued, .deferred, .uncertain]

  /// Those in these states. What was sent is history, and never among them.
  public var states: Set<DeliveryState>
  /// Those that carry this post: copies, and parts of digests.
  public var post: JournalPosition?
  /// Those of this person.
  public var person: PersonID?

  /// All that waits, is held or has failed, unless more is said.
  public init(
    states: Set<DeliveryState> = QueueQuery.standard, post: JournalPosition? = nil, person: PersonID? = nil
  ) {
    self.states = states.subtracting([.sent])
    self.post = post
    self.person = person
  }
}

/// How far somebody has come in reading the queue.
public struct QueuePlace: Hashable, Sendable {
  let section: Ledger.QueueSection
  let due: Int64
  let id: Int64
}

/// What is needed to choose a message.
public struct QueueKey: Hashable, Sendable {
  /// The message.
  public let id: DeliveryID
  /// Whose it is.
  public let person: PersonID
  /// Where it stands.
  public let state: DeliveryState
  /// Why it is held; nil where it is not, or for a reason that only a later program knows.
  public let hold: HoldReason?
  /// It is a part of a digest.
  public let isPart: Bool
  /// A run has it, or is sending it.
  public let isLeased: Bool

  static let columns = "id, person, state, reason, digest, lease"

  init?(_ row: any Row) {
    guard let state = DeliveryState(rawValue: row.text(2)) else { return nil }
    (id, person, self.state) = (row.id(0), row.id(1), state)
    hold = state == .held ? row.optionalText(3).flatMap(HoldReason.init(text:)) : nil
    isPart = row.optionalInteger(4) != nil
    isLeased = row.optionalInteger(5) != nil
  }
}

/// A message as a listing shows it.
public struct QueuedMessage: Hashable, Sendable {
  /// Its row.
  public let record: Ledger.DeliveryRecord
  /// How often it was tried.
  public let attempts: Int
  /// 0 for the first sending.
  public let generation: Int
  /// Of a part of a digest, how many posts it has.
  public let posts: Int
  /// Of a notice, what it is about, by the ledger's word.
  public let topic: String?
  /// What the relay said last, whole; nil where it was not tried.
  public let answer: String?
  /// When it was held last; nil where it is not held, or nobody told.
  public let heldSince: Timestamp?

  static let columns = """
    \(Ledger.DeliveryRecord.columns), attempts, generation,
    CASE WHEN digest IS NULL THEN 0 ELSE (SELECT count(*) FROM decision x WHERE x.delivery = delivery.id
      AND x.decision = 'digest' AND x.delivery IS NOT NULL) END,
    (SELECT n.topic FROM notice n WHERE n.id = delivery.notice),
    (SELECT a.answer FROM attempt a WHERE a.delivery = delivery.id ORDER BY a.number DESC LIMIT 1),
    CASE WHEN state = 'held' THEN (SELECT max(e.happened_at) FROM event e WHERE e.delivery = delivery.id
      AND e.delivery IS NOT NULL AND e.kind IN ('held', 'rescued')) END
    """

  init?(_ row: any Row) {
    guard let record = Ledger.DeliveryRecord(row) else { return nil }
    self.record = record
    (attempts, generation, posts) = (Int(row.integer(13)), Int(row.integer(14)), Int(row.integer(15)))
    (topic, answer, heldSince) = (row.optionalText(16), row.optionalText(17), row.optionalMoment(18))
  }
}
