import Foundation
import Testing

@testable import Board

@Suite("Comma-separated values") struct CSVReaderTests {
  @Test(
    "P3: records as RFC 4180 has them",
    arguments: [
      ("", []), ("a", [["a"]]), ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]), ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
      ("\u{FEFF}a,b", [["a", "b"]]), ("a,\n,b\n", [["a", ""], ["", "b"]]), ("\n\na\n\r\n", [["a"]]),
      ("\"a,b\",c", [["a,b", "c"]]), ("\"a\"\"b\",\"\"", [["a\"b", ""]]), ("\"a\r\nb\"\nc", [["a\r\nb"], ["c"]]),
      (" a , b ", [[" a ", " b "]]), ("a;b", [["a;b"]]), ("a,b,", [["a", "b", ""]]), ("a\rb", [["a\rb"]]),
    ] as [(String, [[String]])])
  func records(_ text: String, _ expected: [[String]]) throws {
    #expect(try CSVReader.records(Array(text.utf8)).map(\.fields) == expected)
  }

  @Test(
    "P3: what is not of that form is told with its line",
    arguments: [
      ("a\n\"b", 2, "never closed"), ("a\n\"b\"c", 2, "behind a closing quote"),
      ("a\nb\"c", 2, "a quote within a cell"),
      ("\"a\nb\"\nc\"", 3, "a quote within a cell"), ("a\n\u{0}", 2, "not UTF-8"),
    ])
  func mistakes(_ text: String, _ line: Int, _ words: String) {
    let mistake = #expect(throws: CSVReader.Mistake.self) { try CSVReader.records(Array(text.utf8)) }
    #expect(mistake?.line == line && mistake?.words.contains(words) == true)
    let octets = #expect(throws: CSVReader.Mistake.self) { try CSVReader.records([97, 10, 0xFF, 10]) }
    #expect(octets?.line == 2)
  }

  @Test(
    "P3: a heading that cannot be read is told, and no row is taken",
    arguments: [
      ("", "there is nothing in it"), ("name;address\na;b", "not by semicolons"), ("name,mail\n", "no column \"mail\""),
      ("name\n", "the column address is missing"), ("name,address,name\n", "stands twice"),
    ])
  func headings(_ text: String, _ words: String) {
    let file = PeopleFile(Array(text.utf8), roles: [:], discussions: [:])
    #expect(file.people.isEmpty && file.mistakes.count == 1 && file.mistakes[0].isFatal)
    #expect(file.mistakes.first?.words.contains(words) == true, "\(file.mistakes)")
  }
}
