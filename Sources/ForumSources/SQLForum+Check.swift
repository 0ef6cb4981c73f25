import Forum
import Mistakes
import SQL

extension SQLForum {
  /// Shows each query, and each statement for replies, to the database without running it: whether the database understands it, and whether its result
  /// has the columns that its question needs. What was prepared is kept for the questions that follow.
  ///
  /// A database that cannot be asked just now is no mistake of the mapping, and says nothing here: the first question
  /// will meet it.
  /// - Throws: `ConfigurationError` with file, line and key of every query that is wrong.
  public func check() throws {
    let questions = Question.allCases.filter { mapping.queries[$0] != nil }
    var mistakes: [Mistake] = []
    // All in one transaction; only where one is wrong is each asked about by itself, since PostgreSQL answers nothing
    // more in a transaction that has failed.
    if try mistake(in: questions) != nil {
      mistakes = try questions.compactMap { question in
        try mistake(in: [question]).map { words in
          Mistake(
            mapping.origin?.file ?? mapping.name, line: mapping.origin?.lines[question],
            key: "queries.\(question.rawValue)", words)
        }
      }
    }
    mistakes += try replyMistakes()
    if !mistakes.isEmpty { throw ConfigurationError(mistakes) }
  }

  /// What is wrong with the first query of these that is; nil if nothing is, or nothing can be said.
  private func mistake(in questions: [Question]) throws -> String? {
    do {
      try database.read { connection in
        for question in questions { try check(question, connection) }
      }
      return nil
    } catch let error as ForumError {
      return error.description
    } catch let error as DatabaseError {
      // The statement that may follow the first line stands in the file.
      return error.kind == .unavailable ? nil : String(error.description.prefix { !$0.isNewline })
    }
  }

  /// The database prepares the statement with values of the right types and tells its columns.
  private func check(_ question: Question, _ connection: any Connection) throws {
    let query = mapping.queries[question]!
    let examples = question.parameters.map { ($0, question.example($0, key: mapping.firstKey)) }
    let names = try connection.columns(of: query.sql, query.values(Dictionary(uniqueKeysWithValues: examples)))
    // An UPDATE would be run with every question.
    if names.isEmpty { throw ForumError(.query, "it has no result; write a SELECT") }
    try requirePreferences(of: question, names, connection)
    try question.require(names, isStarred: query.isStarred)
  }
}

extension SQLForum {
  /// What `participants` tells of a person's wishes must stand where it is decided by them: one that stood there alone
  /// would be shown by commands and hold for no mail.
  private func requirePreferences(of question: Question, _ names: [String], _ connection: any Connection) throws {
    guard question == .watchers || question == .watchersAmong else { return }
    let query = mapping.queries[.participants]!
    let arguments = ["keys": Value.texts([mapping.firstKey])]
    let told = try connection.columns(of: query.sql, query.values(arguments))
    let deciding = question == .watchers ? ParticipantColumns.deciding : ParticipantColumns.choices
    if let missing = deciding.first(where: { told.contains($0) && !names.contains($0) }) {
      throw ForumError(
        .query, "`participants` tells `\(missing)`, and this query does not: let it, for what it tells is what holds")
    }
  }
}

extension Question {
  /// A value for a parameter, of the type that it has whenever the question is asked.
  fileprivate func example(_ parameter: String, key: String) -> Value {
    switch (self, parameter) {
    case (.watchers, "after"): .text(key)
    case (_, "after"), (_, "limit"), (_, "first"), (_, "last"), (_, "from"), (_, "until"): .integer(1)
    case (_, "keys"): .texts([key])
    default: .text(key)
    }
  }

  /// Finds the columns of the question's rows.
  /// - Parameter isStarred: the query takes all columns of a table: what means nothing is passed over, unless it looks
  ///   like one that is missing.
  /// - Throws: `ForumError` of kind `query` if one is missing that must be there, or one stands there that means nothing:
  ///   `is_active` would be passed over, and people whom the forum has closed out would be mailed.
  fileprivate func require(_ names: [String], isStarred: Bool) throws {
    let columns = Columns(names)
    switch self {
    case .posts:
      _ = try (PostColumns(columns), columns.required("body"))
      try refuseUnknown(names, PostColumns.names, isStarred)
    case .postsAfter, .postsWithin, .pending:
      _ = try PostColumns(columns)
      try refuseUnknown(names, PostColumns.names, isStarred)
    case .attachments: try require(AttachmentColumns.self, names, isStarred)
    case .threads: try require(ThreadColumns.self, names, isStarred)
    case .discussions, .closing: try require(DiscussionColumns.self, names, isStarred)
    case .watchers, .watchersAmong: try require(WatcherColumns.self, names, isStarred)
    case .participants, .findParticipant: try require(ParticipantColumns.self, names, isStarred)
    case .watches: try require(ListedWatchColumns.self, names, isStarred)
    case .changes: try require(ChangeColumns.self, names, isStarred)
    case .newest, .readers:  // one column, whatever its name
      if names.count > 1 {
        throw ForumError(.query, "the result has the columns \(names.joined(separator: ", ")); only one is read")
      }
    case .open: break  // a row says yes, whatever is in it
    }
  }

  private func require<R: RowReader>(_: R.Type, _ names: [String], _ isStarred: Bool) throws {
    _ = try R(Columns(names))
    try refuseUnknown(names, R.names, isStarred)
  }

  private func refuseUnknown(_ names: [String], _ known: [String], _ isStarred: Bool) throws {
    let missing = known.filter { !names.contains($0) }
    for unknown in names where !known.contains(unknown) {
      let meant = nearest(to: unknown, among: missing)
      if isStarred, meant == nil { continue }
      throw ForumError(
        .query,
        "the column `\(unknown)` means nothing here; \(meant.map { "did you mean `\($0)`?" } ?? "leave it out.") "
          + "Known are: \(known.joined(separator: ", "))")
    }
  }
}
