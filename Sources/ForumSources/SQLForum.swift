import Forum
import SQL
import Settings
import Time

/// A forum in an SQL database, read through a mapping: the embedded forum and every foreign one alike.
///
/// It only reads. Failures are `ForumError`s with the mapping's name and the query's: a database that cannot be asked,
/// a query that the database refuses, and a row that makes no sense (a post without an id, an unknown state), since
/// guessing would mail what nobody approved. What is wrong with the queries themselves `check` finds before they are
/// needed.
public struct SQLForum: ForumReader {
  /// Opened for reading alone where it is a foreign program's.
  let database: any Database
  let mapping: Mapping

  /// Nothing is asked yet: `check` tells whether the two fit together.
  public init(database: any Database, mapping: Mapping) {
    self.database = database
    self.mapping = mapping
  }

  /// 0 for an empty forum, whose maximum is NULL.
  public func newestOrdinal() throws -> Int64 { try ask(.newest) { try $0.ordinal(0) ?? 0 }.first ?? 0 }

  /// By `posts_after`.
  public func posts(after ordinal: Int64, limit: Int) throws -> [Post] {
    try posts(.postsAfter, ["after": .integer(ordinal), "limit": .integer(Int64(limit))])
  }

  /// By `posts_within`; such ranges are gaps that the collector looks into again (rule C2).
  public func posts(within range: ClosedRange<Int64>, limit: Int) throws -> [Post] {
    try posts(
      .postsWithin,
      [
        "first": .integer(range.lowerBound), "last": .integer(range.upperBound), "limit": .integer(Int64(limit)),
      ])
  }

  /// By `pending`.
  public func pendingPosts() throws -> [Post] { try posts(.pending, [:]) }

  /// By `posts`.
  public func posts(keys: [String]) throws -> [Post] {
    try chunked(keys) { try posts(.posts, ["keys": .texts($0)]) }
  }

  /// By `threads`.
  public func threads(keys: [String]) throws -> [Thread] {
    try chunked(keys) { keys in
      try ask(.threads, ["keys": .texts(keys)], ThreadColumns.init) { try $0.thread($1) }
    }
  }

  /// By `discussions`.
  public func discussions(keys: [String]) throws -> [Discussion] {
    try chunked(keys) { keys in
      try ask(.discussions, ["keys": .texts(keys)], DiscussionColumns.init) { try $0.discussion($1) }
    }
  }

  /// By `closing`; without that query there are no last calls.
  public func discussions(closingWithin span: Range<Timestamp>) throws -> [Discussion] {
    guard mapping.queries[.closing] != nil else { return [] }
    let arguments: [String: Value] = [
      "from": .integer(span.lowerBound.seconds), "until": .integer(span.upperBound.seconds),
    ]
    return try ask(.closing, arguments, DiscussionColumns.init) { try $0.discussion($1) }
  }

  /// By `watchers`, whose rows are watches, not people: a page may end between two watches of one person. So the last
  /// person of a full page is left for the next one, which begins after the person before; and where a full page is all
  /// one person's, it is asked for again, four times as long.
  public func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage {
    var arguments: [String: Value] = [
      "thread": .text(thread), "discussion": .text(discussion), "after": .text(after ?? mapping.firstKey),
    ]
    var limit = max(limit, 4)  // rows; one person may have three
    while true {
      arguments["limit"] = .integer(Int64(limit))
      let rows = try ask(.watchers, arguments, WatcherColumns.init) { try $0.watcher($1) }
      var watchers = gathered(rows)
      if rows.count < limit { return WatcherPage(watchers: watchers, next: nil) }
      watchers.removeLast()
      if let last = watchers.last { return WatcherPage(watchers: watchers, next: last.participant.key) }
      limit *= 4
    }
  }

  /// By `watchers_among`.
  public func watchers(thread: String, discussion: String, among keys: [String]) throws -> [Watcher] {
    try chunked(keys) { keys in
      let arguments: [String: Value] = [
        "thread": .text(thread), "discussion": .text(discussion), "keys": .texts(keys),
      ]
      return gathered(try ask(.watchersAmong, arguments, WatcherColumns.init) { try $0.watcher($1) })
    }
  }

  /// By `participants`.
  public func participants(keys: [String]) throws -> [Participant] {
    try chunked(keys) { keys in
      try ask(.participants, ["keys": .texts(keys)], ParticipantColumns.init) { try $0.participant($1) }
    }
  }

  /// The participants with that address or account name; nobody if the mapping has no such query.
  public func participants(named text: String) throws -> [Participant] {
    guard mapping.queries[.findParticipant] != nil else { return [] }
    return try ask(.findParticipant, ["text": .text(text)], ParticipantColumns.init) { try $0.participant($1) }
  }

  /// The watches of one participant that the forum keeps; none if the mapping has no such query.
  public func watches(of participant: String) throws -> [ListedWatch] {
    guard mapping.queries[.watches] != nil else { return [] }
    return try ask(.watches, ["participant": .text(participant)], ListedWatchColumns.init) { try $0.watch($1) }
  }

  /// By `open` where there is such a query, since most posts are public, and else by `readers`.
  public func readers(of post: Post, among keys: [String]) throws -> Readers {
    if mapping.everyoneReads { return .everyone }
    let place: [String: Value] = [
      "post": .text(post.key), "thread": .text(post.threadKey), "discussion": .text(post.discussionKey),
    ]
    if mapping.queries[.open] != nil {
      if try !ask(.open, place, { _ in }).isEmpty { return .everyone }
    }
    let readers = try chunked(keys) { keys in
      try ask(.readers, place.merging(["keys": .texts(keys)]) { own, _ in own }) { $0.text(0) }
    }
    return .only(Set(readers))
  }

  /// By `changes`. Each person once, though the forum may have noted many changes of theirs.
  public func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64) {
    guard mapping.queries[.changes] != nil else { return ([], mark) }
    let arguments: [String: Value] = ["after": .integer(mark), "limit": .integer(Int64(limit))]
    let rows = try ask(.changes, arguments, ChangeColumns.init) { try $0.change($1) }
    return (Array(Set(rows.map(\.participant))).sorted(), rows.map(\.mark).max() ?? mark)
  }

  private func posts(_ question: Question, _ arguments: [String: Value]) throws -> [Post] {
    try ask(question, arguments, PostColumns.init) { try $0.post($1) }
  }

  private func ask<T>(_ question: Question, _ read: (any Row) throws -> T) throws -> [T] {
    try ask(question, [:], read)
  }

  private func ask<T>(_ question: Question, _ arguments: [String: Value], _ read: (any Row) throws -> T) throws -> [T] {
    try ask(question, arguments, SQLForum.none) { try read($1) }
  }

  /// For a result whose columns are read by their position.
  private static func none(_: Columns) {}

  /// Runs a query in a transaction of its own; `prepare` finds the columns once, on the first row. Of a
  /// failure the mapping and the query are told: the same column may stand in five queries.
  private func ask<C, T>(
    _ question: Question, _ arguments: [String: Value], _ prepare: (Columns) throws -> C,
    _ read: (C, any Row) throws -> T
  ) throws -> [T] {
    let query = mapping.queries[question]!
    let values = query.values(arguments)
    do {
      return try database.read { connection in
        var columns: C?
        return try connection.query(query.sql, values) { row in
          if columns == nil { columns = try prepare(Columns(row)) }
          return try read(columns!, row)
        }
      }
    } catch let error as ForumError {
      throw ForumError(error.kind, "\(mapping.name), query \(question.rawValue): \(error.description)")
    } catch let error as DatabaseError {
      let kind: ForumError.Kind = error.isOfValue ? .key : error.kind == .unavailable ? .unavailable : .query
      throw ForumError(kind, "\(mapping.name), query \(question.rawValue): \(error.description)")
    }
  }

  /// A thousand keys at a time; nothing is asked about none.
  private func chunked<T>(_ keys: [String], _ body: (ArraySlice<String>) throws -> [T]) throws -> [T] {
    try keys.chunks(of: 1024).flatMap(body)
  }

  /// Puts the rows of one person, which stand together, into one watcher.
  private func gathered(_ rows: [(participant: Participant, watch: Watch?)]) -> [Watcher] {
    var watchers: [Watcher] = []
    watchers.reserveCapacity(rows.count)
    for row in rows {
      if let last = watchers.last, last.participant.key == row.participant.key {
        if let watch = row.watch { watchers[watchers.count - 1].watches.append(watch) }
      } else {
        watchers.append(Watcher(participant: row.participant, watches: row.watch.map { [$0] } ?? []))
      }
    }
    return watchers
  }
}
