import SQL

/// How a forum's database is read: one SQL query for each question of `Source`.
///
/// A query names its parameters (`:after`, `:keys` …) and its result columns (`id`, `author_name` …); what it may name
/// stands in `Question`. A column that is left out takes its default. `{fragment}` stands for a piece of SQL that
/// several queries share. Nothing of a mapping is ever put together from data: values reach the database as bound
/// parameters only.
public struct Mapping: Sendable {
  public let name: String
  /// What stands before the first participant in the forum's own order of keys.
  public let firstKey: String
  let queries: [Question: Query]
  /// Everybody who can sign in may read every post; else there is a `readers` query.
  let everyoneReads: Bool
  /// The file that the mapping was read from, as it was given, and the lines of its queries.
  var origin: (file: String, lines: [Question: Int])?

  /// One question as SQL with numbered parameters.
  struct Query: Sendable {
    let sql: String
    /// For `$1`, `$2` …
    let parameters: [Parameter]

    /// What is bound to the parameters.
    /// - Parameter arguments: values by the names that the question gives them.
    func values(_ arguments: [String: Value]) -> [Value] {
      parameters.map { parameter in
        switch parameter {
        case .asked(let name): arguments[name]!
        case .constant(let text): .text(text)
        }
      }
    }
  }

  enum Parameter: Hashable, Sendable {
    /// Given with each question.
    case asked(String)
    /// A constant of the mapping.
    case constant(String)
  }

  /// Why a mapping is refused; the loader adds file and line.
  public struct Invalid: Error, CustomStringConvertible, Sendable {
    /// The key under which the fault stands: `queries.watchers`.
    public let key: String
    public let reason: String
    public var description: String { "\(key): \(reason)" }
  }

  /// - Parameters:
  ///   - queries: SQL by the raw value of the question.
  ///   - fragments: SQL by the name within braces.
  ///   - constants: values by the name of the parameter.
  public init(
    name: String, queries: [String: String], fragments: [String: String] = [:], constants: [String: String] = [:],
    everyoneReads: Bool = false, firstKey: String = "0"
  ) throws(Invalid) {
    self.name = name
    self.firstKey = firstKey
    self.everyoneReads = everyoneReads
    var compiled: [Question: Query] = [:]
    for (key, sql) in queries {
      guard let question = Question(rawValue: key) else {
        throw Invalid(
          key: "queries.\(key)",
          reason: "no such query; known are: \(Question.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      compiled[question] = try MappingCompiler.compile(sql, question, fragments, constants)
    }
    for question in Question.allCases where question.isRequired && compiled[question] == nil {
      throw Invalid(key: "queries", reason: "the query \"\(question.rawValue)\" is missing: \(question.purpose)")
    }
    if compiled[.readers] == nil, !everyoneReads {
      throw Invalid(
        key: "readers", reason: "give a query \"readers\", or write `readers: everyone` if no post is private")
    }
    if compiled[.readers] != nil, everyoneReads {
      throw Invalid(key: "readers", reason: "`readers: everyone` contradicts the query \"readers\": keep one of them")
    }
    self.queries = compiled
  }
}

/// The questions that a mapping answers.
public enum Question: String, CaseIterable, Sendable {
  case newest
  case postsAfter = "posts_after"
  case postsWithin = "posts_within"
  case posts
  case pending
  case threads
  case discussions
  case closing
  case watchers
  case watchersAmong = "watchers_among"
  case participants
  case findParticipant = "find_participant"
  case watches
  case readers
  case open
  case changes

  /// What the query is for, as the error about a missing one says it.
  public var purpose: String {
    switch self {
    case .newest: "the largest ordinal of all posts, in a column `ordinal`"
    case .postsAfter: "posts of every state with an ordinal above :after, ascending, at most :limit"
    case .postsWithin: "posts of every state with an ordinal from :first to :last, ascending, at most :limit"
    case .posts: "the posts whose id is in (:keys)"
    case .pending: "posts that wait for approval"
    case .threads: "the threads whose id is in (:keys)"
    case .discussions: "the discussions whose id is in (:keys)"
    case .closing: "discussions that close from :from on and before :until (seconds since 1970)"
    case .watchers:
      "participants after :after who watch :thread, :discussion or everything, by key, at most :limit rows"
    case .watchersAmong: "the same for the participants in (:keys)"
    case .participants: "the participants whose id is in (:keys)"
    case .findParticipant: "the participants whose address or account name is :text"
    case .watches: "the watches of :participant (columns `scope`, `target`, `title`)"
    case .readers: "which participants in (:keys) may read :post of :thread in :discussion"
    case .open:
      "a row if everybody who may sign in may read :post of :thread in :discussion; then `readers` is not asked"
    case .changes: "participants whose wishes changed after :after (columns `mark` and `participant`), at most :limit"
    }
  }

  var isRequired: Bool {
    switch self {
    case .closing, .changes, .readers, .open, .findParticipant, .watches: false
    default: true
    }
  }

  var parameters: [String] {
    switch self {
    case .newest, .pending: []
    case .postsAfter, .changes: ["after", "limit"]
    case .postsWithin: ["first", "last", "limit"]
    case .posts, .threads, .discussions, .participants: ["keys"]
    case .closing: ["from", "until"]
    case .watchers: ["thread", "discussion", "after", "limit"]
    case .watchersAmong: ["thread", "discussion", "keys"]
    case .findParticipant: ["text"]
    case .watches: ["participant"]
    case .readers: ["post", "thread", "discussion", "keys"]
    case .open: ["post", "thread", "discussion"]
    }
  }
}
