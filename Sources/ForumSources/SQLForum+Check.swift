import Forum
import Mistakes
import SQL

extension SQLForum {
  /// Shows each query to the database without running it: whether the database understands it, and whether its result
  /// has the columns that its question needs. What was prepared is kept for the questions that follow.
  ///
  /// A database that cannot be asked just now is no mistake of the mapping, and says nothing here: the first question
  /// will meet it.
  /// - Throws: `ConfigurationError` with file, line and key of every query that is wrong.
  public func check() throws {
    let questions = Question.allCases.filter { mapping.queries[$0] != nil }
    // All in one transaction; only where one is wrong is each asked about by itself, since PostgreSQL answers nothing
    // more in a transaction that has failed.
    if try mistake(in: questions) == nil { return }
    let mistakes = try questions.compactMap { question in
      try mistake(in: [question]).map { words in
        Mistake(
          mapping.origin?.file ?? mapping.name, line: mapping.origin?.lines[question],
          key: "queries.\(question.rawValue)", words)
      }
    }
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
    try question.require(Columns(names))
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

  /// Finds the columns of the question's rows; throws if one is missing that must be there.
  fileprivate func require(_ columns: Columns) throws {
    switch self {
    case .postsAfter, .postsWithin, .posts, .pending: _ = try PostColumns(columns)
    case .threads: _ = try ThreadColumns(columns)
    case .discussions, .closing: _ = try DiscussionColumns(columns)
    case .watchers, .watchersAmong: _ = try WatcherColumns(columns)
    case .participants, .findParticipant: _ = try ParticipantColumns(columns)
    case .watches: _ = try ListedWatchColumns(columns)
    case .changes: _ = try ChangeColumns(columns)
    case .newest, .readers, .open: break  // the first column, whatever its name
    }
  }
}
