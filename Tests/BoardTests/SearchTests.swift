import Board
import Forum
import SQL
import TestSupport
import Testing

@Suite("Searching posts") struct SearchTests {
  private static let texts = [
    "Живые модифицированные организмы: РЫБА в реке", "改性活生物体的风险评估由各缔约方进行", "تقييم المخاطر للكائنات الحية المحورة",
    "Évaluation des risques liés aux organismes vivants modifiés", "La evaluación del riesgo en el Perú, año 2026",
    "Risk assessment of living modified fish",
  ]

  @Test(
    "P3: finds words and parts of words in six languages, in whatever case, and words of two signs",
    arguments: [
      ("рыба", [0]), ("МОДИФИЦ", [0]), ("风险评估", [1]), ("风险", [1]), ("险", [1]), ("المخاطر", [2]), ("مخا", [2]),
      ("évaluation", [3]), ("ÉVAL", [3]), ("riesgo perú", [4]), ("2026", [4]), ("LIVING fish", [5]), ("is", [3, 5]),
      ("modif", [3, 5]), ("risk   assess", [5]), ("risk рыба", []), ("fis_", []), ("%", []), ("\"", []),
      ("fish\" OR \"a", []), ("", []), (" \u{0} ", []), ("organismes *", []), ("las", []), ("NEAR", []),
    ])
  func languages(_ text: String, _ expected: [Int]) throws {
    let fixture = try BoardFixture()
    let thread = try fixture.site.thread()
    let keys = try Self.texts.map { try fixture.post($0, in: thread) }
    for discussion in [nil, fixture.discussion] {
      let page = try #require(try fixture.board.search(text, in: discussion, for: .guest))
      #expect(page.hits.map(\.post.key) == expected.reversed().map { keys[$0] }, "\(text)")
      #expect(page.next == nil)
    }
  }

  @Test("P3: finds nothing that is hidden, waits, was deleted, changed or moved out of sight; and subjects too")
  func current() throws {
    let fixture = try BoardFixture()
    let (site, board) = (fixture.site, fixture.board)
    let thread = try site.thread()
    func found(_ word: String) throws -> Int? { try board.search(word, for: .guest)?.hits.count }
    let post = try site.post(in: thread, by: fixture.ben, "elephants", subject: "On trunks")
    #expect(try found("trunk") == 1)
    #expect(try found("elephant") == 1)
    try site.writer.setVisibility(.hidden, ofPost: post)
    #expect(try found("elephant") == 0)
    try site.writer.setVisibility(.visible, ofPost: post)
    #expect(try found("elephant") == 1)
    try site.writer.edit(post: post, body: "giraffes", at: site.clock.now)
    #expect(try found("elephant") == 0)
    #expect(try found("giraffe") == 1)
    let secret = try site.writer.addDiscussion(title: "S", slug: "s", isPrivate: true)
    try fixture.run("UPDATE thread SET discussion = $1", secret)
    #expect(try found("giraffe") == 0)
    try fixture.run("UPDATE thread SET discussion = $1", fixture.discussion)
    try fixture.run("DELETE FROM post")
    #expect(try found("giraffe") == 0)
    let pending = try site.post(in: thread, "giraffes again", state: .pending)
    #expect(try found("giraffe") == 0)
    #expect(try board.approve(pending, by: fixture.ana, now: fixture.now) == .done)
    #expect(try found("giraffe") == 1)
  }

  @Test("P3: threads are found by their titles, on the first page, but none that cannot be seen")
  func titles() throws {
    var limits = Board.Limits()
    limits.posts = 1
    let fixture = try BoardFixture(limits: limits)
    let site = fixture.site
    let fish = try site.thread("Living modified FISH")
    let unseen = try site.thread("Fish that wait")
    _ = try site.thread("Trees")
    let secret = try site.writer.addDiscussion(title: "S", slug: "s", isPrivate: true)
    _ = try site.post(in: try site.thread("Secret fish", in: secret))
    _ = try site.post(in: unseen, state: .pending)
    for _ in 1...2 { try fixture.post("fish", in: fish) }
    for word in ["fish", "LIVING fi", "sh"] {
      let page = try #require(try fixture.board.search(word, for: .guest))
      #expect(page.threads.map(\.thread.key) == [fish], "\(word)")
    }
    let next = try #require(try fixture.board.search("fish", for: .guest)?.next)
    #expect(try fixture.board.search("fish", before: next, for: .guest)?.threads == [])
  }

  @Test("P3: pages follow each other without a gap, by the index and where every text is read")
  func pages() throws {
    var limits = Board.Limits()
    (limits.posts, limits.window) = (3, 5)
    let fixture = try BoardFixture(limits: limits)
    let (thread, other) = (try fixture.site.thread(), try fixture.site.thread())
    var keys: [String] = []
    for number in 1...20 {
      let isHit = number % 2 == 0
      let key = try fixture.post(isHit ? "甲 zebra \(number)" : "nothing", in: number % 3 == 0 ? thread : other)
      if isHit { keys.append(key) }
    }
    for (word, discussion) in [("zebra", nil), ("甲", nil), ("zebra", fixture.discussion), ("甲", fixture.discussion)] {
      var (found, before, pages): ([String], String?, Int) = ([], nil, 0)
      repeat {
        let page = try #require(
          try fixture.board.search(word, in: discussion, before: before, for: .guest))
        found += page.hits.map(\.post.key)
        #expect(page.isPartial == (word == "甲"))
        (before, pages) = (page.next, pages + 1)
      } while before != nil && pages < 20
      #expect(found == keys.reversed(), "\(word)")
    }
    for before in ["x", "0", "-1", "99999999999999999999"] {
      let page = try fixture.board.search("zebra", before: before, for: .guest)
      #expect(page != nil)
    }
  }
}
