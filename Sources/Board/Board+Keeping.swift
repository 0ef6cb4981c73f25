import Forum
import ForumSources
import SQL
import Text
import Time

/// A discussion that an admin makes.
public struct DiscussionDraft: Hashable, Sendable {
  /// As people read it.
  public var title: String
  /// See `Discussion.slug`.
  public var slug: String
  /// nil: open from the start; nil: never closes.
  public var opensAt, closesAt: Timestamp?
  /// Who comes in.
  public var access: DiscussionAccess
  /// Titles of its themes, in their order.
  public var themes: [String]

  /// Open to everybody, unless more is said.
  public init(
    title: String, slug: String, opensAt: Timestamp? = nil, closesAt: Timestamp? = nil,
    access: DiscussionAccess = DiscussionAccess(), themes: [String] = []
  ) {
    (self.title, self.slug, self.opensAt, self.closesAt) = (title, slug, opensAt, closesAt)
    (self.access, self.themes) = (access, themes)
  }
}

/// A discussion as an admin sees it.
public struct KeptDiscussion: Hashable, Sendable {
  /// Its key, title and hours.
  public var discussion: Discussion
  /// Who comes in.
  public var access: DiscussionAccess
  /// How many of each; of posts, those that can be seen.
  public var threads, posts, waiting, members: Int
  /// Roles that may come in, by their names.
  public var roles: [String]
  /// Titles, in their order.
  public var themes: [String]
}

/// For the commands: whoever gives them may do everything.
extension Board {
  /// Every discussion, the oldest first.
  public func keptDiscussions() throws -> [KeptDiscussion] {
    try look(.guest) { view in
      func lists(_ sql: String) throws -> [String: [String]] {
        let rows = try view.connection.query(sql) { ($0.text(0), $0.text(1)) }
        return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
      }
      let roles = try lists(
        """
        SELECT x.discussion, r.name FROM discussion_role x JOIN forum_role r ON r.id = x.role ORDER BY r.name
        """)
      let themes = try lists("SELECT discussion, title FROM theme ORDER BY id")
      return try view.connection.query(
        """
        SELECT \(BoardView.discussionColumns), d.is_private, d.is_moderated, d.posting,
          (SELECT count(*) FROM thread t WHERE t.discussion = d.id),
          (SELECT count(*) FROM thread t JOIN post p ON p.thread = t.id AND p.state = 'visible' WHERE t.discussion = d.id),
          (SELECT count(*) FROM thread t JOIN post p ON p.thread = t.id AND p.state = 'pending' WHERE t.discussion = d.id),
          (SELECT count(*) FROM member m WHERE m.discussion = d.id)
        FROM discussion d ORDER BY d.id
        """
      ) { row in
        let entry = BoardView.plainDiscussion(row)
        return KeptDiscussion(
          discussion: entry.0, access: entry.1, threads: Int(row.integer(10)), posts: Int(row.integer(11)),
          waiting: Int(row.integer(12)), members: Int(row.integer(13)), roles: roles[entry.0.key] ?? [],
          themes: themes[entry.0.key] ?? [])
      }
    }
  }

  /// The discussion that somebody means by its id or its slug, in whatever case; nil if there is none. A slug of digits
  /// alone is found where no discussion has that id.
  public func keptDiscussion(_ name: String) throws -> (discussion: Discussion, access: DiscussionAccess)? {
    try look(.guest) { view in
      func found(_ clause: String, _ value: Value) throws -> (Discussion, DiscussionAccess)? {
        try view.connection.first(
          """
          SELECT \(BoardView.discussionColumns), d.is_private, d.is_moderated, d.posting FROM discussion d WHERE \(clause)
          """, [value], BoardView.plainDiscussion)
      }
      if let id = Int64(name), let one = try found("d.id = $1", .integer(id)) { return one }
      return name.isEmpty ? nil : try found("lower(d.slug) = lower($1) AND d.slug <> ''", .text(name))
    }
  }

  /// Makes a discussion with its themes; returns its key, or nil if another one has the slug.
  public func create(_ draft: DiscussionDraft) throws -> String? {
    try database.write(.serial) { connection in
      if try isTaken(draft.slug, by: nil, connection) { return nil }
      let key = try connection.first(
        """
        INSERT INTO discussion (title, slug, opens_at, closes_at, is_private, is_moderated, posting)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
        """,
        [
          .text(draft.title), .text(draft.slug), .optional(draft.opensAt?.seconds), .optional(draft.closesAt?.seconds),
          .integer(draft.access.isPrivate ? 1 : 0), .integer(draft.access.isModerated ? 1 : 0),
          .text(draft.access.posting.rawValue),
        ]
      ) { $0.integer(0) }!
      try add(themes: draft.themes, to: key, connection)
      return String(key)
    }
  }

  /// Changes a discussion; whoever may not read any more what was not sent yet does not get it.
  /// - Parameters:
  ///   - themes: to be added; one of that title that is there already is not added again.
  ///   - change: given what is there now; it may be called again.
  /// - Returns: whether anything changed; nil if there is no such discussion, or another one has the slug.
  public func change(
    discussion key: String, addingThemes themes: [String] = [],
    _ change: (inout Discussion, inout DiscussionAccess) throws -> Void
  ) throws -> Bool? {
    guard let id = Int64(key) else { return nil }
    return try database.write(.serial) { connection in
      let query = """
        SELECT \(BoardView.discussionColumns), d.is_private, d.is_moderated, d.posting FROM discussion d WHERE d.id = $1
        {for update}
        """
      guard let before = try connection.first(query, [.integer(id)], BoardView.plainDiscussion) else { return nil }
      var (discussion, access) = before
      try change(&discussion, &access)
      if try isTaken(discussion.slug, by: id, connection) { return nil }
      let added = try add(themes: themes, to: id, connection)
      if discussion == before.0, access == before.1 { return added }
      try connection.run(
        """
        UPDATE discussion SET title = $2, slug = $3, url = $4, opens_at = $5, closes_at = $6, closed = $7,
          is_private = $8, is_moderated = $9, posting = $10 WHERE id = $1
        """,
        [
          .integer(id), .text(discussion.title), .text(discussion.slug), .optional(discussion.url),
          .optional(discussion.opensAt?.seconds), .optional(discussion.closesAt?.seconds),
          .integer(discussion.isClosed ? 1 : 0), .integer(access.isPrivate ? 1 : 0),
          .integer(access.isModerated ? 1 : 0), .text(access.posting.rawValue),
        ])
      return true
    }
  }

  private func isTaken(_ slug: String, by id: Int64?, _ connection: any Connection) throws -> Bool {
    if slug.isEmpty { return false }
    return try connection.exists(
      "SELECT 1 FROM discussion WHERE lower(slug) = lower($1) AND slug <> '' AND id <> $2",
      [.text(slug), .integer(id ?? -1)])
  }

  /// Returns whether there was one to add.
  @discardableResult
  private func add(themes: [String], to discussion: Int64, _ connection: any Connection) throws -> Bool {
    let there = try connection.query(
      "SELECT title FROM theme WHERE discussion = $1", [.integer(discussion)], { $0.text(0) })
    let new = themes.filter { !there.contains($0) }
    for title in new {
      try connection.run(
        "INSERT INTO theme (discussion, title) VALUES ($1, $2)", [.integer(discussion), .text(title)])
    }
    return !new.isEmpty
  }
}

extension BoardView {
  /// `discussionColumns`, then what the discussion says of those who come.
  static func plainDiscussion(_ row: any Row) -> (Discussion, DiscussionAccess) {
    let entry = Discussion(
      key: row.text(0), title: row.text(1), slug: row.text(2), url: row.optionalText(3),
      opensAt: row.optionalInteger(4).map(Timestamp.init), closesAt: row.optionalInteger(5).map(Timestamp.init),
      isClosed: row.integer(6) != 0)
    let access = DiscussionAccess(
      isPrivate: row.integer(7) != 0, isModerated: row.integer(8) != 0,
      posting: PostingRule(rawValue: row.text(9)) ?? .invited)
    return (entry, access)
  }
}
