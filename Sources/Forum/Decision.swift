/// What fan-out decided for one person and one post (rule F4).
public enum Decision: Hashable, Sendable {
  /// A copy at once, because of this watch.
  case instant(WatchScope)
  /// In the next digest, because of this watch.
  case digest(WatchScope)
  /// Nothing, for this reason.
  case skipped(SkipReason)
}

/// Why somebody was not mailed: the closed list of rule F4. The raw value stands in the ledger.
public enum SkipReason: String, Sendable, CaseIterable, Error {
  /// No watch bears on the post; one may have been removed since they were found.
  case unwatched
  /// The most specific wish is a mute (rule F1).
  case muted
  /// Their own, and they did not ask for those (rule F3).
  case ownPost = "own-post"
  /// It could be seen before they watched (rule F3).
  case olderThanWatch = "older-than-watch"
  /// The watch's mode, or else their own, is off (rule F2).
  case modeOff = "mode-off"
  /// They want no mail until a moment that is still to come. What is skipped for it is never made up for.
  case paused
  /// The forum has closed their account.
  case inactive
  /// They have not confirmed their address to the forum.
  case unconfirmed
  /// What the forum has for an address is none that could be put on the wire (rule X1).
  case badAddress = "bad-address"
  /// Their address is not to be mailed.
  case suppressed
  /// The forum does not let them read it.
  case notReadable = "not-readable"
  /// The post is not shown just now, to anybody.
  case hidden
  /// The post was deleted, or there is no such row any more.
  case gone
  /// The post was moved to where the person does not watch.
  case moved
  /// The post's row in the forum, its thread's or its discussion's cannot be read (rule E1).
  case unreadablePost = "unreadable-post"
  /// The person's row in the forum, or one of their watches, cannot be read (rule E1).
  case unreadablePerson = "unreadable-person"
  /// It was mailed before a backup was restored, as the admin says (rule E3).
  case mailedBefore = "mailed-before"
  /// The admin has discarded its mail.
  case discarded
  /// Another message was sent in its place, by the admin's word (rule A1).
  case resent
  /// An admin has taken it out of the queue.
  case cancelled
  /// They were erased: the ledger knows that somebody was, and no more (rule A6).
  case erased

  /// Reasons that pass when the post comes back into the person's sight: then the copy goes after all (rule C6).
  public static let outOfSight: [SkipReason] = [
    .hidden, .gone, .notReadable, .moved, .unreadablePost, .unreadablePerson,
  ]
  /// Whether this is one of them.
  public var isOutOfSight: Bool { SkipReason.outOfSight.contains(self) }
}
