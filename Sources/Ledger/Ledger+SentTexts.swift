import Identifiers
import SQL
import Time

/// What was mailed of each post, as hashes of its words: a quotation of it is known by them (rule I4).
extension Ledger {
  /// One text of a post.
  public struct SentVersion: Hashable, Sendable {
    /// The post.
    public var post: JournalPosition
    /// Tells it from the post's other texts.
    public var version: String
    /// As `SentText` writes itself down.
    public var words: [UInt8]
    /// See `JournalEntry.text`; nil leaves that as it is.
    public var text: String?
    /// A text that is to be kept.
    public init(post: JournalPosition, version: String, words: [UInt8], text: String? = nil) {
      self.post = post
      self.version = version
      self.words = words
      self.text = text
    }
  }

  /// Texts of one post that are kept at most: who edits a post hourly for a week is still recognised.
  static let sentVersions = 50

  /// Keeps texts that are about to be mailed; those that are known are left as they are.
  public func keep(_ versions: [SentVersion], now: Timestamp) throws {
    if versions.isEmpty { return }
    try database.write { connection in
      for one in versions {
        if let text = one.text {
          try connection.run(
            "UPDATE journal SET text_mark = $2 WHERE position = $1 AND (text_mark IS NULL OR text_mark <> $2)",
            [.id(one.post), .text(text)])
        }
        try connection.run(
          """
          INSERT INTO sent_text (post, version, words, kept_at)
          SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM sent_text WHERE post = $1) < $5
          ON CONFLICT (post, version) DO NOTHING
          """,
          [
            .id(one.post), .text(one.version), .octets(one.words), .integer(now.seconds),
            .integer(Int64(Ledger.sentVersions)),
          ])
      }
    }
  }

  /// What was mailed of these posts.
  public func sentTexts(of posts: some Sequence<JournalPosition>) throws -> [[UInt8]] {
    try database.read {
      try $0.query("SELECT words FROM sent_text WHERE post IN ($1) ORDER BY post, version", [.ids(posts)]) {
        $0.octets(0)
      }
    }
  }

  /// Forgets texts that were kept before a moment; returns how many.
  public func pruneSentTexts(keptBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    while !pruning.isStopping() {
      let page = try database.write {
        try $0.run(
          """
          DELETE FROM sent_text WHERE (post, version) IN (
            SELECT post, version FROM sent_text WHERE kept_at < $1 ORDER BY kept_at LIMIT $2)
          """, [.integer(before.seconds), .integer(Int64(pruning.page))])
      }
      pruned += page
      if page < pruning.page { break }
    }
    return pruned
  }
}
