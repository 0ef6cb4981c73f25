import Forum
import Mistakes
import SQL
import Synchronization
import Time

/// Replies by mail, into a forum that a mapping describes: by the statements of its section `reply`, in one
/// transaction, and by nothing else.
///
/// Within that transaction it asks first whether the reply stands there already (`known`), whether the post that it
/// answers is to be seen and the thread and discussion took answers when the mail arrived (the mapping's own queries
/// `posts`, `threads`, `discussions`), and whether the person may answer (`allowed`). Last of all the new post is read
/// back by `posts`: unless it is the reply, where it belongs, all is taken back (rule E8).
///
/// Failures are `ForumError`s that name the mapping and the statement; then nothing was posted, unless the database was
/// lost while it committed, which `known` or `find` clear up later.
public struct SQLReplyPoster: ReplyPoster {
  private let forum: SQLForum
  private let statements: ReplyStatements
  private let writable: OpenedLater

  /// Opens nothing yet.
  /// - Parameters:
  ///   - forum: how the forum is read.
  ///   - open: opens its database for writing, before the first reply is posted.
  /// - Returns: nil if the forum's mapping takes no replies.
  public init?(_ forum: SQLForum, open: @escaping @Sendable () throws -> any Database) {
    guard let statements = forum.mapping.reply else { return nil }
    self.forum = forum
    self.statements = statements
    writable = OpenedLater(open)
  }

  /// Whether there is a query `known`.
  public var isExact: Bool { statements.known != nil }

  /// In one transaction.
  public func post(_ reply: ReplyDraft) throws -> ReplyAnswer {
    var step = "reply"
    do {
      return try writable.database().write(.concurrent) { try post(reply, $0, &step) }
    } catch {
      throw told(error, step)
    }
  }

  /// By `find`.
  public func posts(like reply: ReplyDraft, since moment: Timestamp) throws -> [String] {
    guard let find = statements.find else { return [] }
    var arguments = SQLReplyPoster.arguments(reply)
    arguments.merge(SQLReplyPoster.since(moment)) { _, new in new }
    do {
      return try forum.database.read { connection in
        let keys = try connection.query(find.sql, find.values(arguments)) { $0.text(try Columns($0).required("post")) }
        for key in keys.prefix(10) {
          if let post = try ground(connection).post(key) {
            try require(reply.difference(fromKnown: post), of: key, "reply.find")
          }
        }
        return keys
      }
    } catch {
      throw told(error, "reply.find")
    }
  }

  private func post(_ reply: ReplyDraft, _ connection: any Connection, _ step: inout String) throws -> ReplyAnswer {
    var arguments = SQLReplyPoster.arguments(reply)
    let ground = ground(connection)
    step = "reply.known"
    if let known = statements.known {
      let key = try connection.first(known.sql, known.values(arguments)) { $0.text(try Columns($0).required("post")) }
      if let key {
        let post = try ground.post(key)
        if let post { try require(reply.difference(fromKnown: post), of: key, "reply.known") }
        return .posted(key: key, isPending: post?.visibility == .pending)
      }
    }
    step = "reply, the discussion"
    let parent: Post
    switch try ground.place(of: reply) {
    case .refused(let refusal): return .refused(refusal)
    case .open(let answered, _, _): parent = answered
    }
    step = "reply.allowed"
    let allowed = statements.allowed
    let dialect = forum.database.dialect
    let permission = try one(allowed, arguments, connection) { try Permission($0, dialect) }
    guard let permission else { return .refused(.noRight) }
    if let refusal = permission.refusal { return .refused(refusal) }
    arguments.merge(permission.columns) { own, _ in own }
    for (index, statement) in statements.statements.enumerated() {
      step = ReplyStatements.key(ofStatement: index)
      if let columns = try one(statement, arguments, connection, { $0.values(dialect) }) {
        arguments.merge(columns) { own, _ in own }
      }
    }
    let key: String
    switch arguments["post"] {
    case .text(let text): key = text
    case .integer(let number): key = String(number)
    default: throw ForumError(.query, "no statement returned the new post, in a column `post`")
    }
    step = "reply.statements"
    let written = try ground.post(key)
    try require(
      reply.difference(fromWritten: written, answering: parent, isPending: permission.isPending), of: key, step)
    try requireFound(key, reply, arguments, connection)
    if case .refused(.postGone) = try ground.place(of: reply) {
      throw Unlike(key: step, words: "after them the post that is answered, \(reply.parent), is not shown any more")
    }
    return .posted(key: key, isPending: permission.isPending)
  }

  /// What is to know the reply again after a crash must know it now: else it would be posted once more.
  private func requireFound(
    _ post: String, _ reply: ReplyDraft, _ arguments: [String: Value], _ connection: any Connection
  ) throws {
    let key = statements.known == nil ? "reply.find" : "reply.known"
    guard let query = statements.known ?? statements.find else { return }
    let since = SQLReplyPoster.since(reply.arrivedAt)
    let found = try connection.query(query.sql, query.values(arguments.merging(since) { own, _ in own })) {
      $0.text(try Columns($0).required("post"))
    }
    guard !found.contains(where: { String.isSameKey($0, post) }) else { return }
    throw Unlike(
      key: key, words: "it does not find post \(post), which was made of a reply just now",
      advice: "after a crash the reply would be posted a second time; see what the statements keep of it")
  }

  /// The mapping's own queries, within a transaction.
  private func ground(_ connection: any Connection) -> ReplyGround {
    func keys(_ key: String) -> [String: Value] { ["keys": .texts([key])] }
    return ReplyGround(
      posts: { key, _ in try forum.ask(.posts, keys(key), PostColumns.self, connection) },
      threads: { try forum.ask(.threads, keys($0), ThreadColumns.self, connection) },
      discussions: { try forum.ask(.discussions, keys($0), DiscussionColumns.self, connection) })
  }

  /// - Throws: `Unlike` for a difference, which takes back what was written.
  private func require(_ difference: String?, of post: String, _ key: String) throws {
    guard let difference else { return }
    throw Unlike(key: key, words: "post \(post), read back by `posts`, \(difference)")
  }

  /// The row that a query returns; nil for none.
  private func one<T>(
    _ query: Mapping.Query, _ arguments: [String: Value], _ connection: any Connection, _ read: (any Row) throws -> T
  ) throws -> T? {
    for case .asked(let name) in query.parameters where arguments[name] == nil {
      throw ForumError(.query, "`:\(name)` has no value: the statement that is to return it returned no row")
    }
    let rows = try connection.query(query.sql, query.values(arguments), read)
    if rows.count > 1 { throw ForumError(.query, "\(rows.count) rows came back where one is right") }
    return rows.first
  }

  // MARK: Words

  /// What `find` may name besides.
  private static func since(_ moment: Timestamp) -> [String: Value] {
    ["since": .integer(moment.seconds), "since_text": .text(moment.sqlText)]
  }

  /// What every statement may name.
  private static func arguments(_ reply: ReplyDraft) -> [String: Value] {
    [
      "author": .text(reply.author), "parent": .text(reply.parent), "body": .text(reply.text),
      "html": .text(reply.html), "bbcode": .text(reply.bbcode), "textile": .text(reply.textile),
      "mail_key": .text(reply.mailKey), "now": .integer(reply.now.seconds), "now_text": .text(reply.now.sqlText),
      "arrived": .integer(reply.arrivedAt.seconds),
      "arrived_text": .text(reply.arrivedAt.sqlText),
    ]
  }

  /// The mapping and the statement are told of a failure.
  private func told(_ error: any Error, _ step: String) -> any Error {
    let name = "\(forum.mapping.name), \(step): "
    return switch error {
    case let unlike as Unlike: ForumError(.query, mistake(unlike).description)
    case let error as DatabaseError:
      ForumError(error.kind == .unavailable ? .unavailable : .query, name + error.description)
    case let error as ForumError: ForumError(error.kind, name + error.description)
    case let fault as ColumnFault: ForumError(.query, name + "`\(fault.value)` \(fault.complaint)")
    default: error
    }
  }

  private func mistake(_ unlike: Unlike) -> Mistake {
    let origin = forum.mapping.origin
    let usual =
      unlike.key == "reply.statements"
      ? "see what each statement writes, what `allowed` says of `pending`, and what the query `posts` reads; nothing of it "
        + "was kept"
      : "let it find the post that was made of this reply, and no other"
    return Mistake(
      origin?.file ?? forum.mapping.name, line: origin?.replyLines[unlike.key], key: unlike.key, unlike.words,
      advice: unlike.advice ?? usual)
  }
}

/// A post that is not the reply that it was taken for.
private struct Unlike: Error {
  /// Of the mapping: what wrote it, or found it.
  let key: String
  let words: String
  var advice: String?
}

/// What `allowed` says.
private struct Permission {
  var refusal: ReplyRefusal?
  var isPending: Bool
  /// By their names.
  var columns: [String: Value]

  init(_ row: any Row, _ dialect: Dialect) throws {
    let found = Columns(row)
    if let refused = found["refused"], !row.isNull(refused), !row.text(refused).isEmpty {
      guard let known = ReplyRefusal(rawValue: row.text(refused)) else {
        let words = ReplyRefusal.allCases.map(\.rawValue).joined(separator: ", ")
        throw ForumError(.query, "`refused` says \"\(row.text(refused).prefix(60))\"; known are: \(words)")
      }
      refusal = known
    }
    isPending = try row.flag(found["pending"]) ?? false
    columns = row.values(dialect)
  }
}

extension Row {
  /// What stands in the row, by the columns' names; of two of one name, the first. PostgreSQL takes a value's type from
  /// the place where it is put, as when the statement was shown to it; SQLite has a number be a number.
  fileprivate func values(_ dialect: Dialect) -> [String: Value] {
    let values = columns.enumerated().map { column, name -> (String, Value) in
      if isNull(column) { return (name, .null) }
      if dialect == .sqlite, let number = wholeNumber(column) { return (name, .integer(number)) }
      return (name, .text(text(column)))
    }
    return Dictionary(values, uniquingKeysWith: { first, _ in first })
  }
}

/// A database that is opened when it is needed first, and once.
private final class OpenedLater: Sendable {
  private let open: @Sendable () throws -> any Database
  private let opened = Mutex<(any Database)?>(nil)

  init(_ open: @escaping @Sendable () throws -> any Database) { self.open = open }

  func database() throws -> any Database {
    try opened.withLock { opened in
      let database = try opened ?? open()
      opened = database
      return database
    }
  }
}

extension Timestamp {
  /// `2026-05-26 12:00:00`, in UTC: ISO 8601 as SQL has it, and as Django writes whole seconds.
  var sqlText: String { description.replacing("T", with: " ").replacing("Z", with: "") }
}
