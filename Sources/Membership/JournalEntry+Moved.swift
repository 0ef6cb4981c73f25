import Forum
import Ledger

extension JournalEntry {
  /// Whether the post stands elsewhere now than when it was taken up.
  public func isMoved(_ post: Post) -> Bool {
    !String.isSameKey(post.threadKey, threadKey) || !String.isSameKey(post.discussionKey, discussionKey)
  }

  /// Why somebody may not have the post now. A watch that does not bear on it because it was moved is not one that the
  /// person gave up.
  public func reason(_ reason: SkipReason, for post: Post) -> SkipReason {
    guard isMoved(post) else { return reason }
    switch reason {
    case .unwatched, .muted, .olderThanWatch, .modeOff: return .moved
    default: return reason
    }
  }
}
