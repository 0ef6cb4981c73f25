import Forum
import SQL
import Time

/// Replies by mail, in the embedded forum: each is there once, by its key.
extension EmbeddedForumWriter: ReplyPoster {
  /// `post.mail_key` is unique.
  public var isExact: Bool { true }

  /// Nothing is in doubt.
  public func posts(like reply: ReplyDraft, since moment: Timestamp) -> [String] { [] }

  /// Asks and posts in one transaction: a moderator who closes the thread meanwhile comes before or after it.
  public func post(_ reply: ReplyDraft) throws -> ReplyAnswer {
    try transaction { connection in
      if let known = try posted(reply.mailKey, connection) { return known }
      guard let place = try place(of: reply.parent, for: reply.author, connection) else { return .refused(.postGone) }
      if let refusal = place.discussion.refusal(of: place.thread, at: reply.arrivedAt) { return .refused(refusal) }
      guard place.rights.mayPost else { return .refused(.noRight) }
      let state = place.rights.isModerated ? Visibility.pending : .visible
      let key = try connection.first(
        """
        INSERT INTO post (thread, author, body, parent, state, created_at, mail_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
        """,
        [
          .text(place.thread.key), .text(reply.author), .text(reply.text), .text(reply.parent), .text(state.rawValue),
          .integer(reply.now.seconds), .text(reply.mailKey),
        ]
      ) { $0.text(0) }!
      return .posted(key: key, isPending: state == .pending)
    }
  }

  private struct Place {
    var thread: Thread
    var discussion: Discussion
    /// The author's.
    var rights: DiscussionRights
  }

  private func posted(_ mailKey: String, _ connection: any Connection) throws -> ReplyAnswer? {
    try connection.first("SELECT id, state FROM post WHERE mail_key = $1", [.text(mailKey)]) {
      .posted(key: $0.text(0), isPending: $0.text(1) == Visibility.pending.rawValue)
    }
  }

  /// Where a post that can be seen stands now, and what somebody may do there.
  private func place(of post: String, for author: String, _ connection: any Connection) throws -> Place? {
    try connection.first(
      """
      SELECT t.id, t.title, t.closed, d.id, d.title, d.slug, d.opens_at, d.closes_at, d.closed,
        \(RightsColumns.sql(person: 2))
      FROM post p JOIN thread t ON t.id = p.thread JOIN discussion d ON d.id = t.discussion
      WHERE p.id = $1 AND p.state = 'visible'
      """, [.text(post), .text(author)]
    ) { row in
      Place(
        thread: Thread(
          key: row.text(0), discussionKey: row.text(3), title: row.text(1), isClosed: row.integer(2) != 0),
        discussion: Discussion(
          key: row.text(3), title: row.text(4), slug: row.text(5),
          opensAt: row.optionalInteger(6).map(Timestamp.init), closesAt: row.optionalInteger(7).map(Timestamp.init),
          isClosed: row.integer(8) != 0),
        rights: RightsColumns.read(row, from: 9).rights)
    }
  }
}
