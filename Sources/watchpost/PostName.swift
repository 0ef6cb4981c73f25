import Forum
import Identifiers
import Ledger
import Stories
import Text
import Time

/// A post as somebody typed it.
enum PostName: Hashable {
  /// `#9240`, `[#9240]`: the number that readers see.
  case number(String)
  /// `key:77`: the id in the forum's database.
  case key(String)
  /// `9240`: the one or the other.
  case either(String)

  init(_ text: String) {
    var text = text.trimmed
    // A subject line as a whole has it too: `Re: [#9240] Living modified fish`.
    if let number = text.firstMatch(of: #/\[#\s*([^\]\s]+)\s*\]/#)?.1 {
      self = .number(String(number))
      return
    }
    if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()).trimmed }
    if let key = text.firstMatch(of: #/^(?i:key|post):\s*(.+)$/#)?.1 {
      self = .key(String(key))
    } else if text.hasPrefix("#") {
      self = .number(String(text.dropFirst()).trimmed)
    } else {
      self = .either(text)
    }
  }
}

/// A post, with how far it has come.
struct PostPlace {
  /// As the forum has it; nil where it has it no more, or it cannot be read.
  let post: Post?
  /// Its place in the journal.
  let entry: JournalEntry?
  /// As a story shows it.
  let shown: StoryRows.Post
  /// How far it has come.
  let place: StoryRows.Place

  /// Posts whose numbers are looked at, where numbers are not ids: the newest.
  private static let searched = 5000

  /// It was there before the first run: no run takes it up.
  var isLeftOut: Bool { if case .leftOut = place { true } else { false } }

  /// - Throws: `Failure` where there is no such post, or there are two.
  init(_ name: PostName, _ installation: Installation) throws {
    switch name {
    case .key(let key): try self.init(key: key, installation)
    case .number(let number):
      guard let key = try PostPlace.key(ofNumber: number, installation) else {
        throw Failure(
          .usage,
          "no post with the number #\(number.singleLine(limit: 40)) is among the \(PostPlace.searched) that were taken "
            + "up last; give its id in the forum's database, as key:ID")
      }
      try self.init(key: key, installation)
    case .either(let text):
      let byNumber = try PostPlace.key(ofNumber: text, installation)
      let byKey = try PostPlace.isKnown(text, installation) ? text : nil
      switch (byNumber, byKey) {
      case (let number?, let key?) where number != key:
        throw Failure(
          .usage,
          "\(text) is the number of one post (key:\(number)) and the id of another: write #\(text) or key:\(text)")
      case (let key?, _), (nil, let key?): try self.init(key: key, installation)
      case (nil, nil):
        throw Failure(.usage, "neither the forum nor the ledger has a post \"\(text.singleLine(limit: 80))\"")
      }
    }
  }

  /// A post of the journal.
  init(_ entry: JournalEntry, _ installation: Installation) throws {
    let post = try entry.isReplaced ? nil : PostPlace.posts([entry.postKey], installation).first
    self.init(post, entry, entry.isReplaced ? "?" : entry.postKey, try PostPlace.journalled(entry, installation))
  }

  private init(key: String, _ installation: Installation) throws {
    if let entry = try installation.ledger.journalEntries(postKeys: [key]).first {
      try self.init(entry, installation)
      return
    }
    let post = try PostPlace.posts([key], installation).first
    // A database may take 07 for 7.
    if let post, post.key != key {
      try self.init(key: post.key, installation)
      return
    }
    guard try post != nil || PostPlace.isKnown(key, installation) else {
      throw Failure(.usage, "the forum has no post with the id \"\(key.singleLine(limit: 80))\"")
    }
    self.init(post, nil, key, try PostPlace.unjournalled(key, post, installation))
  }

  private init(_ post: Post?, _ entry: JournalEntry?, _ key: String, _ place: StoryRows.Place) {
    self.post = post
    self.entry = entry
    self.place = place
    shown = StoryRows.Post(
      key: key, number: post?.number ?? key, thread: post?.threadKey ?? entry?.threadKey ?? "",
      visibility: post?.visibility)
  }

  private static func isKnown(_ key: String, _ installation: Installation) throws -> Bool {
    let ledger = installation.ledger
    return try ledger.position(ofPost: key) != nil || !ledger.candidates(keys: [key]).isEmpty
      || ledger.setAside(keys: [key]).contains { $0.fault.subject == .post }
      || !posts([key], installation).isEmpty
  }

  /// Those that can be read; none for a text that is no id there.
  private static func posts(_ keys: [String], _ installation: Installation) throws -> [Post] {
    do {
      return try installation.forum.posts(keys: keys).rows
    } catch let error as ForumError where error.kind == .key {
      return []
    }
  }

  /// Numbers are ids in most forums, which the newest post tells; in others they are looked for among the newest posts.
  private static func key(ofNumber number: String, _ installation: Installation) throws -> String? {
    if let found = try posts([number], installation).first, found.number == number {
      return found.key
    }
    let entries = try installation.ledger.latestEntries(limit: searched).map(\.postKey)
    for (index, keys) in entries.chunks(of: 100).enumerated() {
      let posts = try posts(Array(keys), installation)
      if let found = posts.first(where: { $0.number == number }) { return found.key }
      if index == 0, posts.allSatisfy({ $0.number == $0.key }) { return nil }
    }
    return nil
  }

  private static func journalled(_ entry: JournalEntry, _ installation: Installation) throws -> StoryRows.Place {
    // Of one that waits for its people, what cannot be read keeps it from all of them.
    let keys = [entry.postKey, entry.threadKey, entry.discussionKey]
    if try installation.ledger.awaitsFanOut(entry.position), let fault = try fault(keys, installation) { return fault }
    return .journalled(
      at: try installation.ledger.journalledAt(entry.position), visibleAt: entry.visibleAt, due: entry.due,
      isUrgent: entry.isUrgent)
  }

  private static func fault(_ keys: [String], _ installation: Installation) throws -> StoryRows.Place? {
    let subjects: [RowFault.Subject] = [.post, .thread, .discussion]
    let found = try installation.ledger.setAside(keys: keys).first { one in
      subjects.firstIndex(of: one.fault.subject).map { $0 < keys.count && keys[$0] == one.fault.key } ?? false
    }
    return found.map { .setAside($0.fault, since: $0.since) }
  }

  private static func unjournalled(_ key: String, _ post: Post?, _ installation: Installation) throws -> StoryRows.Place
  {
    let ledger = installation.ledger
    if let fault = try fault([key] + (post.map { [$0.threadKey, $0.discussionKey] } ?? []), installation) {
      return fault
    }
    if let candidate = try ledger.candidate(key) {
      guard let visibleAt = candidate.visibleAt else { return .pending(since: candidate.seenAt) }
      let settle = candidate.isUrgent ? 0 : installation.configuration.collect.settle.seconds
      return .resting(visibleAt: visibleAt, until: visibleAt + settle)
    }
    if let post, let begun = try ledger.mark(.begun), post.ordinal <= begun {
      return .leftOut(begunAt: try ledger.mark(.begunAt).map { Timestamp($0) })
    }
    if let post, case .since(let start) = installation.configuration.collect.start,
      post.visibleAt ?? post.createdAt < start
    {
      return .leftOut(begunAt: start)
    }
    return .unknown
  }
}
