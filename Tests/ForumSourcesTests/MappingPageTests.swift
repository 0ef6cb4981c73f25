import Forum
import Foundation
import SQL
import TestSupport
import Testing

@testable import ForumSources

/// Mappings.md, which `init` places beside the sample: what it does not say, an admin cannot know.
@Suite("The page about mappings") struct MappingPageTests {
  private let page: String

  init() throws {
    page = try String(
      contentsOf: repository.appending(path: "Sources/ForumSources/ForumSources.docc/Mappings.md"), encoding: .utf8)
  }

  @Test(
    "E8: names every column that means something",
    arguments: [
      PostColumns.names, ThreadColumns.names, DiscussionColumns.names, ParticipantColumns.names, WatcherColumns.names,
      ListedWatchColumns.names, ChangeColumns.names,
    ])
  func columns(_ names: [String]) {
    for name in names { #expect(page.contains("`\(name)`"), "\(name)") }
  }

  @Test("E8: names every query with its parameters")
  func queries() throws {
    for question in Question.allCases {
      let row = try #require(
        page.split(separator: "\n").first { $0.hasPrefix("| `") && $0.contains("`\(question.rawValue)`") })
      for parameter in question.parameters { #expect(row.contains("`:\(parameter)`"), "\(question.rawValue): \(row)") }
      #expect(row.contains("(optional)") == (!question.isRequired && question != .readers), "\(question.rawValue)")
    }
  }

  @Test("E8: says how BBCode becomes HTML, in SQL that a database understands")
  func markup() throws {
    let sql = try #require(page.firstMatch(of: #/```sql\n(replace[^`]*)```/#)?.1)
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: directory("forum.sqlite"))
    let stored = "[quote]a & b[/quote]\n[b]1 < 2[/b] [i]x[/i]"
    let body = try database.read {
      try $0.first("SELECT \(sql) FROM (SELECT $1 AS message) m", [.text(stored)]) { $0.text(0) }
    }
    #expect(body == "<blockquote>a &amp; b</blockquote><br><b>1 &lt; 2</b> [i]x[/i]")
  }

  @Test("E8: says how phpBB's XML becomes HTML (PostgreSQL)", .enabled(if: TestDatabase.isPostgres))
  func phpBB() throws {
    let sql = try #require(page.firstMatch(of: #/```sql\n(regexp_replace[^`]*)```/#)?.1)
    let directory = try TemporaryDirectory()
    let home = try TestDatabase(in: directory, "forum.sqlite")
    let stored =
      #"<r>Hello <B><s>[b]</s>x &amp; y<e>[/b]</e></B><br/>"# + "\n"
      + #"<QUOTE author="ana"><s>[quote=ana]</s>old<e>[/quote]</e></QUOTE> <E>:)</E></r>"#
    let body = try home.open().read {
      try $0.first("SELECT \(sql) FROM (SELECT CAST($1 AS TEXT) AS post_text) p", [.text(stored)]) { $0.text(0) }
    }
    #expect(body == "<r>Hello <B>x &amp; y</B><br/>\n<blockquote>old</blockquote> <E>:)</E></r>")
  }

  @Test("E8: shows `readers: everyone` with what it means for private boards")
  func everyone() {
    for line in page.split(separator: "\n") where line.hasPrefix("readers: everyone") {
      #expect(line.contains("ONLY where nothing on the forum is private") && line.contains("private ones too"))
    }
  }

  @Test("E8: gives every word that a column may hold, and no other")
  func words() throws {
    let known: [(String, [String])] = [
      ("state", Visibility.allCases.map(\.rawValue)), ("format", BodyFormat.allCases.map(\.rawValue)),
      ("scope", WatchScope.allCases.map(\.rawValue)), ("mode", Mode.allCases.map(\.rawValue)),
      ("digest_period", DigestPeriod.allCases.map(\.rawValue)),
      ("digest_style", DigestStyle.allCases.map(\.rawValue) + DigestFormat.allCases.map(\.rawValue)),
      ("language", Language.allCases.map(\.rawValue)),
    ]
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
    for (column, words) in known {
      let row = try #require(rows.last { $0.hasPrefix("| `\(column)`") })
      let said = row.split(separator: "|")[1].matches(of: #/`([a-z]+)`/#).map { String($0.1) }
      #expect(Set(said).subtracting(["watchers_among"]) == Set(words), "\(column)")
    }
  }
}
