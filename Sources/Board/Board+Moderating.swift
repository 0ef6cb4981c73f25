import Forum
import ForumSources
import SQL
import Time

extension Board {
  /// Shows a post that waited: it counts from now on, and is mailed.
  public func approve(_ post: String, by moderator: String, now: Timestamp) throws -> BoardOutcome {
    try moderate(post, by: moderator) { view, found in
      guard found.state == .pending else { return .unchanged }
      return try view.set(.visible, found.id, visibleAt: now)
    }
  }

  /// Takes a post out of sight, be it shown or waiting. What was not mailed yet is not mailed.
  public func hide(_ post: String, by moderator: String) throws -> BoardOutcome {
    try moderate(post, by: moderator) { view, found in
      guard found.state != .hidden else { return .unchanged }
      return try view.set(.hidden, found.id, visibleAt: nil)
    }
  }

  /// Shows a hidden post, again or, if it was hidden while it waited, for the first time.
  public func show(_ post: String, by moderator: String, now: Timestamp) throws -> BoardOutcome {
    try moderate(post, by: moderator) { view, found in
      guard found.state == .hidden else { return .unchanged }
      return try view.set(.visible, found.id, visibleAt: now)
    }
  }

  /// Moves a post to another thread; whoever moves it moderates both discussions. It keeps its number, and what it
  /// answers.
  public func move(post: String, toThread thread: String, by moderator: String) throws -> BoardOutcome {
    try moderate(post, by: moderator) { view, found in
      guard let place = try view.place(ofThread: thread) else { return .refused(.gone) }
      guard place.entry.rights.moderates else { return .refused(.noRight) }
      if place.id == found.thread { return .unchanged }
      try view.connection.run(
        "UPDATE post SET thread = $2 WHERE id = $1", [.integer(found.id), .integer(place.id)])
      return .done
    }
  }

  /// Moves a thread with its posts to another discussion, or to another theme of its own.
  /// - Parameter theme: the key of one of the discussion's themes; nil: none.
  public func move(
    thread: String, toDiscussion discussion: String, theme: String? = nil, by moderator: String
  ) throws -> BoardOutcome {
    try moderate(thread: thread, by: moderator) { view, place in
      guard let target = try view.discussion(discussion) else { return .refused(.gone) }
      guard target.rights.moderates else { return .refused(.noRight) }
      if let theme, try !view.themes(of: discussion).contains(where: { $0.key == theme }) { return .refused(.gone) }
      if place.thread.discussionKey == target.discussion.key, place.themeKey == theme { return .unchanged }
      try view.connection.run(
        "UPDATE thread SET discussion = $2, theme = $3 WHERE id = $1",
        [.integer(place.id), .optional(Int64(discussion)), .optional(theme.flatMap { Int64($0) })])
      return .done
    }
  }

  /// Has a thread take no posts, or take them again.
  public func close(thread: String, _ isClosed: Bool = true, by moderator: String) throws -> BoardOutcome {
    try moderate(thread: thread, by: moderator) { view, place in
      if place.thread.isClosed == isClosed { return .unchanged }
      try view.connection.run(
        "UPDATE thread SET closed = $2 WHERE id = $1", [.integer(place.id), .integer(isClosed ? 1 : 0)])
      return .done
    }
  }

  /// What is asked before a thread is changed, in the transaction that changes it.
  private func moderate(
    thread: String, by moderator: String, _ body: (BoardView, BoardView.Place) throws -> BoardOutcome
  ) throws -> BoardOutcome {
    try change(.participant(moderator)) { view in
      guard let id = Int64(thread) else { return .refused(.gone) }
      _ = try view.connection.query("SELECT 1 FROM thread WHERE id = $1 {for update}", [.integer(id)]) { _ in }
      guard let place = try view.place(ofThread: thread) else { return .refused(.gone) }
      guard place.entry.rights.moderates else { return .refused(.noRight) }
      return try body(view, place)
    }
  }

  /// The same before a post is changed.
  private func moderate(
    _ post: String, by moderator: String, _ body: (BoardView, ModeratedPost) throws -> BoardOutcome
  ) throws -> BoardOutcome {
    try change(.participant(moderator)) { view in
      guard let id = Int64(post) else { return .refused(.gone) }
      let found = try view.connection.first(
        "SELECT thread, state FROM post WHERE id = $1 AND state <> 'deleted' {for update}", [.integer(id)]
      ) { ModeratedPost(id: id, thread: $0.integer(0), state: Visibility(rawValue: $0.text(1)) ?? .hidden) }
      guard let found, let place = try view.place(ofThread: String(found.thread)) else { return .refused(.gone) }
      guard place.entry.rights.moderates else {
        // Of what they cannot see they are not told that it is there.
        return .refused(found.state == .visible ? .noRight : .gone)
      }
      return try body(view, found)
    }
  }
}

/// A post that a moderator has in hand.
private struct ModeratedPost {
  let id: Int64
  let thread: Int64
  let state: Visibility
}

extension BoardView {
  /// - Parameter visibleAt: when it is shown for the first time; a post that was shown before keeps its moment.
  fileprivate func set(_ state: Visibility, _ id: Int64, visibleAt: Timestamp?) throws -> BoardOutcome {
    try connection.run(
      """
      UPDATE post SET state = $2, visible_at = coalesce(visible_at, $3) WHERE id = $1
      """, [.integer(id), .text(state.rawValue), .optional(visibleAt?.seconds)])
    return .done
  }
}
