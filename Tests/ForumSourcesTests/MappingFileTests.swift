import ForumSources
import Foundation
import Mistakes
import TestSupport
import Testing

/// The root of the repository.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Suite("A mapping file") struct MappingFileTests {
  /// A file that is right, line by line.
  private var lines: [String] {
    ["readers: everyone", "queries:"]
      + plainQueries.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value.replacing("\"", with: "\\\""))\"" }
  }

  private func mistakes(_ lines: [String]) throws -> [String] {
    let directory = try TemporaryDirectory()
    let path = try directory.write("forum.yaml", lines.joined(separator: "\n") + "\n")
    do {
      _ = try Mapping(file: path)
      return []
    } catch let error as ConfigurationError {
      return error.mistakes.map { "\($0)".replacing(path, with: "forum.yaml") }
    }
  }

  private func line(of start: String) -> Int { lines.firstIndex { $0.hasPrefix(start) }! + 1 }

  @Test("is read, and named after itself")
  func good() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("my-forum.yaml", lines.joined(separator: "\n"))
    #expect(try Mapping(file: path).name == "my-forum")
    #expect(try Mapping(file: path).firstKey == "0")
  }

  @Test("is refused with file, line and key for a parameter that does not exist")
  func parameter() throws {
    let wrong = lines.map { $0.hasPrefix("  posts:") ? "  posts: SELECT :kyes" : $0 }
    let expected =
      "forum.yaml:\(line(of: "  posts:")): queries.posts: unknown parameter :kyes; known here are :keys"
    #expect(try mistakes(wrong) == [expected])
  }

  @Test("is refused with the line of `queries` for one that is missing")
  func missing() throws {
    let found = try mistakes(lines.filter { !$0.hasPrefix("  watchers:") })
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("forum.yaml:2: queries: the query \"watchers\" is missing") == true, "\(found)")
  }

  @Test(
    "is refused with line and key for who reads, and for keys that do not exist",
    arguments: [
      (
        "readers: nobody",
        "forum.yaml:1: readers: must be `everyone`; for anything finer, give a query `queries.readers`"
      ),
      ("reader: everyone", "forum.yaml:1: reader: there is no such key; did you mean `readers`?"),
    ])
  func readers(_ line: String, _ expected: String) throws {
    let found = try mistakes([line] + lines.dropFirst())
    #expect(found.contains { $0.hasPrefix(expected.prefix { $0 != ";" }) }, "\(found)")
  }

  @Test("is refused where it is no YAML, or is not there")
  func syntax() throws {
    #expect(try mistakes(["queries: [", "x"]).first?.hasPrefix("forum.yaml:") == true)
    #expect(throws: ConfigurationError.self) { try Mapping(file: "/nowhere/forum.yaml") }
  }

  @Test("of django-machina in config/sources is right as it stands, and its constants can be given from outside")
  func shipped() throws {
    let path = repository.appending(path: "config/sources/django-machina.yaml").path()
    #expect(try Mapping(file: path).name == "django-machina")
    _ = try Mapping(file: path, constants: ["site_url": "https://bch.example", "everybody_reads": "yes"])
  }
}
