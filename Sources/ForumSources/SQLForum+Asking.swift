import Forum
import SQL

/// How a question is put to the database, and what makes its answer one that cannot be used.
extension SQLForum {
  /// Runs a query and reads what its first columns hold, whatever their names.
  func ask<T>(_ question: Question, _ arguments: [String: Value] = [:], _ read: (any Row) throws -> T) throws -> [T] {
    let query = mapping.queries[question]!
    return try told(question) {
      let values = query.values(arguments)
      return try database.read { connection in
        try meter.measure(question, query.sql, values) { try connection.query(query.sql, values, read) }
      }
    }
  }

  /// Runs a query; a row that cannot be read is a fault of the answer.
  func ask<R: RowReader>(_ question: Question, _ arguments: [String: Value], _: R.Type) throws -> Answer<R.Element> {
    let query = mapping.queries[question]!
    return try told(question) {
      try database.read { try answer(question, query.sql, query.values(arguments), R.self, $0) }
    }
  }

  /// The same within a transaction that is open; what it throws names no query yet.
  func ask<R: RowReader>(
    _ question: Question, _ arguments: [String: Value], _: R.Type, _ connection: any Connection
  ) throws -> Answer<R.Element> {
    let query = mapping.queries[question]!
    return try answer(question, query.sql, query.values(arguments), R.self, connection)
  }

  /// Posts without their texts: the database is asked for what is wanted of the query's result, and no more.
  /// - Parameter page: a part of the result, in the order of ordinals, for a query that tells all at once.
  func posts(
    _ question: Question, _ arguments: [String: Value], _ detail: PostDetail, page: StandingQuery.Page? = nil
  ) throws -> Answer<Post> {
    let query = mapping.queries[question]!
    let values = query.values(arguments)
    return try told(question) {
      try database.read { connection in
        let standing = StandingQuery(
          query.sql, values, columns: try connection.columns(of: query.sql, values), detail, page: page,
          database.dialect)
        return try answer(question, standing.sql, standing.values, PostColumns.self, connection)
      }
    }
  }

  /// The rows of these keys, a thousand at a time; nothing is asked about none.
  func keyed<Element>(
    _ question: Question, _ keys: [String], _ key: (Element) -> String,
    _ ask: ([String: Value]) throws -> Answer<Element>
  ) throws -> Answer<Element> {
    var all: Answer<Element> = []
    for keys in keys.chunks(of: SQLForum.chunk) {
      let answer = try ask(["keys": .texts(keys)])
      try expect(answer.map(key) + answer.faults.map(\.key), question, among: keys)
      all.rows += answer.rows
      all.faults += answer.faults
    }
    return all
  }

  /// Runs a query and reads its rows; their columns are found once, on the first.
  private func answer<R: RowReader>(
    _ question: Question, _ sql: String, _ values: [Value], _: R.Type, _ connection: any Connection
  ) throws -> Answer<R.Element> {
    var reader: R?
    var faults: [RowFault] = []
    var places: [Int] = []
    var count = 0
    let rows = try meter.measure(question, sql, values) {
      try connection.query(sql, values) { row -> R.Element? in
        let present = try reader ?? R(Columns(row, times: mapping.times))
        reader = present
        do {
          let element = try present.read(row)
          count += 1
          census?.take(row, key: present.key(row), of: question, mapping.times)
          return element
        } catch let fault as ColumnFault {
          let told = RowFault(
            R.subject, key: present.key(row), query: name(of: question), column: fault.column, value: fault.value,
            complaint: fault.complaint, ordinal: present.ordinal(row))
          faults.append(told)
          places.append(count)
          census?.take(told, of: question)
          return nil
        }
      }
    }
    if let words = RowFault.complaint(ofAll: faults, among: rows.count) { throw ForumError(.query, words) }
    return Answer(
      faults.isEmpty ? rows.map { $0! } : rows.compactMap(\.self), faults: faults, faultPlaces: places)
  }

  // MARK: What was not asked for

  /// A mistake in the query of a question.
  func mistake(_ question: Question, _ words: String) -> ForumError {
    ForumError(.query, "\(name(of: question)): \(words)")
  }

  /// - Parameter advice: what to write in the query.
  /// - Throws: `ForumError` of kind `query` for a post beyond the bounds, or one before another: others would be lost.
  func expect(
    _ posts: Answer<Post>, _ question: Question, from first: Int64, through last: Int64 = .max, _ advice: String
  ) throws {
    var before = first
    for post in posts {
      guard post.ordinal >= first, post.ordinal <= last else {
        throw mistake(question, "post \(post.key) with the ordinal \(post.ordinal) was not asked for: \(advice)")
      }
      if post.ordinal < before {
        throw mistake(question, "ordinal \(post.ordinal) comes after \(before): write `ORDER BY` the ordinal")
      }
      before = post.ordinal
    }
  }

  /// - Throws: `ForumError` of kind `query` for a key that is none of those that were asked about.
  func expect(_ found: [String], _ question: Question, among keys: some Collection<String>) throws {
    let asked = Set(keys)
    // What somebody typed may be written otherwise than the forum writes it: 007, ANA.
    var alike: Set<String>?
    for key in found where !asked.contains(key) {
      let all = alike ?? Set(asked.map(written))
      alike = all
      if key.isEmpty || all.contains(written(key)) { continue }
      throw mistake(question, "the row \(key) was not asked for: write `IN (:keys)`")
    }
  }

  private func written(_ key: String) -> String { Int64(key).map(String.init) ?? key.lowercased() }

  func name(of question: Question) -> String { "\(mapping.name), query \(question.rawValue)" }

  /// Of a failure the mapping and the query are told: the same column may stand in five queries.
  func told<T>(_ question: Question, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as ForumError {
      let name = name(of: question)
      throw error.description.hasPrefix(name) ? error : ForumError(error.kind, "\(name): \(error.description)")
    } catch let error as DatabaseError {
      let kind: ForumError.Kind = error.isOfValue ? .key : error.kind == .unavailable ? .unavailable : .query
      throw ForumError(kind, "\(name(of: question)): \(error.description)")
    }
  }
}
