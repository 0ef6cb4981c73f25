import Forum
import Identifiers
import SQL
import Time

/// Leased deliveries that are not sent after all.
extension Ledger {
  /// A delivery that may not go out, and why.
  public struct Withheld: Hashable, Sendable {
    /// What becomes of it.
    public enum Fate: Hashable, Sendable {
      /// Nobody may have it any more, or not for now.
      case dropped(SkipReason)
      /// Its address is not to be mailed.
      case suppressed
      /// It waits for the admin's word.
      case held(HoldReason)

      /// The two columns that keep it.
      var columns: (state: DeliveryState, reason: String) {
        switch self {
        case .dropped(let reason): (.dropped, reason.rawValue)
        case .suppressed: (.suppressed, SkipReason.suppressed.rawValue)
        case .held(let reason): (.held, reason.text)
        }
      }
    }
    /// A delivery of the run's lease; of another's nothing is changed.
    public var delivery: DeliveryID
    /// What becomes of it.
    public var fate: Fate

    /// A delivery with its fate.
    public init(_ delivery: DeliveryID, _ fate: Fate) {
      self.delivery = delivery
      self.fate = fate
    }
  }

  /// Closes leased deliveries that may not go out, but for those of a domain that is no longer held, and takes out of
  /// digests' parts what may not be shown now; remembers the posts that are out of sight, to queue their copies again
  /// (rule C6).
  /// - Parameter outOfSight: by leased part, those of its posts that its reader may not see for now.
  public func withhold(
    _ withheld: [Withheld], outOfSight: [DeliveryID: [JournalPosition]] = [:], lease: LeaseID, now: Timestamp
  ) throws {
    if withheld.isEmpty, outOfSight.isEmpty { return }
    try database.write(.concurrent) { connection in
      // Until the commit nobody else gets hold of them, though the lease end meanwhile.
      _ = try connection.query(
        "SELECT 1 FROM delivery WHERE id IN ($1) AND \(Ledger.isLeased(by: "$2")) ORDER BY id {for update}",
        [.ids(Set(withheld.map(\.delivery)).union(outOfSight.keys).sorted()), .id(lease)]
      ) { _ in }
      for (part, posts) in outOfSight {
        try Ledger.reopen(posts, part: part, lease: lease, now: now, connection)
      }
      for (fate, alike) in Dictionary(grouping: withheld, by: \.fate) {
        try Ledger.close(alike.map(\.delivery), fate, lease, now, connection)
      }
      let waiting = withheld.filter { if case .dropped(let reason) = $0.fate { reason.isOutOfSight } else { false } }
      try Ledger.withdraw(
        connection.query(
          "SELECT DISTINCT post FROM delivery WHERE id IN ($1) AND post IS NOT NULL",
          [.ids(waiting.map(\.delivery))]
        ) { $0.id(0) }, now, connection)
    }
  }
  /// Moves leased deliveries to their fate. What is `sending` is left alone: its attempt has begun, and only its end
  /// moves it on.
  private static func close(
    _ deliveries: [DeliveryID], _ fate: Withheld.Fate, _ lease: LeaseID, _ now: Timestamp, _ connection: any Connection
  ) throws {
    switch fate {
    case .held(.domain(let domain)): if try !isHeld(.domain(domain), now: now, connection) { return }
    case .held(.post(let post)): if try !isHeld(.post(post), now: now, connection) { return }
    default: break
    }
    let (state, reason) = fate.columns
    let isHeld = if case .held = fate { true } else { false }
    try move(
      """
      UPDATE delivery SET state = $3, reason = $4, \(Ledger.unleased), ended_at = $5
      WHERE id IN ($1) AND \(Ledger.isLeased(by: "$2")) AND state <> 'sending'
      """,
      [
        .ids(deliveries), .id(lease), .text(state.rawValue), .text(reason),
        .optional(state.isOpen ? nil : now.seconds),
      ], isHeld ? .held : .withheld, reason, now: now, connection)
  }
}
