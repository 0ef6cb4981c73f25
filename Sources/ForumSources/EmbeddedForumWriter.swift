import Forum
import SQL
import Time

/// Writes to the embedded forum, for those who have no web page for it yet: the commands, the demo and the tests. A web
/// developer writes to the tables directly.
public struct EmbeddedForumWriter: ForumWriter, Sendable {
  private let database: any Database

  /// - Parameter database: migrated by `EmbeddedForum.migrate`.
  public init(_ database: any Database) { self.database = database }

  /// Throws where the forum cannot be written to, such as on a file system that is read-only to this process alone.
  public func prove() throws {
    try database.write { _ = try $0.run("UPDATE participant SET name = name WHERE id = -1", []) }
  }

  /// The person with their preferences, in one transaction.
  @discardableResult
  public func addParticipant(_ draft: ParticipantDraft) throws -> String {
    try database.write { connection in
      let id = try inserted(
        """
        INSERT INTO participant (name, address, active, confirmed) VALUES ($1, $2, $3, $4) RETURNING id
        """,
        [
          .text(draft.name), .text(draft.address), .integer(draft.isActive ? 1 : 0),
          .integer(draft.isConfirmed ? 1 : 0),
        ], connection)
      if draft.preferences != Preferences() { try set(draft.preferences, id, connection) }
      return id
    }
  }

  /// Adds a discussion; returns its key.
  /// - Parameters:
  ///   - slug: see `Discussion.slug`; taken once, in whatever case, but for an empty one.
  ///   - isPrivate: only its members read it.
  ///   - isModerated: a note to the web developer's own pages; whoever adds a post says whether it is pending.
  @discardableResult
  public func addDiscussion(
    title: String, slug: String, url: String? = nil, opensAt: Timestamp? = nil, closesAt: Timestamp? = nil,
    isPrivate: Bool = false, isModerated: Bool = false
  ) throws -> String {
    try database.write {
      try inserted(
        """
        INSERT INTO discussion (title, slug, url, opens_at, closes_at, is_private, is_moderated)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
        """,
        [
          .text(title), .text(slug), .optional(url), .optional(opensAt?.seconds), .optional(closesAt?.seconds),
          .integer(isPrivate ? 1 : 0), .integer(isModerated ? 1 : 0),
        ], $0)
    }
  }

  /// Adds a theme to a discussion; returns its key.
  @discardableResult
  public func addTheme(discussion: String, title: String) throws -> String {
    try database.write {
      try inserted(
        "INSERT INTO theme (discussion, title) VALUES ($1, $2) RETURNING id", [.text(discussion), .text(title)], $0)
    }
  }

  /// Adds a thread to a discussion; returns its key.
  /// - Parameter theme: the key of one of the discussion's themes.
  @discardableResult
  public func addThread(discussion: String, title: String, theme: String? = nil, url: String? = nil) throws -> String {
    try database.write {
      try inserted(
        "INSERT INTO thread (discussion, theme, title, url) VALUES ($1, $2, $3, $4) RETURNING id",
        [.text(discussion), .optional(theme), .text(title), .optional(url)], $0)
    }
  }

  /// Adds a post to its thread.
  @discardableResult
  public func addPost(_ draft: PostDraft, at moment: Timestamp) throws -> String {
    try database.write {
      try inserted(
        """
        INSERT INTO post (thread, author, body, subject, format, language, parent, state, urgent, url, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
        """,
        [
          .text(draft.thread), .optional(draft.author), .text(draft.body), .text(draft.subject),
          .text(draft.format.rawValue), .optional(draft.language), .optional(draft.parent),
          .text(draft.visibility.rawValue), .integer(draft.isUrgent ? 1 : 0), .optional(draft.url),
          .integer(moment.seconds),
        ], $0)
    }
  }

  /// A file that the post has in the forum, behind those that it has already.
  /// - Parameter octets: nil: not known.
  public func addAttachment(post: String, name: String, octets: Int? = nil, url: String? = nil) throws {
    try database.write {
      try $0.run(
        "INSERT INTO post_attachment (post, name, size, url) VALUES ($1, $2, $3, $4)",
        [.text(post), .text(name), .optional(octets.map(Int64.init)), .optional(url)])
    }
  }

  /// Nobody has to be told: the collector asks about what it waits for, and a copy is looked at again before it goes.
  public func setVisibility(_ visibility: Visibility, ofPost post: String) throws {
    try database.write {
      try $0.run("UPDATE post SET state = $2 WHERE id = $1", [.text(post), .text(visibility.rawValue)])
    }
  }

  /// Replaces a post's text. Mails built from now on have the new one (rule C4).
  public func edit(post: String, body: String, at: Timestamp) throws {
    try database.write {
      try $0.run(
        "UPDATE post SET body = $2, edited_at = $3 WHERE id = $1", [.text(post), .text(body), .integer(at.seconds)])
    }
  }

  /// Lets a person read a private discussion.
  public func addMember(discussion: String, participant: String) throws {
    try database.write {
      try $0.run(
        "INSERT INTO member (discussion, participant) VALUES ($1, $2)", [.text(discussion), .text(participant)])
    }
  }

  /// A person who is no member may not read what has not been sent yet (rule F3).
  public func removeMember(discussion: String, participant: String) throws {
    try database.write {
      try $0.run(
        "DELETE FROM member WHERE discussion = $1 AND participant = $2", [.text(discussion), .text(participant)])
    }
  }

  /// Sets a watch, or changes the mode or mute of the one that is there; its time stays.
  /// - Parameter target: the key of the thread or discussion; empty for everything.
  public func put(_ watch: Watch, target: String, participant: String, now: Timestamp) throws {
    try database.write {
      try $0.run(
        """
        INSERT INTO watch (scope, target, participant, mute, mode, since) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (scope, target, participant) DO UPDATE SET mute = $4, mode = $5
        """,
        [
          .text(watch.scope.rawValue), .integer(Int64(target) ?? 0), .text(participant),
          .integer(watch.isMute ? 1 : 0), .optional(watch.mode?.rawValue), .integer((watch.since ?? now).seconds),
        ])
    }
  }

  /// Returns whether there was one.
  @discardableResult
  public func removeWatch(scope: WatchScope, target: String, participant: String) throws -> Bool {
    try database.write {
      try $0.run(
        "DELETE FROM watch WHERE scope = $1 AND target = $2 AND participant = $3",
        [.text(scope.rawValue), .integer(Int64(target) ?? 0), .text(participant)]) > 0
    }
  }

  /// Replaces all of a person's preferences; nil takes a choice back.
  public func set(_ preferences: Preferences, of participant: String) throws {
    try database.write { try set(preferences, participant, $0) }
  }

  /// Opens or closes an account, or moves it to another address; nil leaves the address.
  public func setStanding(of participant: String, isActive: Bool, address: String? = nil) throws {
    try database.write {
      try $0.run(
        "UPDATE participant SET active = $2, address = coalesce($3, address) WHERE id = $1",
        [.text(participant), .integer(isActive ? 1 : 0), .optional(address)])
    }
  }

  private func set(_ preferences: Preferences, _ participant: String, _ connection: any Connection) throws {
    let columns = Preferences.columnNames.enumerated().map { "\($1) = $\($0 + 2)" }.joined(separator: ", ")
    try connection.run(
      "UPDATE participant SET \(columns) WHERE id = $1",
      [.text(participant)] + preferences.columnValues(Value.optional, Value.optional))
  }

  /// See `Database.dropOldVersions`.
  func dropOldVersions() throws { try database.dropOldVersions() }

  /// One transaction of the forum's.
  func transaction<T>(_ body: (any Connection) throws -> T) throws -> T { try database.write { try body($0) } }

  /// Runs an INSERT that returns the new row's id; ids are this forum's keys.
  private func inserted(_ sql: String, _ arguments: [Value], _ connection: any Connection) throws -> String {
    try connection.first(sql, arguments) { $0.text(0) }!
  }
}

extension EmbeddedForumWriter: PreferenceKeeper {
  /// The participant's own row has them.
  public var isForum: Bool { true }

  /// Triggers note every change of preferences and watches.
  public var tellsChanges: Bool { true }

  /// On SQLite there is one note for each participant at most: nothing has to be forgotten. On PostgreSQL a mark ahead
  /// of the transactions under way is of a server that this database was copied from: all will be read anew, and stays.
  public func forgetChanges(readTo mark: Int64, limit: Int) throws -> Int {
    guard database.dialect == .postgres else { return 0 }
    return try database.write(.concurrent) {
      try $0.run(
        """
        DELETE FROM wish_change WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM wish_change WHERE mark <= $1
            AND CAST($1 AS BIGINT) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
          ORDER BY mark LIMIT $2))
        """, [.integer(mark), .integer(Int64(limit))])
    }
  }

  /// What was read with the participant: it stands in the same row.
  public func preferences(of participant: Participant) throws -> Preferences { participant.preferences }

  /// Writes what changes to the participant's row.
  public func changePreferences(
    of participant: Participant, _ change: (inout Preferences) throws -> Void
  ) throws {
    let columns = Preferences.columnNames.joined(separator: ", ")
    try database.write { connection in
      let query = "SELECT \(columns) FROM participant WHERE id = $1 {for update}"
      let kept = try connection.first(query, [.text(participant.key)]) { row in
        Preferences(text: { row.optionalText($0) }, number: { row.optionalInteger($0) })
      }
      guard let kept else { return }
      var after = kept
      try change(&after)
      let changed = after.changedColumns(since: kept, Value.optional, Value.optional)
      if changed.isEmpty { return }
      let updates = changed.enumerated().map { "\($1.name) = $\($0 + 2)" }.joined(separator: ", ")
      try connection.run(
        "UPDATE participant SET \(updates) WHERE id = $1", [.text(participant.key)] + changed.map(\.value))
    }
  }

  /// A watch that does not say since when is older than every post (rule F3).
  public func put(_ watch: Watch, target: String, of participant: Participant) throws {
    try put(watch, target: target, participant: participant.key, now: watch.since ?? Timestamp(0))
  }

  /// Removes the row: here nothing has to be silenced.
  public func removeWatch(
    _ scope: WatchScope, target: String, of participant: Participant, now: Timestamp
  ) throws -> WatchRemoval {
    try removeWatch(scope: scope, target: target, participant: participant.key) ? .removed : .none
  }
}
