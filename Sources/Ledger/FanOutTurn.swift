/// A post whose turn it is, and where its decisions go on (rules E4, F6).
public struct FanOutTurn: Hashable, Sendable {
  /// The post.
  public let entry: JournalEntry
  /// Where its next page begins; nil if it has not begun.
  public let cursor: FanOutCursor?
  /// The turn's number: a post that waits has a larger one after each of its pages.
  public let turn: Int64
}
