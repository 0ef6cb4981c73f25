import Forum
import SQL
import Synchronization
import Time

/// Replies by mail, into a forum that a mapping describes: by the statements of its section `reply`, in one
/// transaction, and by nothing else.
///
/// Within that transaction it asks first whether the reply stands there already (`known`), whether the post that it
/// answers is to be seen and the thread and discussion took answers when the mail arrived (the mapping's own queries
/// `posts`, `threads`, `discussions`), and whether the person may answer (`allowed`).
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
    arguments["since"] = .integer(moment.seconds)
    arguments["since_text"] = .text(moment.sqlText)
    do {
      return try forum.database.read { connection in
        try connection.query(find.sql, find.values(arguments)) { $0.text(try Columns($0).required("post")) }
      }
    } catch {
      throw told(error, "reply.find")
    }
  }

  private func post(_ reply: ReplyDraft, _ connection: any Connection, _ step: inout String) throws -> ReplyAnswer {
    var arguments = SQLReplyPoster.arguments(reply)
    step = "reply.known"
    if let known = statements.known {
      let key = try connection.first(known.sql, known.values(arguments)) { $0.text(try Columns($0).required("post")) }
      if let key { return .posted(key: key, isPending: try post(key, connection)?.visibility == .pending) }
    }
    step = "reply, the discussion"
    if let refusal = try refusal(of: reply, connection) { return .refused(refusal) }
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
    return .posted(key: key, isPending: permission.isPending)
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

  // MARK: Place and moment

  /// Why the reply is not taken, as far as the post, its thread and its discussion are concerned.
  private func refusal(of reply: ReplyDraft, _ connection: any Connection) throws -> ReplyRefusal? {
    guard let post = try post(reply.parent, connection), post.visibility == .visible,
      let thread = try found(forum.ask(.threads, keys(post.threadKey), ThreadColumns.self, connection)),
      let discussion = try found(
        forum.ask(.discussions, keys(thread.discussionKey), DiscussionColumns.self, connection))
    else { return .postGone }
    return discussion.refusal(of: thread, at: reply.arrivedAt)
  }

  private func post(_ key: String, _ connection: any Connection) throws -> Post? {
    try found(forum.ask(.posts, keys(key), PostColumns.self, connection))
  }

  private func keys(_ key: String) -> [String: Value] { ["keys": .texts([key])] }

  private func found<T>(_ answer: Answer<T>) throws -> T? {
    if let fault = answer.faults.first { throw ForumError(.row, fault.description) }
    return answer.first
  }

  // MARK: Words

  /// What every statement may name.
  private static func arguments(_ reply: ReplyDraft) -> [String: Value] {
    [
      "author": .text(reply.author), "parent": .text(reply.parent), "body": .text(reply.body),
      "html": .text(reply.body.htmlParagraphs), "mail_key": .text(reply.mailKey), "now": .integer(reply.now.seconds),
      "now_text": .text(reply.now.sqlText), "arrived": .integer(reply.arrivedAt.seconds),
      "arrived_text": .text(reply.arrivedAt.sqlText),
    ]
  }

  /// The mapping and the statement are told of a failure.
  private func told(_ error: any Error, _ step: String) -> any Error {
    let name = "\(forum.mapping.name), \(step): "
    return switch error {
    case let error as DatabaseError:
      ForumError(error.kind == .unavailable ? .unavailable : .query, name + error.description)
    case let error as ForumError: ForumError(error.kind, name + error.description)
    case let fault as ColumnFault: ForumError(.query, name + "`\(fault.value)` \(fault.complaint)")
    default: error
    }
  }
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
