import Foundation
import SQL

/// How a forum's database is read: one SQL query for each question of `ForumReader`.
///
/// A query names its parameters (`:after`, `:keys` …) and its result columns (`id`, `author_name` …); what it may name
/// stands in `Question`. A column that is left out takes its default. `{fragment}` stands for a piece of SQL that
/// several queries share. Nothing of a mapping is ever put together from data: values reach the database as bound
/// parameters only.
public struct Mapping: Sendable {
  /// For messages: the file's name without its ending, or `embedded`.
  public let name: String
  /// What stands before the first participant in the forum's own order of keys.
  public let firstKey: String
  /// None for a question that the forum cannot answer.
  let queries: [Question: Query]
  /// Everybody who can sign in may read every post; else there is a `readers` query.
  let everyoneReads: Bool
  /// Where a time without an offset is not in UTC.
  let times: LocalTimes?
  /// How the forum takes replies; nil: it takes none.
  let reply: ReplyStatements?
  /// The file that the mapping was read from, as it was given, the lines of its queries, and those of its statements
  /// for replies by their keys.
  var origin: (file: String, lines: [Question: Int], replyLines: [String: Int])?

  /// The file, or else the name: where a mistake is told.
  public var file: String { origin?.file ?? name }

  /// One question as SQL with numbered parameters.
  struct Query: Sendable {
    /// Without its comments, its fragments put in.
    let sql: String
    /// What is bound to `$1`, `$2` …, each name once.
    let parameters: [Parameter]

    /// Whether it takes all columns of a table: a star before a comma or the `FROM`.
    var isStarred: Bool {
      sql.split(separator: "*", omittingEmptySubsequences: false).dropFirst().contains { behind in
        let next = behind.drop(while: \.isWhitespace)
        return next.hasPrefix(",") || next.prefix(4).lowercased() == "from"
      }
    }

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

  /// What a parameter's name stands for.
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
    /// What is wrong and what would be right, in words for the admin.
    public let reason: String
    /// Key and reason; the query itself is long and stands in the file.
    public var description: String { "\(key): \(reason)" }
  }

  /// - Parameters:
  ///   - queries: SQL by the raw value of the question.
  ///   - fragments: SQL by the name within braces.
  ///   - constants: values by the name of the parameter. They are bound like those of a question, and a question's own
  ///     parameter of that name comes first.
  ///   - everyoneReads: every post may be read by every participant.
  ///   - firstKey: a key before the first participant's.
  ///   - zone: where the forum's times are that have no offset; nil for UTC.
  ///   - reply: how a reply by mail is posted; nil: the forum takes none.
  /// - Throws: `Invalid` for the first mistake.
  public init(
    name: String, queries: [String: String], fragments: [String: String] = [:], constants: [String: String] = [:],
    everyoneReads: Bool = false, firstKey: String = "0", times zone: TimeZone? = nil,
    reply: ReplySQL? = nil
  ) throws(Invalid) {
    self.name = name
    self.firstKey = firstKey
    self.everyoneReads = everyoneReads
    times = zone.map(LocalTimes.init(zone:))
    var compiled: [Question: Query] = [:]
    for (key, sql) in queries {
      guard let question = Question(rawValue: key) else {
        throw Invalid(
          key: "queries.\(key)",
          reason: "no such query; known are: \(Question.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      compiled[question] = try MappingCompiler.compile(
        sql, key: "queries.\(key)", names: question.parameters, fragments, constants)
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
    if let reply {
      self.reply = try ReplyStatements(reply, fragments, constants)
    } else {
      self.reply = nil
    }
  }
}
