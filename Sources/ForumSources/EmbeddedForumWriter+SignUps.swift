import Forum
import SQL
import Time

extension EmbeddedForumWriter {
  /// Forgets addresses that somebody typed to sign up and never confirmed. Who has posted all the same stays.
  public func forgetSignUps(before moment: Timestamp, limit: Int) throws -> Int {
    try transaction { connection in
      let keys = try connection.query(
        """
        SELECT id FROM participant p WHERE confirmed = 0 AND signed_up_at IS NOT NULL AND signed_up_at < $1
          AND name = '' AND NOT EXISTS (SELECT 1 FROM post WHERE author = p.id)
        ORDER BY signed_up_at LIMIT $2 {skip locked}
        """, [.integer(moment.seconds), .integer(Int64(limit))]
      ) { $0.integer(0) }
      if keys.isEmpty { return 0 }
      for table in ["watch", "member", "participant_role"] {
        try connection.run("DELETE FROM \(table) WHERE participant IN ($1)", [.integers(keys)])
      }
      return try connection.run("DELETE FROM participant WHERE id IN ($1)", [.integers(keys)])
    }
  }
}
