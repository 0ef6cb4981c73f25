import Forum
import Mistakes
import Testing
import Time

@testable import ForumSources

@Suite("A mapping that a run refused") struct RefusedMappingTests {
  private func refused(_ messages: [String]) -> RefusedMapping? {
    var findings = MappingFindings()
    findings.mistakes = messages.map { Mistake("corp.yaml", line: 7, key: "queries.watchers", $0) }
    return RefusedMapping(findings, fingerprint: "f", at: Timestamp(1_770_000_000))
  }

  @Test("E8: is remembered as it was told, for that mapping alone")
  func remembered() throws {
    let note = try #require(refused(["it finds nobody"])).note
    #expect(RefusedMapping(note: note, fingerprint: "g") == nil)
    #expect(RefusedMapping(note: "", fingerprint: "f") == nil && RefusedMapping(note: nil, fingerprint: "f") == nil)
    let told = try #require(RefusedMapping(note: note, fingerprint: "f")).told(file: "corp.yaml").map(\.description)
    #expect(told.count == 2 && told[0] == "corp.yaml:7: queries.watchers: it finds nobody")
    #expect(told[1].hasPrefix("corp.yaml: it was refused at 2026-02-02T02:40:00Z, and has not changed since; mend it"))
  }

  @Test("E1, E8: is not where the forum's rows were to blame, which heal by being mended")
  func rows() {
    let rows = "12 of 40 \(RowFault.ofAll): corp, query watchers: `x` in column `since` is no moment in UTC"
    #expect(refused([rows]) == nil)
    #expect(refused([rows, "it finds nobody"]) != nil)
    #expect(refused(["12 of 40 \(RowFault.ofAll): `1 and 0` in column `active` \(SQLForum.contradicting)"]) != nil)
  }
}
