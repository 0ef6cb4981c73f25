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
      PostColumns.names, AttachmentColumns.names, ThreadColumns.names, DiscussionColumns.names,
      ParticipantColumns.names, WatcherColumns.names, ListedWatchColumns.names, ChangeColumns.names,
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

  @Test("E8: says of each format what it makes of a body, and of forums which one they need")
  func bodies() throws {
    let head = try #require(page.split(separator: "\n").first { $0.hasPrefix("| in the body |") })
    #expect(BodyFormat.allCases.allSatisfy { head.contains("`\($0.rawValue)`") })
    for sql in page.matches(of: #/'([a-z]+)' AS format/#) { #expect(BodyFormat(rawValue: String(sql.1)) != nil) }
    for (forum, format) in [("MyBB", "bbcode"), ("pybbm", "bbcode"), ("Redmine", "textile")] {
      #expect(page.split(separator: "\n").contains { $0.hasPrefix("| \(forum) |") && $0.contains("'\(format)'") })
    }
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
