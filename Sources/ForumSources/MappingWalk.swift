import Forum
import Mistakes
import SQL
import Time

/// What walking a few posts through a mapping's queries found.
public struct MappingFindings: Sendable {
  /// Answers that contradict each other, each with file, line, query and advice.
  public var mistakes: [Mistake] = []
  /// Rows that could not be read, one for all that are alike. A run sets such rows aside and goes on (rule E1).
  public var unreadable: [Mistake] = []
  /// What is no mistake, and worth knowing to who made the mapping.
  public var remarks: [String] = []
  /// The posts that were walked, as `posts` gave them.
  public var posts: [Post] = []
  /// Whether anybody was found to watch one of them: without, little is proved about people.
  public var hasWatchers = false
  /// Who may read what, discussion by discussion, those with the newest posts first; empty where it was not asked for.
  public var places: [PlaceRights] = []
  /// What the rows held that were read.
  public var rows: [RowSummary] = []
}

extension SQLForum {
  /// Walks posts through every query and compares the answers with each other: a mapping that is valid SQL and wrong
  /// contradicts itself (rule E8). It writes nothing.
  ///
  /// A forum is written to meanwhile: what contradicts itself only once is forgotten.
  /// - Parameters:
  ///   - keys: these posts; none: the newest, one in the middle, and one that somebody watches.
  ///   - people: at most so many watchers of a post are looked for by each query.
  ///   - places: of so many discussions it is looked at who may read them.
  ///   - now: what the forum's times are measured by; nil: nothing is said of times to come.
  /// - Throws: `ForumError` of kind `unavailable`: nothing can be said now.
  public func prove(
    posts keys: [String] = [], people: Int = 100, places: Int = 0, now: Timestamp? = nil
  ) throws -> MappingFindings {
    var first = MappingWalk(self, people: people, places: places, now: now)
    try first.walk(keys)
    if first.findings.mistakes.isEmpty { return first.findings }
    var second = MappingWalk(self, people: people, places: places, now: now)
    try second.walk(keys.isEmpty ? first.findings.posts.map(\.key) : keys)
    let lasting = Set(second.findings.mistakes)
    first.findings.mistakes = first.findings.mistakes.filter(lasting.contains).oneOfEachKind
    // What a mistake had told that is forgotten, they tell.
    first.tellUnreadable()
    return first.findings
  }
}

extension [Mistake] {
  /// Of those that differ in numbers alone, such as a person's or a post's, the first.
  fileprivate var oneOfEachKind: [Mistake] {
    var kinds: Set<[String]> = []
    return filter { kinds.insert([$0.key ?? "", $0.message.replacing(#/[0-9]+/#, with: "0")]).inserted }
  }
}

/// One walk. Each step adds what it finds; a query that cannot be used is one mistake, and the others are walked on.
struct MappingWalk {
  let forum: SQLForum
  /// How many watchers of a post are looked for by each query.
  let people: Int
  /// Of how many discussions it is looked at who may read them.
  let places: Int
  /// What times are measured by, where it is known.
  let now: Timestamp?
  var findings = MappingFindings()
  /// Everybody who was met, to be looked at all together.
  var met: [ForumKey: Met] = [:]
  /// By discussion, who was met there that watches everything.
  var everything: [ForumKey: Set<ForumKey>] = [:]

  private let census = RowCensus()

  init(_ forum: SQLForum, people: Int, places: Int = 0, now: Timestamp?) {
    var watched = forum
    watched.census = census
    (self.forum, self.people, self.places, self.now) = (watched, people, places, now)
  }

  mutating func walk(_ keys: [String]) throws {
    let forum = forum
    requireParameters()
    requireOrder()
    try adviseOnJournal()
    let samples = try samples()
    let chosen = keys.isEmpty ? try choose(samples) : try ask { try forum.posts(keys: keys).rows } ?? []
    let all = samples.recent + chosen
    try walkPlaces(of: all)
    try walkAuthors(of: samples.recent)
    try walkPending(samples.recent)
    try walkRange(samples)
    judgeTimes(of: samples)
    judgeAuthors(of: samples)
    try walkFaces(of: all)
    try walkFiles(of: all)
    try walkChanges()
    for post in chosen {
      try walk(post)
      try walkClosing(post.discussionKey)
      try walkWatchers(of: post, among: samples.recent.compactMap(\.authorKey))
    }
    judgePeople()
    try walkEverything(all)
    try walkWishes(places: all)
    if places > 0 { try walkRights(samples) }
    try judgeArrivals(since: samples)
    findings.posts = chosen
    findings.rows = census.summaries
    judgeActive()
    try judgeOddities(of: samples)
    tellUnreadable()
    // Watchers whose rows cannot be read, or who cannot be asked about, are there all the same.
    let asking: [Question] = [.watchers, .watchersAmong]
    let isUnknown = asking.contains { isAtFault($0) } || census.unreadable.contains { asking.contains($0.question) }
    if !chosen.isEmpty, !findings.hasWatchers, !isUnknown {
      findings.remarks.append("nobody watches these posts by the forum's word: nothing is proved about watchers")
    }
  }

  /// An SQLite database that is not in WAL mode lets nobody write while a page of rows is read.
  private mutating func adviseOnJournal() throws {
    let forum = forum
    guard forum.database.dialect == .sqlite, forum.mapping.origin != nil else { return }
    let mode = try ask {
      try forum.told(.newest) { try forum.database.read { try $0.first("PRAGMA journal_mode") { $0.text(0) } } }
    }
    guard let mode = mode ?? nil, ["delete", "truncate", "persist"].contains(mode) else { return }
    findings.remarks.append(
      "the database is not in WAL mode (its journal_mode is `\(mode)`): for the moment in which a page of rows is read, "
        + "the forum's own programs cannot write, and fail unless they wait; its owner can change that once and for "
        + "all: `PRAGMA journal_mode = WAL`")
  }

  /// Each row that could not be read, by query, column and value; those that are alike as one.
  mutating func tellUnreadable() {
    // Where the query is at fault for many, that is told already.
    let rows = census.unreadable.filter { row in
      !findings.mistakes.contains {
        $0.key == "queries.\(row.question.rawValue)"
          && $0.message.hasSuffix("`\(row.fault.column)` \(row.fault.complaint)")
      }
    }
    let groups = Dictionary(grouping: rows) {
      [$0.question.rawValue, $0.fault.column, $0.fault.complaint]
    }
    findings.unreadable = groups.values.map { alike in
      let (question, fault) = (alike[0].question, alike[0].fault)
      let more = alike.count == 1 ? "" : " (and \(alike.count - 1) more alike)"
      return mistake(
        question,
        "\(fault.subject.rawValue) \(fault.key.isEmpty ? "without a key" : fault.key): `\(fault.value)` in column "
          + "`\(fault.column)` \(fault.complaint)\(more)",
        "such a row is set aside, and what hangs on it waits, until the query or the row is mended")
    }
    .sorted { ($0.line ?? 0, $0.description) < ($1.line ?? 0, $1.description) }
  }

  // MARK: What is wrong

  /// Notes a mistake of a query.
  mutating func complain(_ question: Question, _ words: String, advice: String? = nil) {
    let mistake = mistake(question, words, advice)
    if !findings.mistakes.contains(mistake) { findings.mistakes.append(mistake) }
  }

  /// Notes what is likely to be a mistake of a query, and need not be one.
  mutating func remark(_ question: Question, _ words: String, advice: String) {
    let remark = mistake(question, words, advice).description
    if !findings.remarks.contains(remark) { findings.remarks.append(remark) }
  }

  private func mistake(_ question: Question, _ words: String, _ advice: String?) -> Mistake {
    let mapping = forum.mapping
    return Mistake(
      mapping.origin?.file ?? mapping.name, line: mapping.origin?.lines[question], key: "queries.\(question.rawValue)",
      words, advice: advice)
  }

  /// Whether a mistake of the query is noted already.
  func isAtFault(_ question: Question) -> Bool {
    findings.mistakes.contains { $0.key == "queries.\(question.rawValue)" }
  }

  /// Notes what several rows have in common: the first of them, and how many more there are.
  mutating func complain(_ question: Question, _ rows: [String], advice: String) {
    guard let first = rows.first else { return }
    complain(question, rows.count == 1 ? first : "\(first) (and \(rows.count - 1) more alike)", advice: advice)
  }

  /// Asks; nil where the answer cannot be used, which is noted.
  /// - Throws: `ForumError` of kind `unavailable`.
  mutating func ask<T>(_ body: () throws -> T) throws -> T? {
    do {
      return try body()
    } catch let error as ForumError where error.kind != .unavailable {
      note(error)
      return nil
    }
  }

  /// The query is told by the words that its failure begins with.
  private mutating func note(_ error: ForumError) {
    for question in Question.allCases {
      let name = "\(forum.name(of: question)): "
      guard error.description.hasPrefix(name) else { continue }
      // The statement that may follow the first line stands in the file.
      return complain(question, String(error.description.dropFirst(name.count).prefix { !$0.isNewline }))
    }
    let mapping = forum.mapping
    findings.mistakes.append(Mistake(mapping.origin?.file ?? mapping.name, error.description))
  }

  /// A query that does not name what it is asked by answers something else.
  private mutating func requireParameters() {
    for question in Question.allCases {
      guard let query = forum.mapping.queries[question] else { continue }
      let missing = question.requiredParameters.filter { !query.parameters.contains(.asked($0)) }
      if missing.isEmpty { continue }
      let names = missing.map { ":\($0)" }.joined(separator: " and ")
      complain(question, "it does not name \(names)", advice: "it is to return \(question.purpose)")
    }
  }

  /// Where a database may give any rows first, what is cut off by a limit is passed over for good.
  private mutating func requireOrder() {
    for question in [Question.postsAfter, .postsWithin, .watchers, .changes] {
      guard let query = forum.mapping.queries[question], query.parameters.contains(.asked("limit")),
        query.sql.firstMatch(of: #/(?i)\border\s+by\b/#) == nil
      else { continue }
      let column =
        switch question {
        case .watchers: "the participant's id"
        case .changes: "`mark`"
        default: "the ordinal"
        }
      complain(
        question, "it has no ORDER BY: which rows come first is then the database's choice, and the others are lost",
        advice: "write `ORDER BY` \(column) before `LIMIT :limit`")
    }
  }

  /// What to do where numbers find what texts do not.
  static let keysAreTexts =
    "on SQLite a key is bound as a text, which no computed number equals: compare with a column itself, or write "
    + "CAST(:after AS INTEGER), and CAST(… AS TEXT) IN (:keys)"
}

extension SQLForum {
  /// Whether numbers find what texts do not. On SQLite a key is bound as a text, which no number that is computed
  /// equals; a column takes it for the number that it is.
  func findsByNumber(_ question: Question, _ arguments: [String: Value]) throws -> Bool {
    guard database.dialect == .sqlite, let query = mapping.queries[question] else { return false }
    let numbers = arguments.mapValues(\.asNumber)
    if numbers == arguments { return false }
    return try told(question) { try database.read { try $0.exists(query.sql, query.values(numbers)) } }
  }
}

extension Question {
  /// Those of its parameters without which no query answers it; what else it may name, a forum may not need.
  fileprivate var requiredParameters: [String] {
    switch self {
    case .newest, .pending, .open: []
    case .readers: ["keys"]
    case .watchers: ["after", "limit"]
    case .watchersAmong: ["keys"]
    case .changes: ["after"]
    default: parameters
    }
  }
}

extension Value {
  /// The number that a text is; the same otherwise.
  fileprivate var asNumber: Value {
    switch self {
    case .text(let text): Int64(text).map(Value.integer) ?? self
    case .list(let values): .list(values.map(\.asNumber))
    default: self
    }
  }
}
