/// How a mapping posts a reply, as its file has it.
public struct ReplySQL: Hashable, Sendable {
  /// Says whether the person may answer there.
  public var allowed: String
  /// Post the reply, one after another in one transaction.
  public var statements: [String]
  /// Finds a reply by the key that the forum keeps of it; nil: it keeps none.
  public var known: String?
  /// Finds posts that may be the reply.
  public var find: String?

  /// - Parameters:
  ///   - known: needed where `find` is not given.
  ///   - find: needed where `known` is not given.
  public init(allowed: String, statements: [String], known: String? = nil, find: String? = nil) {
    self.allowed = allowed
    self.statements = statements
    self.known = known
    self.find = find
  }
}

/// How a mapping posts a reply, with numbered parameters. A statement may name what `allowed` and the statements before
/// it have returned; whether it does, `SQLForum.check` finds out.
struct ReplyStatements: Sendable {
  /// The parameters that every statement may use.
  static let parameters = [
    "author", "parent", "body", "html", "bbcode", "textile", "mail_key", "now", "now_text", "arrived", "arrived_text",
  ]
  /// And those of `find`.
  static let findParameters = parameters + ["since", "since_text"]

  let allowed: Mapping.Query
  let statements: [Mapping.Query]
  let known: Mapping.Query?
  let find: Mapping.Query?

  /// The key under which a mistake in a statement is told, counted from 0 here and from 1 for people.
  static func key(ofStatement index: Int) -> String { "reply.statements[\(index + 1)]" }

  init(_ sql: ReplySQL, _ fragments: [String: String], _ constants: [String: String]) throws(Mapping.Invalid) {
    let names = ReplyStatements.parameters
    allowed = try MappingCompiler.compile(sql.allowed, key: "reply.allowed", names: names, fragments, constants)
    var compiled: [Mapping.Query] = []
    for (index, statement) in sql.statements.enumerated() {
      compiled.append(
        try MappingCompiler.compile(
          statement, key: ReplyStatements.key(ofStatement: index), names: names, mayNameColumns: true, fragments,
          constants))
    }
    statements = compiled
    if let text = sql.known {
      known = try MappingCompiler.compile(text, key: "reply.known", names: names, fragments, constants)
    } else {
      known = nil
    }
    if let text = sql.find {
      find = try MappingCompiler.compile(
        text, key: "reply.find", names: ReplyStatements.findParameters, fragments, constants)
    } else {
      find = nil
    }
    if known == nil, find == nil {
      throw Mapping.Invalid(
        key: "reply",
        reason: "give `known`, where the forum keeps :mail_key, or `find`: after a crash a reply is looked for by it")
    }
  }
}
