import Forum

/// Why something is not done; nothing was changed.
public enum BoardRefusal: Hashable, Sendable {
  /// It is not there, or the person may not read it: the two are told alike.
  case gone
  /// The person may read it, and may not do that.
  case noRight
  /// The discussion has not opened: see its hour.
  case notOpenYet
  /// The discussion has closed.
  case discussionClosed
  /// The thread takes no posts.
  case threadClosed
  /// There is no text, or no title.
  case empty
  /// The text has more octets than this, or the title more characters.
  case tooLong(limit: Int)
  /// More than so many files, or one or all of them larger than so many octets.
  case tooManyFiles(limit: Int)
  case filesTooLarge(limit: Int)
  /// A post can be changed for a while after it was written, and that has passed.
  case tooLate
  /// The post was read by a moderator and can be seen: changed, it would have to wait again.
  case approvedAlready
  /// So many addresses wait to be confirmed that no other is taken just now.
  case tooMany

  /// What the discussion or the thread says, as to a reply by mail.
  public init(_ refusal: ReplyRefusal) {
    self =
      switch refusal {
      case .discussionClosed: .discussionClosed
      case .notOpenYet: .notOpenYet
      case .threadClosed: .threadClosed
      case .noRight: .noRight
      case .postGone: .gone
      }
  }
}

/// What became of a change.
public enum BoardOutcome: Hashable, Sendable {
  /// It is so now.
  case done
  /// It was so before.
  case unchanged
  /// It is not done.
  case refused(BoardRefusal)
}

/// What became of a post that was to be made.
public enum PostOutcome: Hashable, Sendable {
  /// It stands there, by this form or since it was sent before; it waits for a moderator if it is pending.
  case posted(key: String, thread: String, isPending: Bool)
  /// It does not.
  case refused(BoardRefusal)
}
