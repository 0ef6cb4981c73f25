import SQL

/// What the embedded forum's tables refuse, so that whoever writes to them hears of it, and not only whoever reads
/// (rule E1). Rows that were there before stay as they are until they are written again.
extension EmbeddedForum {
  /// The columns that hold moments, and whether one that never comes makes sense there.
  private static let moments = [
    ("participant", "paused_until", true), ("discussion", "opens_at", false), ("discussion", "closes_at", true),
    ("post", "created_at", false), ("post", "visible_at", false), ("post", "edited_at", false),
    ("watch", "since", false),
  ]

  /// The years 1 to 9999. What is far beyond means never, where that makes sense; milliseconds are in between.
  private static func isMoment(_ column: String, _ isEndless: Bool) -> String {
    let (first, last) = (-62_135_596_800, 253_402_300_799)
    return isEndless
      ? "\(column) >= \(first) AND \(column) NOT BETWEEN \(last + 1) AND \(last * 1000 + 999)"
      : "\(column) BETWEEN \(first) AND \(last)"
  }

  /// SQLite keeps a text in a column of numbers, and enforces no reference unless each program asks for it: triggers
  /// see to both. PostgreSQL does by itself.
  static let checks: [Dialect: String] = {
    let sqlite = moments.map { table, column, isEndless in
      let new = "NEW.\(column)"
      return refusal(
        table, column, "\(new) IS NOT NULL AND (typeof(\(new)) <> 'integer' OR NOT (\(isMoment(new, isEndless))))",
        "whole seconds since 1970, in UTC")
    }
    let references = [("post", "thread", "thread"), ("thread", "discussion", "discussion")].map {
      table, column, other in
      refusal(
        table, column, "NOT EXISTS (SELECT 1 FROM \(other) WHERE id = NEW.\(column))",
        "the id of a \(other) that is there")
    }
    let postgres = moments.map { table, column, isEndless in
      """
      ALTER TABLE \(table) ADD CONSTRAINT \(table)_\(column)_is_moment
        CHECK (\(isMoment(column, isEndless))) NOT VALID;

      """
    }
    return [.sqlite: (sqlite + references).joined(), .postgres: postgres.joined()]
  }()

  /// The same for files of posts; one of a post that is not there is never asked about.
  static let attachmentChecks: [Dialect: String] = [
    .sqlite: refusal(
      "post_attachment", "size", "NEW.size IS NOT NULL AND typeof(NEW.size) <> 'integer'", "a number of octets, or NULL"
    )
  ]

  /// Two triggers that abort a statement.
  private static func refusal(_ table: String, _ column: String, _ condition: String, _ words: String) -> String {
    ["INSERT", "UPDATE OF \(column)"].enumerated().map { number, event in
      """
      CREATE TRIGGER \(table)_\(column)_refused_\(number + 1) BEFORE \(event) ON \(table)
        WHEN \(condition)
        BEGIN SELECT RAISE(ABORT, '\(table).\(column) must be \(words)'); END;

      """
    }.joined()
  }
}
