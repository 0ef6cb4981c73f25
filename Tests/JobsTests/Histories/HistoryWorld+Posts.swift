import Forum
import SQL
import TestSupport
import Time

/// What happens to posts, and to rows of the forum that a program spoils.
extension HistoryWorld {
  func takePost(_ event: HistoryEvent) throws {
    switch event {
    case .post(let post, let thread, let author, let isPending, let isUrgent):
      try write(post, thread, author, isPending: isPending, isUrgent: isUrgent)
    case .burst(let first, let count, let thread):
      for post in first..<(first + count) { try write(post, thread, nil, isPending: false, isUrgent: false) }
    case .show(let post, let isDated): try show(post, isDated: isDated)
    case .hide(let post): try setState(post, .hidden, .hidden)
    case .delete(let post): try setState(post, .deleted, .deleted)
    case .erase(let post):
      guard let one = model.forum.posts.removeValue(forKey: post) else { return }
      try site.fixture.forum.write { try $0.run("DELETE FROM post WHERE id = $1", [.text(one.key)]) }
    case .edit(let post):
      guard let one = model.forum.posts[post] else { return }
      let version = one.version + 1
      try site.fixture.writer.edit(post: one.key, body: HistoryWorld.body(post, version), at: forumNow)
      model.forum.posts[post]?.version = version
    case .movePost(let post, let thread):
      guard let one = model.forum.posts[post], one.thread != thread else { return }
      try set("post", "thread", .integer(Int64(thread)), one.key)
      model.forum.posts[post]?.thread = thread
      model.move(post)
    case .moveThread(let thread, let discussion):
      guard model.forum.places[thread] != discussion else { return }
      try set("thread", "discussion", .integer(Int64(discussion)), thread)
      model.forum.places[thread] = discussion
      for (post, one) in model.forum.posts where one.thread == thread { model.move(post) }
    default: preconditionFailure("\(event) is not about posts")
    }
  }

  static func body(_ post: Int, _ version: Int) -> String { "body-L\(post)v\(version)e" }

  func write(_ post: Int, _ thread: Int, _ author: Int?, isPending: Bool, isUrgent: Bool) throws {
    let key = try site.fixture.writer.addPost(
      thread: "\(thread)", author: author.map { "\($0)" }, body: HistoryWorld.body(post, 1),
      state: isPending ? .pending : .visible, isUrgent: isUrgent, at: forumNow)
    var one = HistoryModel.Post(
      key: key, thread: thread, author: author, state: isPending ? .pending : .visible, isUrgent: isUrgent,
      seenFirst: isPending ? nil : moment, isDated: !isPending && forumBackup == nil, isMisdated: isMisdating)
    let number = Int64(key) ?? 0
    one.isRenumbered = number <= lastKeyEver
    let before = authors[key] ?? []
    model.forum.posts[post] = one
    if before.contains(author) {
      model.excuse(post, "its number was another post's of the same author, before the forum was restored")
    }
    if !written[key, default: []].insert(forumNow.seconds).inserted {
      model.excuse(post, "its number was another post's of the same second, before the forum was restored")
    }
    authors[key] = before + [author]
    lastKeyEver = max(lastKeyEver, number)
    model.forum.lastKey = max(model.forum.lastKey, number)
  }

  func show(_ post: Int, isDated: Bool) throws {
    guard let one = model.forum.posts[post], one.state != .visible else { return }
    try site.fixture.writer.setVisibility(.visible, ofPost: one.key)
    model.forum.posts[post]?.state = .visible
    guard one.seenFirst == nil else { return }
    model.forum.posts[post]?.seenFirst = moment
    if isMisdating { model.forum.posts[post]?.isMisdated = true }
    if isDated, !one.faults.contains("visible_at") {
      try set("post", "visible_at", .integer(forumNow.seconds), one.key)
      model.forum.posts[post]?.isDated = true
    }
  }

  func setState(_ post: Int, _ visibility: Visibility, _ state: HistoryModel.State) throws {
    guard let one = model.forum.posts[post] else { return }
    try site.fixture.writer.setVisibility(visibility, ofPost: one.key)
    model.forum.posts[post]?.state = state
    model.turnAway(post)
  }

  /// Milliseconds where seconds belong.
  private static let odd: Int64 = 1_770_000_000_000

  func spoil(_ fault: HistoryEvent.Fault, _ isSpoilt: Bool) throws {
    if isSpoilt { faults.insert(fault) } else if faults.remove(fault) == nil { return }
    let odd = Value.integer(HistoryWorld.odd)
    switch fault {
    case .postDate(let post):
      guard let one = model.forum.posts[post] else { return }
      try setPost(post, one, "created_at", isSpoilt ? nil : one.seenFirst?.seconds ?? now)
    case .postVisibility(let post):
      guard let one = model.forum.posts[post] else { return }
      try setPost(post, one, "visible_at", isSpoilt ? nil : one.seenFirst?.seconds ?? now)
    case .pause(let person):
      guard let one = model.forum.people[person] else { return }
      try set("participant", "paused_until", isSpoilt ? odd : .optional(one.pausedUntil), person)
      model.forum.people[person]?.isUnreadable = isSpoilt
    case .watch(let person):
      for (place, wish) in model.forum.wishes[person] ?? [:] {
        try site.fixture.forum.write {
          try $0.run(
            "UPDATE watch SET since = $1 WHERE scope = $2 AND target = $3 AND participant = $4",
            [
              isSpoilt ? odd : .integer(wish.since.seconds), .text(place.scope.rawValue),
              .integer(Int64(place.key) ?? 0), .integer(Int64(person)),
            ])
        }
        model.forum.wishes[person]?[place]?.isUnreadable = isSpoilt
      }
    case .address(let person):
      try set("participant", "address", .text(isSpoilt ? "nope" : HistoryWorld.address(person)), person)
      model.forum.people[person]?.hasNoAddress = isSpoilt
    case .closing(let discussion):
      try set("discussion", "closes_at", isSpoilt ? odd : .null, discussion)
      if isSpoilt { model.forum.unreadable.insert(discussion) } else { model.forum.unreadable.remove(discussion) }
    }
  }

  /// - Parameter value: nil for one that cannot be read.
  func setPost(_ post: Int, _ one: HistoryModel.Post, _ column: String, _ value: Int64?) throws {
    try set("post", column, .integer(value ?? HistoryWorld.odd), one.key)
    if value == nil {
      model.forum.posts[post]?.faults.insert(column)
    } else {
      model.forum.posts[post]?.faults.remove(column)
    }
    model.turnAway(post)
  }
}
