import Forum
import Foundation
import Identifiers
import SQL
import Time

/// Posts that an admin holds before a run took them up: while they rest, or wait for a moderator, is when somebody wants
/// it most. They have no place in the journal yet; the transaction that gives them one holds them.
extension Ledger {
  /// A post that is held once it is taken up.
  public struct ComingHold: Hashable, Sendable, Codable {
    /// The forum's key of the post.
    public let key: String
    /// In words for the admin.
    public let reason: String
    /// When it was ordered; seconds since 1970.
    public let since: Int64
  }

  private static let comingNote = "posts to hold"

  /// All of them, in the order in which they were ordered.
  public func comingHolds() throws -> [ComingHold] { try database.read(Ledger.comingHolds) }

  /// Holds the mail of a post that may not be taken up yet; one that was meanwhile is held as such.
  /// - Parameters:
  ///   - key: the forum's key of the post.
  ///   - admin: the name of their account.
  ///   - why: in their words; may be empty.
  ///   - entry: for the audit log.
  public func holdComing(_ key: String, by admin: String, why: String, now: Timestamp, entry: AuditEntry) throws {
    let words = Hold.words(orderedBy: admin, why: why)
    try database.write { connection in
      // Behind a run that is just giving it its place.
      let coming = try Ledger.lockedComingHolds(connection)
      let position: JournalPosition? = try connection.first(
        "SELECT position FROM journal WHERE post_key = $1", [.text(key)]
      ) { $0.id(0) }
      if let position {
        try Ledger.changePauses(connection) { $0.order(.post(position), words, at: now) }
      } else {
        let others = coming.filter { ForumKey($0.key) != ForumKey(key) }
        try Ledger.keep(others + [ComingHold(key: key, reason: words, since: now.seconds)], connection)
      }
      try Ledger.record(entry, connection)
    }
  }

  /// It is not held when it is taken up.
  /// - Returns: whether it was to be.
  public func releaseComing(_ key: String) throws -> Bool {
    try database.write { connection in
      let all = try Ledger.lockedComingHolds(connection)
      let others = all.filter { ForumKey($0.key) != ForumKey(key) }
      if others.count < all.count { try Ledger.keep(others, connection) }
      return others.count < all.count
    }
  }

  /// Holds those of these posts of which that was ordered before they got their places.
  static func holdEntered(_ entered: [ForumKey: JournalPosition], now: Timestamp, _ connection: any Connection) throws {
    if entered.isEmpty { return }
    let all = try lockedComingHolds(connection)
    let met = all.filter { entered[ForumKey($0.key)] != nil }
    if met.isEmpty { return }
    try changePauses(connection) { pauses in
      for one in met {
        if let position = entered[ForumKey(one.key)] { pauses.order(.post(position), one.reason, at: now) }
      }
    }
    try keep(all.filter { !met.contains($0) }, connection)
  }

  private static func comingHolds(_ connection: any Connection) throws -> [ComingHold] {
    try note(comingNote, connection).map { try JSONDecoder().decode([ComingHold].self, from: Data($0.utf8)) } ?? []
  }

  /// Nobody else changes them, or gives a post its place, until this transaction is over.
  private static func lockedComingHolds(_ connection: any Connection) throws -> [ComingHold] {
    try connection.run(
      "INSERT INTO note (name, value) VALUES ($1, '[]') ON CONFLICT (name) DO UPDATE SET value = note.value",
      [.text(comingNote)])
    return try comingHolds(connection)
  }

  private static func keep(_ holds: [ComingHold], _ connection: any Connection) throws {
    try setNote(comingNote, String(decoding: JSONEncoder().encode(holds), as: UTF8.self), connection)
  }
}
