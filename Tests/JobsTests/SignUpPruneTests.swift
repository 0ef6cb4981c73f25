import Forum
import Jobs
import SQL
import TestSupport
import Testing
import Time

@Suite("Forgetting sign-ups")
struct SignUpPruneTests {
  @Test("P4, O7: an address that was typed to sign up and not confirmed within a day is forgotten, and nobody else")
  func day() throws {
    let site = try TestSite()
    let now = site.clock.now.seconds
    try site.fixture.forum.write { connection in
      for (name, address, confirmed, at) in [
        ("", "old@example.org", 0, now - 86_401), ("", "new@example.org", 0, now - 86_399),
        ("Ana", "named@example.org", 0, now - 90_000), ("Bo", "bo@example.org", 1, now - 90_000),
      ] as [(String, String, Int64, Int64)] {
        try connection.run(
          "INSERT INTO participant (name, address, confirmed, signed_up_at) VALUES ($1, $2, $3, $4)",
          [.text(name), .text(address), .integer(confirmed), .integer(at)])
      }
      try connection.run(
        "INSERT INTO participant (name, address, confirmed) VALUES ('', 'of-a-site@example.org', 0)")
    }
    let report = try PruneStage(site.context, PruneStage.Settings()).runOnce()
    #expect(report.signUps == 1)
    let left = try site.fixture.forum.read {
      try $0.query("SELECT address FROM participant ORDER BY id") { $0.text(0) }
    }
    #expect(left == ["new", "named", "bo", "of-a-site"].map { "\($0)@example.org" })
  }
}
