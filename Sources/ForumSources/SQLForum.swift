import Forum
import SQL
import Settings
import Time

/// A forum in an SQL database, read through a mapping: the embedded forum and every foreign one alike.
///
/// It only reads. Failures are `ForumError`s with the mapping's name and the query's: a database that cannot be asked,
/// a query that the database refuses, and answers to what was not asked. A row that makes no sense (a post without an
/// id, an unknown state) is a fault of the answer, never guessed at: guessing would mail what nobody approved. What is
/// wrong with the queries themselves `check` finds before they are needed.
public struct SQLForum: ForumReader {
  /// Opened for reading alone where it is a foreign program's.
  let database: any Database
  /// How it is asked.
  public let mapping: Mapping
  /// How many keys are asked about at once.
  static let chunk = 1024
  /// How long its queries take.
  let meter = QueryMeter()
  /// Sees the rows that are read, while the mapping is walked.
  var census: RowCensus?

  /// Nothing is asked yet: `check` tells whether the two fit together.
  public init(database: any Database, mapping: Mapping) {
    self.database = database
    self.mapping = mapping
  }

  /// 0 for an empty forum, whose maximum is NULL.
  public func newestOrdinal() throws -> Int64 {
    do {
      return try ask(.newest) { $0.isNull(0) ? 0 : try $0.requiredOrdinal(0) }.first ?? 0
    } catch let fault as ColumnFault {
      throw mistake(.newest, "`\(fault.value)` \(fault.complaint)")
    }
  }

  /// By `posts_after`.
  public func posts(after ordinal: Int64, limit: Int) throws -> Answer<Post> {
    let answer = try posts(.postsAfter, ["after": .integer(ordinal), "limit": .integer(Int64(limit))], .standing)
    try expect(answer, .postsAfter, from: ordinal == .max ? ordinal : ordinal + 1, "write `> :after`")
    return answer
  }

  /// By `posts_within`; such ranges are gaps that the collector looks into again (rule C2).
  public func posts(within range: ClosedRange<Int64>, limit: Int) throws -> Answer<Post> {
    let answer = try posts(
      .postsWithin,
      [
        "first": .integer(range.lowerBound), "last": .integer(range.upperBound), "limit": .integer(Int64(limit)),
      ], .standing)
    try expect(
      answer, .postsWithin, from: range.lowerBound, through: range.upperBound, "write `BETWEEN :first AND :last`")
    return answer
  }

  /// By `pending`, which the database cuts into pages.
  public func pendingPosts(after ordinal: Int64?, limit: Int) throws -> Answer<Post> {
    let answer = try posts(.pending, [:], .standing, page: StandingQuery.Page(after: ordinal, limit: limit))
    if let visible = answer.first(where: { $0.visibility == .visible }) {
      throw mistake(.pending, "post \(visible.key) is visible: it waits for nobody; the query is to find what does")
    }
    return answer
  }

  /// By `posts_after`, which the database counts instead of telling.
  public func visiblePostCount() throws -> Int {
    let query = mapping.queries[.postsAfter]!
    let values = query.values(["after": .integer(-1), "limit": .integer(Int64(Int32.max))])
    return try told(.postsAfter) {
      try database.read {
        try $0.first("SELECT count(*) FROM (\(query.sql)) q WHERE state = 'visible'", values) { Int($0.integer(0)) }
          ?? 0
      }
    }
  }

  /// By `posts`.
  public func posts(keys: [String], _ detail: PostDetail) throws -> Answer<Post> {
    try keyed(.posts, keys, \.key) { arguments in
      try detail == .whole ? ask(.posts, arguments, PostColumns.self) : posts(.posts, arguments, detail)
    }
  }

  /// By `attachments`; without that query posts have no files.
  public func attachments(ofPosts keys: [String]) throws -> Answer<PostAttachment> {
    guard mapping.queries[.attachments] != nil else { return [] }
    return try keyed(.attachments, keys, \.post) { try ask(.attachments, $0, AttachmentColumns.self) }
  }

  /// By `threads`.
  public func threads(keys: [String]) throws -> Answer<Thread> {
    try keyed(.threads, keys, \.key) { try ask(.threads, $0, ThreadColumns.self) }
  }

  /// By `discussions`.
  public func discussions(keys: [String]) throws -> Answer<Discussion> {
    try keyed(.discussions, keys, \.key) { try ask(.discussions, $0, DiscussionColumns.self) }
  }

  /// By `closing`; without that query there are no last calls.
  public func discussions(closingWithin span: Range<Timestamp>) throws -> Answer<Discussion> {
    guard mapping.queries[.closing] != nil else { return [] }
    let arguments: [String: Value] = [
      "from": .integer(span.lowerBound.seconds), "until": .integer(span.upperBound.seconds),
    ]
    return try ask(.closing, arguments, DiscussionColumns.self)
  }

  /// By `participants`.
  public func participants(keys: [String]) throws -> Answer<Participant> {
    try keyed(.participants, keys, \.key) {
      try agreeing(ask(.participants, $0, ParticipantColumns.self), .participants) { $0 }
    }
  }

  /// The participants with that address or account name; nobody if the mapping has no such query.
  public func participants(named text: String) throws -> Answer<Participant> {
    guard mapping.queries[.findParticipant] != nil else { return [] }
    return try ask(.findParticipant, ["text": .text(text)], ParticipantColumns.self)
  }

  /// The watches of one participant that the forum keeps; none if the mapping has no such query.
  public func watches(of participant: String) throws -> Answer<ListedWatch> {
    guard mapping.queries[.watches] != nil else { return [] }
    var answer = try ask(.watches, ["participant": .text(participant)], ListedWatchColumns.self)
    for index in answer.faults.indices { answer.faults[index].key = participant }
    return answer
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
    let readers = try keys.chunks(of: SQLForum.chunk).flatMap { keys in
      let found = try ask(.readers, place.merging(["keys": .texts(keys)]) { own, _ in own }) { $0.text(0) }
      try expect(found, .readers, among: keys)
      return found
    }
    return .only(readers.distinctKeys)
  }

  /// By `changes`. Each person once, though the forum may have noted many changes of theirs. A note that cannot be read
  /// is passed over: what its reader wants is asked anew before anything is sent.
  public func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64) {
    guard mapping.queries[.changes] != nil else { return ([], mark) }
    let arguments: [String: Value] = ["after": .integer(mark), "limit": .integer(Int64(limit))]
    let rows = try ask(.changes, arguments, ChangeColumns.self).rows
    return (rows.map(\.participant).distinctKeys.sortedTexts, rows.map(\.mark).max() ?? mark)
  }
}
