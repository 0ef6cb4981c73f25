import Foundation
import Settings

extension Mapping {
  /// Reads a mapping file: `constants`, `fragments`, `queries`, `readers: everyone` where no post is private,
  /// `times` where the forum's are not in UTC, and `reply` where it takes replies by mail.
  /// - Parameters:
  ///   - path: `config/sources/NAME.yaml`; the mapping's name is `NAME`.
  ///   - constants: values that replace the file's own constants of the same names.
  /// - Throws: `ConfigurationError` with file, line and key of every mistake.
  public init(file path: String, constants given: [String: String] = [:]) throws {
    let document = try YAMLDocument(file: path)
    let root = document.root!  // an empty file has an empty mapping at its root
    let constants = root.texts("constants").merging(given) { _, given in given }
    let (fragments, queries) = (root.texts("fragments"), root.texts("queries"))
    let readers = root.string("readers")
    if let readers, readers != "everyone" {
      root.refuse("readers", "must be `everyone`", advice: "for anything finer, give a query `queries.readers`")
    }
    let firstKey = root.string("first_participant") ?? "0"
    let zone = root.value("times", .zone).flatMap(TimeZone.init(identifier:))
    let file = path.split(separator: "/").last ?? ""
    let name = String(file.prefix { $0 != "." })
    let (reply, replyLines) = root.replySQL()
    var mapping: Mapping?
    do {
      mapping = try Mapping(
        name: name, queries: queries, fragments: fragments, constants: constants,
        everyoneReads: readers == "everyone", firstKey: firstKey, times: zone, reply: reply)
    } catch {
      if let line = replyLines[error.key] {
        document.report(.init(path, line: line, key: error.key, error.reason))
      } else {
        root.refuse(error)
      }
    }
    try document.finish()
    self = mapping!  // where there is none, its mistake was thrown
    let section = root.mapping("queries")
    let lines = Question.allCases.compactMap { question in section?.line(of: question.rawValue).map { (question, $0) } }
    origin = (path, Dictionary(uniqueKeysWithValues: lines), replyLines)
  }
}

extension YAMLMapping {
  /// The texts of a section by their keys; none if it is not there.
  fileprivate func texts(_ section: String) -> [String: String] {
    guard let mapping = mapping(section) else { return [:] }
    return Dictionary(uniqueKeysWithValues: mapping.keys.map { ($0, mapping.requiredString($0)) })
  }

  /// The section `reply`, and the lines of what stands in it; none if it is not there.
  fileprivate func replySQL() -> (ReplySQL?, [String: Int]) {
    guard let section = mapping("reply") else { return (nil, [:]) }
    let statements = section.linedStrings("statements") ?? []
    if statements.isEmpty, !section.has("statements") {
      section.refuse("statements", "is missing", advice: "give a list of the statements that post a reply")
    }
    var lines: [String: Int] = [:]
    for key in ["allowed", "known", "find"] where section.has(key) { lines["reply.\(key)"] = section.line(of: key) }
    lines["reply.statements"] = section.line(of: "statements")
    for (index, statement) in statements.enumerated() {
      lines[ReplyStatements.key(ofStatement: index)] = statement.line
    }
    let sql = ReplySQL(
      allowed: section.requiredString("allowed"), statements: statements.map(\.text), known: section.string("known"),
      find: section.string("find"))
    return (sql, lines)
  }

  /// Notes why the mapping is refused under its key, which may stand in a section: `queries.watchers`.
  fileprivate func refuse(_ invalid: Mapping.Invalid) {
    let parts = invalid.key.split(separator: ".", maxSplits: 1).map(String.init)
    let section = parts.count == 2 ? mapping(parts[0]) ?? self : self
    section.refuse(parts.last ?? invalid.key, invalid.reason)
  }
}
