import SQL
import Testing

@Suite("Opaque text") struct OpaqueTextTests {
  @Test(
    "ends where the database ends it",
    arguments: [
      ("'a' b", 3), ("'it''s'", 4), ("''", 2), ("'open", 5), ("\"$1\" x", 4), ("-- a\nb", 4), ("--", 2),
      ("/* a */b", 7), ("/*/ a */b", 8), ("/* a *", 6), ("/* a /* b */ c", 12), ("- a", nil), ("/ a", nil),
      ("a 'b'", nil), ("-", nil), ("/", nil),
    ] as [(String, Int?)])
  func ends(_ sql: String, _ end: Int?) { #expect(OpaqueText.end(in: Array(sql.utf8), from: 0) == end) }
}
