import Forum
import Foundation
import Mistakes
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("Times that a forum keeps in its server's zone") struct LocalTimesTests {
  @Test(
    "E8: are read in it, whatever daylight saving does; of an hour that comes twice the earlier counts",
    arguments: [
      ("Europe/Paris", "2026-01-15 12:00:00", "2026-01-15T11:00:00Z"),
      ("Europe/Paris", "2026-07-15 12:00:00", "2026-07-15T10:00:00Z"),
      ("Europe/Paris", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
      ("Europe/Paris", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
      ("Europe/Paris", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
      ("Europe/Paris", "2026-10-25 01:59:59", "2026-10-24T23:59:59Z"),
      ("Europe/Paris", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
      ("Europe/Paris", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
      ("Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00Z"),
      ("America/Montreal", "2026-11-01 01:30:00", "2026-11-01T05:30:00Z"),
      ("Pacific/Kiritimati", "2026-05-26 01:00:00", "2026-05-25T11:00:00Z"),
    ])
  func local(_ zone: String, _ text: String, _ expected: String) throws {
    let times = LocalTimes(zone: try #require(TimeZone(identifier: zone)))
    let local = try #require(Timestamp(iso8601: text))
    #expect(Timestamp(times.seconds(local: local.seconds)).description == expected)
  }

  @Test("E8: bear only on texts without an offset: seconds since 1970 are what they are")
  func rows() throws {
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: directory("forum.sqlite"))
    try database.write {
      try $0.run("CREATE TABLE post (id INTEGER, thread TEXT, discussion TEXT, body TEXT, state TEXT, created_at)")
      for value: Value in [
        "2026-07-15 12:00:00", "2026-07-15 12:00:00.5", "2026-07-15T10:00:00Z", "2026-07-15 10:00:00+00:00",
        1_784_109_600, "1784109600", "2026-07-15",
      ] {
        try $0.run(
          """
          INSERT INTO post SELECT count(*) + 1, 't', 'd', '', 'visible', $1 FROM post
          """, [value])
      }
    }
    let mapping = try Mapping(
      name: "local", queries: plainQueries, everyoneReads: true, times: TimeZone(identifier: "Europe/Paris"))
    let found = try SQLForum(database: database, mapping: mapping).posts(after: 0, limit: 9)
    let noon = Timestamp(iso8601: "2026-07-15T10:00:00Z")!
    #expect(found.map(\.createdAt) == Array(repeating: noon, count: 6) + [Timestamp(iso8601: "2026-07-14T22:00:00Z")!])
  }

  @Test("E8: stand under `times` of the mapping; what is no zone is a mistake with its line")
  func file() throws {
    let directory = try TemporaryDirectory()
    func mapping(_ zone: String) throws -> Mapping {
      let lines = ["readers: everyone", "times: \(zone)", "queries:"] + plainQueries.map { "  \($0): \"\($1)\"" }
      return try Mapping(file: try directory.write("local.yaml", lines.joined(separator: "\n")))
    }
    #expect(try mapping("Europe/Paris").times?.zone.identifier == "Europe/Paris")
    for zone in ["Paris", "Europe/Pari", "+02:00"] {
      let error = #expect(throws: ConfigurationError.self) { try mapping(zone) }
      let mistake = try #require(error?.mistakes.first)
      #expect(mistake.key == "times" && mistake.line == 2 && mistake.message.contains("no time zone"), "\(mistake)")
    }
  }
}
