import Forum
import Identifiers
import SQL

/// Watches that the forum cannot keep.
extension Ledger {
  /// A watch that stands in the ledger.
  public struct OwnWatch: Hashable, Sendable {
    /// Whose it is.
    public var person: PersonID
    /// The key of the thread or discussion; empty for everything.
    public var target: String
    /// Its time is never nil when it comes from the table, where 0 stands for a watch that is older than every post.
    public var watch: Watch
    /// A watch that is to be kept.
    public init(person: PersonID, target: String, watch: Watch) {
      self.person = person
      self.target = target
      self.watch = watch
    }
  }

  /// Sets a watch or a mute, or changes the mode or mute of the one that is there; its time stays (rule F3).
  public func put(_ own: OwnWatch) throws {
    try database.write { connection in
      if try Ledger.isErased(own.person, connection) { return }
      try connection.run(
        """
        INSERT INTO own_watch (scope, target, person, mute, mode, since) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (scope, target, person) DO UPDATE SET mute = $4, mode = $5
        """,
        [
          .text(own.watch.scope.rawValue), .text(own.target), .id(own.person),
          .integer(own.watch.isMute ? 1 : 0), .optional(own.watch.mode?.rawValue),
          .integer(own.watch.since?.seconds ?? 0),
        ])
    }
  }

  /// Returns whether there was one.
  public func removeOwnWatch(person: PersonID, scope: WatchScope, target: String) throws -> Bool {
    try database.write {
      try $0.run(
        "DELETE FROM own_watch WHERE scope = $1 AND target = $2 AND person = $3",
        [.text(scope.rawValue), .text(target), .id(person)]) > 0
    }
  }

  /// Everything that the ledger keeps of what a person watches or mutes.
  public func ownWatches(of person: PersonID) throws -> [OwnWatch] {
    try database.read {
      try $0.query(
        "SELECT scope, target, person, mute, mode, since FROM own_watch WHERE person = $1 ORDER BY scope, target",
        [.id(person)], Ledger.ownWatch)
    }
  }

  /// Those of these people's watches that the ledger keeps and that bear on a thread, by person.
  public func ownWatches(of people: some Sequence<PersonID>, thread: String, discussion: String) throws
    -> [PersonID: [Watch]]
  {
    let own = try database.read { connection -> [OwnWatch] in
      // Most installations have none: the forum keeps them.
      guard try Ledger.has("own_watch", connection) else { return [] }
      return try connection.query(
        """
        SELECT scope, target, person, mute, mode, since FROM own_watch
        WHERE scope = 'thread' AND target = $1 AND person IN ($3)
          OR scope = 'discussion' AND target = $2 AND person IN ($3)
          OR scope = 'everything' AND target = '' AND person IN ($3)
        """, [.text(thread), .text(discussion), .ids(people)], Ledger.ownWatch)
    }
    return Dictionary(grouping: own, by: \.person).mapValues { $0.map(\.watch) }
  }

  /// People who have a watch or mute in the ledger that bears on a thread, in the order of their numbers.
  /// - Parameter after: the number after which to begin; 0 for the first page.
  public func ownWatchers(thread: String, discussion: String, after: PersonID, limit: Int) throws
    -> [(id: PersonID, key: String)]
  {
    try peoplePage(
      """
      SELECT person FROM own_watch WHERE scope = 'thread' AND target = $1 AND person > $3
      UNION SELECT person FROM own_watch WHERE scope = 'discussion' AND target = $2 AND person > $3
      UNION SELECT person FROM own_watch WHERE scope = 'everything' AND target = '' AND person > $3
      ORDER BY person LIMIT $4
      """, [.text(thread), .text(discussion), .id(after), .integer(Int64(limit))])
  }

  private static func ownWatch(_ row: any Row) -> OwnWatch {
    OwnWatch(
      person: row.id(2), target: row.text(1),
      watch: Watch(
        scope: WatchScope(rawValue: row.text(0))!, isMute: row.integer(3) != 0,
        mode: row.optionalText(4).flatMap(Mode.init), since: row.moment(5)))
  }
}
