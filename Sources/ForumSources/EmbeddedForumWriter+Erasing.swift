import SQL

/// Somebody is to be forgotten (rule A6): their row stays, since their posts name it.
extension EmbeddedForumWriter {
  /// What a participant is called who was erased: a dash, which every language has.
  public static let erasedName = "—"

  /// Takes out of a participant's row what tells who it is, with their watches, preferences, memberships and roles. Posts stay
  /// as they were written.
  /// - Returns: whether there was anything to take out; false also where there is no such row.
  @discardableResult
  public func eraseParticipant(_ key: String) throws -> Bool {
    let empty = """
      language = NULL, zone = NULL, mode = NULL, digest_period = NULL, digest_hour = NULL, digest_weekday = NULL, \
      digest_style = NULL, digest_format = NULL, text_only = NULL, own_posts = NULL, paused_until = NULL, \
      country = NULL, signed_up_at = NULL
      """
    let erased = try transaction { connection in
      var changed = try ["watch", "member", "participant_role"].reduce(0) {
        try $0 + connection.run("DELETE FROM \($1) WHERE participant = $1", [.text(key)])
      }
      changed += try connection.run(
        """
        UPDATE participant SET name = $2, address = '', active = 0, confirmed = 0, \(empty)
        WHERE id = $1 AND (name <> $2 OR address <> '' OR active <> 0 OR language IS NOT NULL OR zone IS NOT NULL
          OR country IS NOT NULL OR signed_up_at IS NOT NULL)
        """, [.text(key), .text(EmbeddedForumWriter.erasedName)])
      return changed > 0
    }
    // Also where a crash came between the two the last time.
    try dropOldVersions()
    return erased
  }
}
