import Forum
import Mistakes
import SQL

extension SQLForum {
  /// What is wrong with the section `reply`: each statement is shown to the database without running it, and each name
  /// that it uses must be a parameter or a column of one before it.
  func replyMistakes() throws -> [Mistake] {
    guard let reply = mapping.reply else { return [] }
    var mistakes: [Mistake] = []
    func complain(_ key: String, _ words: String, advice: String? = nil) {
      let origin = mapping.origin
      mistakes.append(
        Mistake(
          origin?.file ?? mapping.name, line: origin?.replyLines[key] ?? origin?.replyLines["reply.statements"],
          key: key, words, advice: advice))
    }
    /// The names of its columns; nil where there is a mistake, or the database cannot be asked.
    func columns(_ key: String, _ query: Mapping.Query, _ names: [String]) throws -> [String]? {
      for case .asked(let name) in query.parameters where !names.contains(name) {
        let meant = nearest(to: name, among: names).map { "did you mean `:\($0)`? " } ?? ""
        let known = names.map { ":\($0)" }.joined(separator: ", ")
        complain(key, "unknown parameter :\(name)", advice: "\(meant)Known here are \(known)")
        return nil
      }
      let examples = names.map { ($0, ReplyStatements.example($0, key: mapping.firstKey)) }
      let values = query.values(Dictionary(examples, uniquingKeysWith: { first, _ in first }))
      do {
        return try database.read { try $0.columns(of: query.sql, values) }
      } catch let error as DatabaseError {
        // The statement that may follow the first line stands in the file.
        if error.kind != .unavailable { complain(key, String(error.description.prefix { !$0.isNewline })) }
        return nil
      }
    }

    var names = ReplyStatements.parameters
    guard let allowed = try columns("reply.allowed", reply.allowed, names) else { return mistakes }
    if allowed.isEmpty { complain("reply.allowed", "it has no result", advice: "write a SELECT") }
    if let taken = allowed.first(where: names.contains) {
      complain("reply.allowed", "the column `\(taken)` has the name of a parameter", advice: "give it another")
    }
    names += allowed
    var returned: [String] = []
    for (index, statement) in reply.statements.enumerated() {
      guard let more = try columns(ReplyStatements.key(ofStatement: index), statement, names) else { return mistakes }
      names += more
      returned += more
    }
    if !returned.contains("post") {
      complain(
        "reply.statements", "none of them returns the key of the new post",
        advice: "end the INSERT with `RETURNING id AS post`")
    }
    let questions = [
      ("reply.known", reply.known, ReplyStatements.parameters),
      ("reply.find", reply.find, ReplyStatements.findParameters),
    ]
    for case (let key, let query?, let names) in questions {
      guard let found = try columns(key, query, names), !found.contains("post") else { continue }
      complain(key, "the result has no column `post`", advice: "write `SELECT id AS post …`")
    }
    return mistakes
  }
}

extension ReplyStatements {
  /// A value for a parameter, of the type that it has whenever a reply is posted.
  fileprivate static func example(_ name: String, key: String) -> Value {
    switch name {
    case "author", "parent": .text(key)
    case "now", "arrived", "since": .integer(0)
    case "now_text", "arrived_text", "since_text": .text("1970-01-01 00:00:00")
    default: .text("0")
    }
  }
}
