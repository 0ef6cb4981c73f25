import TestSupport
import Testing

@testable import SQL

/// How a statement is written for its database, without one.
@Suite("A statement") struct StatementTests {
  private func expanded(_ sql: String, _ arguments: [Value], _ dialect: Dialect) -> ExpandedStatement {
    ExpandedStatement(sql, lists: dialect.lists(in: arguments), dialect)
  }

  @Test(
    "has its parameters numbered in the order of first use, and lists as each database compares with them",
    arguments: [
      ("a = $2 AND b = $1 AND c = $2", "a = ? AND b = ? AND c = ?1", "a = $1 AND b = $2 AND c = $1"),
      ("a IN ($3)", "a IN (?,?,?,?)", "a = ANY ($1)"),
      ("a NOT IN ($3) OR a = $1", "a NOT IN (?,?,?,?) OR a = ?", "a <> ALL ($1) OR a = $2"),
      ("a in( $3 ) AND b IN ($3)", "a IN (?,?,?,? ) AND b IN (?1,?2,?3,?4)", "a = ANY ($1 ) AND b = ANY ($1)"),
      ("margin ($3)", "margin (?,?,?,?)", "margin ($1)"),
      ("'$1' = $1 -- $2\n", "'$1' = ? -- $2\n", "'$1' = $1 -- $2\n"),
      ("price > $", "price > $", "price > $"), ("$$", "$$", "$$"), ("", "", ""),
    ])
  func expansion(_ sql: String, _ sqlite: String, _ postgres: String) {
    let arguments: [Value] = [1, 2, .integers([7, 8, 9])]
    #expect(expanded(sql, arguments, .sqlite).sql == sqlite)
    #expect(expanded(sql, arguments, .postgres).sql == postgres)
  }

  @Test("gives each parameter its argument; the last element pads a list to a power of two, NULL an empty one")
  func values() throws {
    let arguments: [Value] = ["x", .integers([7, 8, 9]), .list([])]
    func bound(_ dialect: Dialect) throws -> [Value] {
      let statement = expanded("$2 IN ($2) AND $1 = $1 AND a IN ($3)", arguments, dialect)
      return try statement.parameters.map { try statement.value(of: $0, in: arguments, "") }
    }
    #expect(try bound(.sqlite) == [7, 8, 9, 9, "x", .null])
    #expect(try bound(.postgres) == [.integers([7, 8, 9]), "x", .list([])])
  }

  @Test("without a value for a parameter is refused in the words that were written", arguments: Dialect.allCases)
  func missing(_ dialect: Dialect) throws {
    for (sql, word) in [("a = $3", "$3"), ("a = $0", "$0"), ("a = $77", "$77")] {
      let statement = expanded(sql, [1, 2], dialect)
      let error = databaseError {
        try statement.parameters.map { try statement.value(of: $0, in: [1, 2], "the statement") }
      }
      #expect(error?.kind == .invalid)
      #expect(error?.description == "no value for \(word) in: the statement")
    }
  }

  @Test("with a list that stands alone is known, since PostgreSQL would take it for one value")
  func misplaced() {
    let list: [Value] = [1, .list([1])]
    #expect(expanded("a = $2", list, .postgres).misplacedList == 1)
    #expect(expanded("a IN (0, $2)", list, .postgres).misplacedList == 1)
    #expect(expanded("a = ANY ($2) AND b IN ($2)", list, .postgres).misplacedList == nil)
    #expect(expanded("a = $2", list, .sqlite).misplacedList == nil)
  }

  @Test(
    "binds what it was given, wherever its parameters stand: what is put together from the marks is what was written")
  func property() throws {
    var random = SplitMix64(seed: 42)
    let pieces = ["a", " ", "'$1 it''s'", "\"$2\"", "-- $3\n", "/* $1 */", "IN", "(", ")", "=", "é", "\n"]
    for _ in 0..<500 {
      let arguments = (0..<4).map { Value.text("<\($0)>") }
      var (sql, expected) = ("", "")
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        if random.once(in: 3) {
          let number = Int.random(in: 1...4, using: &random)
          sql += "$\(number) "
          expected += "<\(number - 1)> "
        } else {
          let piece = random.pick(pieces)
          sql += piece + " "
          expected += piece + " "
        }
      }
      for dialect in Dialect.allCases {
        let statement = expanded(sql, arguments, dialect)
        #expect(try readable(statement, arguments) == expected, "\(sql)")
      }
    }
  }

  /// The statement with its values in the place of their marks.
  private func readable(_ statement: ExpandedStatement, _ arguments: [Value]) throws -> String {
    let bytes = Array(statement.sql.utf8)
    var (out, at, fresh): ([UInt8], Int, Int) = ([], 0, 0)
    while at < bytes.count {
      if let end = OpaqueText.end(in: bytes, from: at) {
        out += bytes[at..<end]
        at = end
      } else if bytes[at] == UInt8(ascii: "?") || bytes[at] == UInt8(ascii: "$") {
        let end = bytes[(at + 1)...].firstIndex { !$0.isDigit } ?? bytes.count
        fresh += end == at + 1 ? 1 : 0
        let number = Int(String(decoding: bytes[(at + 1)..<end], as: UTF8.self)) ?? fresh
        guard case .text(let text) = try statement.value(of: statement.parameters[number - 1], in: arguments, "")
        else { return "no text" }
        out += Array(text.utf8)
        at = end
      } else {
        out.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
