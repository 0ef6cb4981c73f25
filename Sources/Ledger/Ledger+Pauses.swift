import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import SQL
import Time

/// What is left alone for a while (rule S3): a note, changed in the transaction of what follows from it.
extension Ledger {
  /// Something to leave alone, with the deliveries whose refusals led to it.
  public struct PauseOrder: Hashable, Sendable {
    /// What it is.
    public var subject: Pauses.Subject
    /// How it was refused.
    public var reason: String
    /// It is known to be the post.
    public var isSure: Bool
    /// Failed or waiting; others of these numbers are left alone.
    public var deliveries: [DeliveryID]
    /// How many people's mail it was; nil where that says nothing.
    public var people: Int?
    /// Of a post: nothing is left alone, and only these deliveries are held.
    public var holdsCopiesAlone: Bool

    /// An order that is to be written.
    public init(
      _ subject: Pauses.Subject, reason: String, isSure: Bool = false, deliveries: [DeliveryID], people: Int? = nil,
      holdsCopiesAlone: Bool = false
    ) {
      self.holdsCopiesAlone = holdsCopiesAlone
      self.people = people
      self.subject = subject
      self.reason = reason
      self.isSure = isSure
      self.deliveries = deliveries
    }
  }

  private static let pausesNote = "pauses"

  /// What is left alone, and was.
  public func pauses() throws -> Pauses { try database.read { try Ledger.pauses($0) } }

  static func pauses(_ connection: any Connection) throws -> Pauses {
    // What a later program wrote in another way leaves nothing alone.
    let kept = try Ledger.note(pausesNote, connection).flatMap {
      try? JSONDecoder().decode(Pauses.self, from: Data($0.utf8))
    }
    return kept ?? Pauses()
  }

  static func changePauses(_ connection: any Connection, _ body: (inout Pauses) throws -> Void) throws {
    // Made first, so that there is a row to wait for.
    try connection.run(
      "INSERT INTO note (name, value) VALUES ($1, '') ON CONFLICT (name) DO UPDATE SET value = note.value",
      [.text(pausesNote)])
    let before = try pauses(connection)
    var pauses = before
    try body(&pauses)
    if pauses == before { return }
    try setNote(pausesNote, String(decoding: try JSONEncoder().encode(pauses), as: UTF8.self), connection)
  }

  /// Whether it is left alone; a release that comes meanwhile waits.
  static func isPaused(_ subject: Pauses.Subject, now: Timestamp, _ connection: any Connection) throws -> Bool {
    let name: [Value] = [.text(pausesNote)]
    guard try connection.exists("SELECT 1 FROM note WHERE name = $1 {for update}", name) else { return false }
    return try pauses(connection).isPaused(subject, at: now)
  }

  /// It is left alone no more, by the admin's word.
  static func forget(_ subject: Pauses.Subject, _ connection: any Connection) throws {
    try changePauses(connection) { $0.release(subject) }
  }

  /// Holds what belongs to it.
  static func pause(_ orders: [PauseOrder], now: Timestamp, _ connection: any Connection) throws {
    if orders.isEmpty { return }
    try changePauses(connection) { pauses in
      for order in orders where !order.holdsCopiesAlone {
        pauses.pause(order.subject, order.reason, isSure: order.isSure, people: order.people, at: now)
      }
    }
    for order in orders {
      let reason = HoldReason(order.subject).text
      try move(
        """
        UPDATE delivery SET state = 'held', reason = $2, ended_at = NULL
        WHERE id IN ($1) AND state IN ('failed', 'deferred', 'queued') AND lease IS NULL
        """, [.ids(order.deliveries), .text(reason)], .held, "\(reason): \(order.reason)", now: now, connection)
      try forgetRefusals(of: order.deliveries, connection)
      try takeBackFailures(of: order.deliveries, now: now, connection)
    }
  }

  /// These were taken, or are in order by the admin's word: they are left alone no more.
  static func end(_ subjects: [Pauses.Subject], now: Timestamp, _ connection: any Connection) throws {
    if subjects.isEmpty { return }
    try changePauses(connection) { pauses in for subject in subjects { pauses.end(subject) } }
    try queueAnew(subjects.map(HoldReason.init), .taken, now: now, connection)
  }

  /// What was held since a moment was held for what a relay said that refuses everything: domains, and what is left
  /// alone.
  static func lift(since moment: Timestamp, now: Timestamp, _ connection: any Connection) throws {
    let domains = try connection.query(
      "DELETE FROM hold WHERE kind = 'domain' AND since >= $1 AND substr(reason, 1, length($2)) <> $2 RETURNING name",
      [.integer(moment.seconds), .text(Hold.ordered)]
    ) { $0.text(0) }
    var ended: [Pauses.Subject] = []
    if !(try pauses(connection)).all.isEmpty { try changePauses(connection) { ended = $0.end(since: moment) } }
    try queueAnew(domains.map(HoldReason.domain) + ended.map(HoldReason.init), .relay, now: now, connection)
  }

  @discardableResult
  private static func queueAnew(
    _ reasons: [HoldReason], _ releaser: ReleasedBy, now: Timestamp, _ connection: any Connection
  ) throws -> Int {
    // What an admin holds stays, whatever was taken or is over.
    let ordered = try connection.query("SELECT name, reason FROM hold WHERE kind = 'domain'") {
      ($0.text(0), $0.text(1))
    }
    .filter { $0.1.hasPrefix(Hold.ordered) }.map { HoldReason.domain($0.0) }
    let kept = Set(ordered + (try pauses(connection)).all.filter(\.isOrdered).map { HoldReason($0.subject) })
    let reasons = reasons.filter { !kept.contains($0) }
    if reasons.isEmpty { return 0 }
    return try move(
      """
      UPDATE delivery SET \(queuedAnew), due = CASE WHEN attempts = 0 THEN due ELSE $2 END
      WHERE state = 'held' AND reason IN ($1)
      """, [.texts(reasons.map(\.text)), .integer(now.seconds)], .released, releaser.text, now: now, connection)
  }

  /// Queues what was held by pauses that are over: it is tried again.
  public func endPauses(now: Timestamp) throws {
    let ended = try pauses().ended(at: now)
    if ended.isEmpty { return }
    let reasons = ended.map { HoldReason($0.subject) }
    let held = try heldCounts()
    guard reasons.contains(where: { held[$0] != nil }) else { return }
    try database.write { connection in
      // Under its lock: a run may have paused it again meanwhile.
      var still: [HoldReason] = []
      try Ledger.changePauses(connection) { still = $0.ended(at: now).map { HoldReason($0.subject) } }
      _ = try Ledger.queueAnew(still, .time, now: now, connection)
    }
  }

  /// All that is left alone for a while is tried at once; what waits for the admin's word about itself stays.
  /// - Returns: how many deliveries.
  static func endTimedPauses(
    by releaser: ReleasedBy, now: Timestamp, _ connection: any Connection
  ) throws -> Int {
    let timed = try pauses(connection).all.filter { $0.until != nil }.map(\.subject)
    if timed.isEmpty { return 0 }
    try changePauses(connection) { pauses in for subject in timed { pauses.end(subject) } }
    return try queueAnew(timed.map(HoldReason.init), releaser, now: now, connection)
  }

  /// What is held of a post is sent to nobody, by the admin's word.
  /// - Returns: how many messages.
  public func discard(post: JournalPosition, by releaser: ReleasedBy = .admin(""), now: Timestamp) throws -> Int {
    try database.write { connection in
      try Ledger.forget(.post(post), connection)
      return try Ledger.move(
        "UPDATE delivery SET state = 'dropped', reason = $2, ended_at = $3 WHERE state = 'held' AND reason = $1",
        [.text(HoldReason.post(post).text), .text(SkipReason.discarded.rawValue), .integer(now.seconds)],
        .discarded, releaser.text, now: now, connection)
    }
  }

  /// Domains and posts that nothing is sent for now.
  public func heldSubjects(now: Timestamp) throws -> Set<HoldReason> {
    let domains = try heldDomains().map(HoldReason.domain)
    return Set(domains + (try pauses().standing(at: now).map { HoldReason($0.subject) }))
  }

  /// The forum's number of a post; nil if the journal does not have it.
  public func postKey(at position: JournalPosition) throws -> String? {
    try database.read {
      try $0.first("SELECT post_key FROM journal WHERE position = $1", [.id(position)]) { $0.text(0) }
    }
  }

  /// The place of a post in the journal by the forum's number.
  public func position(ofPost key: String) throws -> JournalPosition? {
    try database.read { try $0.first("SELECT position FROM journal WHERE post_key = $1", [.text(key)]) { $0.id(0) } }
  }
}
