import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import Board

@Suite("Pages of discussions, threads and posts") struct ReadingTests {
  @Test("P3: a private discussion is nothing to whoever may not read it: list, threads, posts, feed, search, files")
  func privateDiscussion() throws {
    let fixture = try BoardFixture()
    let (site, board) = (fixture.site, fixture.board)
    let secret = try site.writer.addDiscussion(title: "Secret", slug: "secret", isPrivate: true)
    let role = try fixture.role("Focal points", in: secret)
    let cai = try site.participant("cai")
    try fixture.give(role, to: cai)
    let thread = try site.thread(in: secret)
    let post = try fixture.post("Hidden words", in: thread, by: cai)
    let shut = try site.participant("shut", isActive: false)
    try fixture.give(role, to: shut)
    for reader in [Reader.guest, .participant(fixture.ben), .participant(shut), .participant("x"), .participant("99")] {
      #expect(try board.discussions(for: reader).elements.map(\.entry.discussion.key) == [site.discussion])
      #expect(try board.discussion(secret, for: reader) == nil)
      #expect(try board.discussion(slug: "Secret", for: reader) == nil)
      #expect(try board.threads(of: secret, for: reader) == nil)
      #expect(try board.thread(thread, for: reader) == nil)
      #expect(try board.post(post, for: reader) == nil)
      #expect(try board.newest(of: secret, for: reader) == nil)
      #expect(try board.search("Hidden", in: secret, for: reader) == nil)
      #expect(try board.search("Hidden words", for: reader)?.hits == [])
      #expect(try board.pending(in: secret, for: reader) == nil)
      #expect(try board.moderators(of: secret, for: reader) == nil)
    }
    let reader = Reader.participant(cai)
    #expect(try board.discussions(for: reader).elements.map(\.entry.discussion.key) == [secret, site.discussion])
    #expect(try board.discussion(slug: "SECRET", for: reader)?.discussion.key == secret)
    #expect(try fixture.bodies(thread, for: reader) == ["Hidden words"])
    #expect(try board.post(post, for: reader)?.placed.post.body == "Hidden words")
    #expect(try board.newest(of: secret, for: reader)?.map(\.post.key) == [post])
    #expect(try board.search("hidden", for: reader)?.hits.map(\.post.key) == [post])
    #expect(try board.pending(in: secret, for: reader) == nil)
    #expect(try board.moderators(of: secret, for: reader) == [])
    try fixture.run("DELETE FROM participant_role")
    #expect(try board.thread(thread, for: reader) == nil)
  }

  @Test("P3: keys that nobody has are nothing, and no error")
  func noKeys() throws {
    let fixture = try BoardFixture()
    let reader = Reader.participant(fixture.ana)
    for key in ["", "x", "99", "-1", "99999999999999999999", "1; DROP TABLE post", "1e0"] {
      #expect(try fixture.board.thread(key, for: reader) == nil)
      #expect(try fixture.board.post(key, for: reader) == nil)
      #expect(try fixture.board.threads(of: key, for: reader) == nil)
      #expect(try fixture.board.threads(of: fixture.discussion, theme: key, for: reader) == nil)
      #expect(try fixture.board.search("abc", in: key, for: reader) == nil)
      #expect(try fixture.board.file(key, for: reader) == nil)
      #expect(try fixture.board.approve(key, by: fixture.ana, now: fixture.now) == .refused(.gone))
      #expect(try fixture.board.close(thread: key, by: fixture.ana) == .refused(.gone))
    }
  }

  @Test("P3: threads stand with the newest post first, in pages, with their posts, last author and moment")
  func threads() throws {
    var limits = Board.Limits()
    (limits.threads, limits.count) = (2, 3)
    let fixture = try BoardFixture(limits: limits)
    let site = fixture.site
    let theme = try site.writer.addTheme(discussion: site.discussion, title: "Theme 1")
    let old = try site.writer.addThread(discussion: site.discussion, title: "Old", theme: theme)
    let busy = try site.thread("Busy")
    let quiet = try site.thread("Quiet")
    let unseen = try site.thread("Unseen")
    let first = try fixture.post("1", in: old)
    _ = try fixture.post("2", in: quiet)
    try site.post(in: unseen, by: fixture.ben, "spam", state: .pending)
    for number in 1...5 { _ = try fixture.post("\(number)", in: busy, by: fixture.ana) }
    site.clock.advance(by: 60)
    let last = try fixture.post("3", in: old)
    let reader = Reader.participant(fixture.ben)
    let page = try #require(try fixture.board.threads(of: site.discussion, for: reader))
    #expect(page.threads.elements.map(\.thread.title) == ["Old", "Busy"] && page.threads.hasNext)
    #expect(page.threads.elements.map(\.posts.description) == ["2", "3+"])
    #expect(page.threads.elements[0].newest == PostSign(key: last, author: "ben", at: fixture.now))
    #expect(page.threads.elements[1].newest?.author == "ana")
    #expect(page.themes.map(\.title) == ["Theme 1"] && page.threads.elements[0].thread.theme == "Theme 1")
    let second = try #require(try fixture.board.threads(of: site.discussion, for: reader, page: 2))
    #expect(second.threads.elements.map(\.thread.title) == ["Quiet"] && !second.threads.hasNext)
    let themed = try #require(try fixture.board.threads(of: site.discussion, theme: theme, for: reader))
    #expect(themed.threads.elements.map(\.thread.title) == ["Old"] && themed.theme?.key == theme)
    // A thread whose only post waits is seen by who moderates; one without any, by everybody.
    let moderated = try #require(
      try fixture.board.threads(of: site.discussion, for: .participant(fixture.ana), page: 2))
    #expect(moderated.threads.elements.map(\.thread.title) == ["Quiet", "Unseen"])
    #expect(moderated.threads.elements.map(\.waiting) == [0, 1])
    #expect(try fixture.board.thread(unseen, for: reader) == nil)
    let empty = try site.thread("Empty")
    #expect(try fixture.board.thread(empty, for: reader)?.total == 0)
    let summary = try #require(try fixture.board.discussions(for: reader).elements.first)
    #expect(summary.threads == 3 && summary.newest?.key == last && summary.waiting == 0)
    #expect(try fixture.board.discussions(for: .participant(fixture.ana)).elements.first?.waiting == 1)
    // Hidden, the newest is another one.
    #expect(try fixture.board.hide(last, by: fixture.ana) == .done)
    #expect(try fixture.board.threads(of: site.discussion, for: reader)?.threads.elements.first?.thread.title == "Busy")
    #expect(try fixture.board.thread(old, for: reader)?.posts.map(\.key) == [first])
  }

  @Test("P3: a thread's posts stand in pages, with what they answer; a number leads to its page wherever it is moved")
  func posts() throws {
    var limits = Board.Limits()
    limits.posts = 3
    let fixture = try BoardFixture(limits: limits)
    let thread = try fixture.site.thread()
    var keys: [String] = []
    for number in 1...7 { keys.append(try fixture.post("text \(number)", in: thread)) }
    let reader = Reader.guest
    #expect(try fixture.board.thread(thread, for: reader)?.posts.map(\.key) == Array(keys[0...2]))
    let last = try #require(try fixture.board.thread(thread, page: 99, for: reader))
    #expect(last.number == 3 && last.pages == 3 && last.total == 7 && last.posts.map(\.key) == [keys[6]])
    #expect(try fixture.board.thread(thread, page: -5, for: reader)?.number == 1)
    #expect(try keys.map { try fixture.board.post($0, for: reader)?.page } == [1, 1, 1, 2, 2, 2, 3])
    #expect(try fixture.board.hide(keys[0], by: fixture.ana) == .done)
    #expect(try fixture.board.post(keys[0], for: reader) == nil)
    #expect(try fixture.board.post(keys[3], for: reader)?.page == 1)
    #expect(try fixture.board.post(keys[3], for: .participant(fixture.ana))?.page == 2)
    #expect(try fixture.board.thread(thread, for: .participant(fixture.ana))?.posts.first?.visibility == .hidden)
    let answer = try fixture.board.post(
      NewPost(thread: thread, parent: keys[1], body: "yes"), formKey: "a", by: fixture.ana, now: fixture.now)
    guard case .posted(let key, _, false) = answer else { return #expect(Bool(false), "\(answer)") }
    let shown = try #require(try fixture.board.post(key, for: reader)).placed
    #expect(shown.post.parent == ShownPost.Parent(key: keys[1], authorName: "ben") && shown.post.format == .markdown)
    let other = try fixture.site.thread("Other")
    #expect(try fixture.board.move(post: key, toThread: other, by: fixture.ana) == .done)
    let moved = try #require(try fixture.board.post(key, for: reader))
    #expect(moved.placed.thread.key == other && moved.page == 1 && moved.placed.post.parent == nil)
  }

  @Test("P3: a page's texts have so many octets at most: short ones are whole, a long one is had by itself")
  func octets() throws {
    var limits = Board.Limits()
    limits.pageOctets = 1000
    let fixture = try BoardFixture(limits: limits)
    let thread = try fixture.site.thread()
    let long = String(repeating: "فيل", count: 2000)
    try fixture.post("short", in: thread)
    let key = try fixture.post(long, in: thread)
    try fixture.post("short too", in: thread)
    let posts = try #require(try fixture.board.thread(thread, for: .guest)).posts
    #expect(posts.map(\.isCut) == [false, true, false] && posts[0].body == "short" && posts[2].body == "short too")
    #expect((980...1000).contains(posts.map(\.body.utf8.count).reduce(0, +)))
    #expect(long.hasPrefix(posts[1].body))
    #expect(try fixture.board.post(key, for: .guest)?.placed.post.body == long)
  }

  @Test(
    "P3: the newest posts of a discussion, for its feed, whichever thread they stand in; moderators by member or role")
  func newest() throws {
    let fixture = try BoardFixture()
    let (one, two) = (try fixture.site.thread("one"), try fixture.site.thread("two"))
    let elsewhere = try fixture.site.writer.addDiscussion(title: "Other", slug: "other")
    let third = try fixture.site.thread(in: elsewhere)
    var keys: [String] = []
    for number in 1...30 {
      keys.append(try fixture.post("\(number)", in: [one, two, one][number % 3]))
      try fixture.post("noise", in: third)
    }
    let hidden = keys.removeLast()
    #expect(try fixture.board.hide(hidden, by: fixture.ana) == .done)
    let found = try #require(try fixture.board.newest(of: fixture.discussion, limit: 15, for: .guest))
    #expect(found.map(\.post.key) == Array(keys.reversed().prefix(15)))
    #expect(found.allSatisfy { $0.entry.discussion.key == fixture.discussion })
    let role = try fixture.role("Secretariat", in: fixture.discussion, moderates: true)
    try fixture.give(role, to: fixture.ben)
    try fixture.give(role, to: fixture.ana)
    #expect(try fixture.board.moderators(of: fixture.discussion, for: .guest) == ["ana", "ben"])
  }
}
