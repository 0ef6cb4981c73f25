import Forum
import Testing

@Suite("Keys") struct ForumKeyTests {
  @Test("differ where their octets do, though Unicode calls them equivalent, and are in the order of those")
  func octets() {
    let (one, two) = ("\u{E9}", "e\u{301}")
    #expect(one == two && ForumKey(one) != ForumKey(two) && !String.isSameKey(one, two))
    #expect([one, two, one].distinctKeys.sortedTexts.map { Array($0.utf8) } == [Array(two.utf8), Array(one.utf8)])
    var rows: [ForumKey: Int] = [:]
    (rows[one], rows[two]) = (1, 2)
    #expect(rows.count == 2 && rows[one] == 1 && rows[two] == 2)
    #expect(String.isSameKey(nil, nil) && !String.isSameKey("a", nil) && String.isSameKey("a", "a"))
  }
}
