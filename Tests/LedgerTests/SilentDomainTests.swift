import Forum
import Identifiers
import SQL
import Testing
import Time

@testable import Ledger

@Suite("Domains where nobody is mailed") struct SilentDomainTests {
  @Test("E6: are those that were tried for two days and took nothing meanwhile; not one that takes others")
  func silent() throws {
    let bench = try LedgerFixture()
    let now = Timestamp(1_800_000_000)
    func add(_ id: Int64, _ address: String, _ state: String, first: Int64) throws {
      try bench.file.write { connection in
        try connection.run(
          """
          INSERT INTO delivery (id, person, post, state, due, attempts, first_attempt_at, ended_at)
          VALUES ($1, $1, 1, $2, $3, 1, $4, $5)
          """,
          [
            .integer(id), .text(state), .integer(now.seconds), .integer(now.seconds - first),
            state == "sent" ? .integer(now.seconds - first) : .null,
          ])
        try connection.run(
          "INSERT INTO attempt VALUES ($1, 1, $2, $3, $3, $4, $5, '450 4.1.2 not found')",
          [
            .integer(id), .text(address), .integer(now.seconds - first),
            .text(state == "sent" ? "accepted" : "transient"), .text(state == "sent" ? "recipient" : "recipient"),
          ])
      }
    }
    try add(1, "a@dead.example", "deferred", first: 3 * 86_400)
    try add(2, "b@dead.example", "deferred", first: 3600)
    try add(3, "a@slow.example", "deferred", first: 3 * 86_400)
    try add(4, "b@slow.example", "sent", first: 3600)
    try add(5, "a@new.example", "deferred", first: 3600)
    let found = try Ledger(bench.file).silentDomains(now: now)
    #expect(found.map(\.domain) == ["dead.example"] && found.map(\.messages) == [2])
    #expect(found.map(\.since) == [now - 3 * 86_400] && found.map(\.answer) == ["450 4.1.2 not found"])
  }
}
