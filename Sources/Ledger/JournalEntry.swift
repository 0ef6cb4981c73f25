import Forum
import Identifiers
import SQL
import Time

/// A post with its place in our own order.
public struct JournalEntry: Hashable, Sendable {
  /// Dense and growing; the post's number in tokens.
  public let position: JournalPosition
  /// The forum's key.
  public let postKey: String
  /// The thread that it stood in when it was journalled; where it stands now, the forum knows.
  public let threadKey: String
  /// The discussion of that thread.
  public let discussionKey: String
  /// The post that it answered when it was journalled; nil too for what was journalled before that was kept.
  public let parentKey: String?
  /// Its copies go before all others, at once (rule C4).
  public let isUrgent: Bool
  /// When it became visible; watches are older or newer than that (rule F3).
  public let visibleAt: Timestamp
  /// When its instant copies became due: visible and settled.
  public let due: Timestamp
  /// The number of the key that signs its Message-IDs (rule M4).
  public let signingKey: UInt8
  /// By what the post is known again; nil for what was journalled before that was kept.
  public let identity: PostIdentity?
  /// Tells the text that was mailed last from others; nil where none was.
  public let text: String?

  /// Whether another post has its key since the forum was restored (rule E3): it is no more, and nobody is to be asked
  /// about it, for the key that it has instead is none of the forum's.
  public var isReplaced: Bool { postKey.hasPrefix(JournalEntry.replaced) }

  static let replaced = "\u{1}replaced "

  /// The key of a post whose own key another has.
  var replacedKey: String { "\(JournalEntry.replaced)\(position) \(postKey)" }

  /// What `init(_ row:)` reads, in its order.
  static let columns =
    "position, post_key, thread_key, discussion_key, urgent, visible_at, due, signing_key, parent_key, author_key, "
    + "created_at, text_mark"

  init(_ row: any Row) {
    position = row.id(0)
    postKey = row.text(1)
    threadKey = row.text(2)
    discussionKey = row.text(3)
    isUrgent = row.integer(4) != 0
    visibleAt = row.moment(5)
    due = row.moment(6)
    signingKey = UInt8(truncatingIfNeeded: row.integer(7))
    parentKey = row.optionalText(8)
    identity = row.optionalMoment(10).map { PostIdentity(authorKey: row.optionalText(9), createdAt: $0) }
    text = row.optionalText(11)
  }
}
