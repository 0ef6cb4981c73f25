import Board
import Forum
import SQL
import TestSupport
import Testing
import Time

@Suite("Posting on pages") struct PostingTests {
  @Test("P3: a form posts once, however often it is sent, and is nobody else's")
  func once() throws {
    let fixture = try BoardFixture()
    let thread = try fixture.site.thread()
    let draft = NewPost(thread: thread, body: "Hello")
    let first = try fixture.board.post(draft, formKey: "k", by: fixture.ben, now: fixture.now)
    #expect(try fixture.board.post(draft, formKey: "k", by: fixture.ben, now: fixture.now) == first)
    #expect(try fixture.board.post(draft, formKey: "k", by: fixture.ana, now: fixture.now) == .refused(.noRight))
    let begun = NewThread(discussion: fixture.discussion, title: " A thread ", body: "Text")
    let started = try fixture.board.startThread(begun, formKey: "t", by: fixture.ben, now: fixture.now)
    #expect(try fixture.board.startThread(begun, formKey: "t", by: fixture.ben, now: fixture.now) == started)
    #expect(try fixture.board.thread(thread, for: .guest)?.total == 1)
    let threads = try fixture.board.threads(of: fixture.discussion, for: .guest)?.threads.elements
    #expect(threads?.map(\.thread.title) == ["A thread", "Living modified fish"])
  }

  @Test("P3: twenty who post at once, each form twice, wait for nobody for long and are all there once")
  func atOnce() async throws {
    let fixture = try BoardFixture()
    let thread = try fixture.site.thread()
    let boards = try (0..<4).map { _ in Board(try fixture.site.anotherForum()) }
    let (ben, now, discussion) = (fixture.ben, fixture.now, fixture.discussion)
    let outcomes = try await withThrowingTaskGroup(of: PostOutcome.self) { group in
      for number in 0..<40 {
        group.addTask {
          let board = boards[number % 4]
          if number % 8 < 4 {
            return try board.post(
              NewPost(thread: thread, body: "\(number / 2)"), formKey: "k\(number / 2)", by: ben, now: now)
          }
          return try board.startThread(
            NewThread(discussion: discussion, title: "t\(number / 2)", body: "x"), formKey: "k\(number / 2)", by: ben,
            now: now)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(outcomes).count == 20)
    #expect(try fixture.site.forum.read { try $0.query("SELECT 1 FROM post") { _ in 1 }.count } == 20)
    #expect(try fixture.board.thread(thread, for: .guest)?.total == 10)
    #expect(try fixture.site.forum.read { try $0.query("SELECT 1 FROM thread") { _ in 1 }.count } == 11)
  }

  @Test("P3: a discussion that has not opened, or has closed by hour or by hand, and a closed thread take no posts")
  func hours() throws {
    let fixture = try BoardFixture()
    let (site, now) = (fixture.site, fixture.now)
    func outcome(opens: Timestamp? = nil, closes: Timestamp? = nil, closed: Bool = false, thread: Bool = false) throws
      -> BoardRefusal?
    {
      let discussion = try site.writer.addDiscussion(title: "D", slug: "", opensAt: opens, closesAt: closes)
      let key = try site.thread(in: discussion)
      if closed { try fixture.run("UPDATE discussion SET closed = 1 WHERE id = $1", discussion) }
      if thread { try fixture.run("UPDATE thread SET closed = 1 WHERE id = $1", key) }
      // They are read all the same.
      #expect(try fixture.board.thread(key, for: .guest)?.entry.discussion.opensAt == opens)
      let outcome = try fixture.board.post(
        NewPost(thread: key, body: "x"), formKey: .unique(), by: fixture.ben, now: now)
      let begun = try fixture.board.startThread(
        NewThread(discussion: discussion, title: "x", body: "x"), formKey: .unique(), by: fixture.ben, now: now)
      guard case .refused(let refusal) = outcome else { return nil }
      if !thread { #expect(begun == outcome) }
      return refusal
    }
    #expect(try outcome() == nil)
    #expect(try outcome(opens: now, closes: now + 1) == nil)
    #expect(try outcome(opens: now + 1) == .notOpenYet)
    #expect(try outcome(closes: now) == .discussionClosed)
    #expect(try outcome(closed: true) == .discussionClosed)
    #expect(try outcome(thread: true) == .threadClosed)
  }

  @Test("P3: who is not invited posts neither on the page nor by mail; a moderated discussion lets posts wait")
  func rights() throws {
    let fixture = try BoardFixture()
    let site = fixture.site
    let invited = try site.writer.addDiscussion(title: "Invited", slug: "invited", isModerated: true)
    try fixture.run("UPDATE discussion SET posting = 'invited' WHERE id = $1", invited)
    let thread = try site.thread(in: invited)
    let root = try site.post(in: thread, "root")
    let (speakers, observers) = (
      try fixture.role("Speakers", in: invited), try fixture.role("Observers", in: invited, mayPost: false)
    )
    let chairs = try fixture.role("Chairs", in: invited, mayPost: false, moderates: true)
    let people = try ["s", "o", "c", "n"].map { try site.participant($0) }
    try fixture.give(speakers, to: people[0])
    try fixture.give(observers, to: people[1])
    try fixture.give(chairs, to: people[2])
    let expected: [PostState] = [.pending, .refused, .visible, .refused]
    for (person, state) in zip(people, expected) {
      let page = try fixture.board.post(
        NewPost(thread: thread, body: "by page"), formKey: .unique(), by: person, now: fixture.now)
      #expect(PostState(page) == state)
      let mail = try site.writer.post(
        ReplyDraft(
          mailKey: "m\(person)", author: person, parent: root, body: "by mail", arrivedAt: fixture.now, now: fixture.now
        ))
      #expect(PostState(mail) == state)
    }
    // Who may not read is told of nothing.
    try fixture.run("UPDATE discussion SET is_private = 1 WHERE id = $1", invited)
    let outsider = try fixture.board.post(
      NewPost(thread: thread, body: "x"), formKey: "z", by: people[3], now: fixture.now)
    #expect(outsider == .refused(.gone))
    let pending = try #require(try fixture.board.pending(in: invited, for: .participant(people[2])))
    #expect(pending.elements.map(\.post.body) == ["by page", "by mail"])
    // Its author sees what waits, by its number.
    let waiting = try #require(pending.elements.first).post.key
    #expect(try fixture.board.post(waiting, for: .participant(people[0]))?.placed.post.visibility == .pending)
    #expect(try fixture.board.post(waiting, for: .participant(people[1])) == nil)
  }

  private enum PostState {
    case visible, pending, refused
    init(_ outcome: PostOutcome) {
      guard case .posted(_, _, let isPending) = outcome else {
        self = .refused
        return
      }
      self = isPending ? .pending : .visible
    }
    init(_ answer: ReplyAnswer) {
      guard case .posted(_, let isPending) = answer else {
        self = .refused
        return
      }
      self = isPending ? .pending : .visible
    }
  }

  @Test("P3: what is empty or too long, or answers what is not there, is refused")
  func drafts() throws {
    let fixture = try BoardFixture()
    let (thread, other) = (try fixture.site.thread(), try fixture.site.thread())
    let elsewhere = try fixture.post("elsewhere", in: other)
    func refusal(_ draft: NewPost) throws -> BoardRefusal? {
      let outcome = try fixture.board.post(draft, formKey: .unique(), by: fixture.ben, now: fixture.now)
      if case .refused(let refusal) = outcome { return refusal } else { return nil }
    }
    #expect(try refusal(NewPost(thread: thread, body: " \n\u{3000}")) == .empty)
    #expect(
      try refusal(NewPost(thread: thread, body: String(repeating: "a", count: 200_001))) == .tooLong(limit: 200_000))
    #expect(
      try refusal(NewPost(thread: thread, subject: String(repeating: "a", count: 201), body: "x"))
        == .tooLong(limit: 200))
    for parent in [elsewhere, "99", "x"] {
      #expect(try refusal(NewPost(thread: thread, parent: parent, body: "x")) == .gone)
    }
    let large = NewFile(name: "a", type: "application/pdf", content: Array(repeating: 0, count: 5_000_001))
    let small = NewFile(name: "a", type: "application/pdf", content: [1])
    #expect(try refusal(NewPost(thread: thread, body: "x", files: [large])) == .filesTooLarge(limit: 5_000_000))
    #expect(
      try refusal(NewPost(thread: thread, body: "x", files: Array(repeating: small, count: 6)))
        == .tooManyFiles(limit: 5))
    let untitled = try fixture.board.startThread(
      NewThread(discussion: fixture.discussion, title: "  ", body: "x"), formKey: "u", by: fixture.ben, now: fixture.now
    )
    let wrongTheme = try fixture.board.startThread(
      NewThread(discussion: fixture.discussion, theme: "7", title: "t", body: "x"), formKey: "w", by: fixture.ben,
      now: fixture.now)
    #expect(untitled == .refused(.empty) && wrongTheme == .refused(.gone))
  }

  @Test("P3: files come with the post, octet for octet, and are had by whoever may read it; mails name them")
  func files() throws {
    let fixture = try BoardFixture()
    let thread = try fixture.site.thread()
    let octets = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let draft = NewPost(
      thread: thread, body: "See", files: [NewFile(name: "map.pdf", type: "application/pdf", content: octets)])
    let outcome = try fixture.board.post(draft, formKey: "f", by: fixture.ben, now: fixture.now)
    guard case .posted(let post, _, _) = outcome else { return #expect(Bool(false), "\(outcome)") }
    let more = NewFile(name: "empty.txt", type: "text/plain", content: [])
    #expect(try fixture.board.attach(more, to: post, by: fixture.ben, now: fixture.now + 60) == .done)
    #expect(try fixture.board.attach(more, to: post, by: fixture.ana, now: fixture.now) == .refused(.noRight))
    #expect(try fixture.board.attach(more, to: post, by: fixture.ben, now: fixture.now + 901) == .refused(.tooLate))
    let files = try #require(try fixture.board.thread(thread, for: .guest)?.posts.first).files
    #expect(files.map(\.name) == ["map.pdf", "empty.txt"] && files.map(\.octets) == [70_000, 0])
    #expect(files.allSatisfy(\.isHere) && files.map(\.type) == ["application/pdf", "text/plain"])
    let found = try #require(try fixture.board.file(files[0].key, for: .guest))
    #expect(found.content == octets && found.post == post)
    #expect(try fixture.board.file(files[1].key, for: .guest)?.content == [])
    #expect(try fixture.site.source.attachments(ofPosts: [post]).map(\.name) == ["map.pdf", "empty.txt"])
    #expect(try fixture.board.hide(post, by: fixture.ana) == .done)
    #expect(try fixture.board.file(files[0].key, for: .guest) == nil)
    #expect(try fixture.board.file(files[0].key, for: .participant(fixture.ana)) != nil)
  }

  @Test("P3: an author may change a post for 15 minutes, but not what a moderator has read and shown")
  func editing() throws {
    let fixture = try BoardFixture()
    let thread = try fixture.site.thread()
    let post = try fixture.post("first", in: thread)
    let board = fixture.board
    #expect(try board.edit(post, body: "second", by: fixture.ben, now: fixture.now + 900) == .done)
    #expect(try board.edit(post, body: "second", by: fixture.ben, now: fixture.now + 900) == .unchanged)
    #expect(try board.edit(post, body: "third", by: fixture.ben, now: fixture.now + 901) == .refused(.tooLate))
    #expect(try board.edit(post, body: " ", by: fixture.ben, now: fixture.now) == .refused(.empty))
    #expect(try board.edit(post, body: "x", by: fixture.ana, now: fixture.now) == .refused(.noRight))
    let shown = try #require(try board.post(post, for: .guest)).placed.post
    #expect(shown.body == "second" && shown.editedAt == fixture.now + 900)
    #expect(try board.search("second", for: .guest)?.hits.count == 1)
    #expect(try board.search("first", for: .guest)?.hits.count == 0)
    try fixture.run("UPDATE discussion SET is_moderated = 1")
    let waiting = try fixture.post("waits", in: thread)
    #expect(try board.edit(waiting, body: "still waits", by: fixture.ben, now: fixture.now) == .done)
    #expect(try board.approve(waiting, by: fixture.ana, now: fixture.now) == .done)
    #expect(try board.edit(waiting, body: "sold", by: fixture.ben, now: fixture.now) == .refused(.approvedAlready))
  }

  @Test(
    "P3: moderators approve, hide, show, move and close; nobody else does, and nobody moves into what is not theirs")
  func moderating() throws {
    let fixture = try BoardFixture()
    let (board, site, ana) = (fixture.board, fixture.site, fixture.ana)
    try fixture.run("UPDATE discussion SET is_moderated = 1")
    let thread = try site.thread()
    let waiting = try fixture.post("waits", in: thread)
    let unseen = try fixture.post("spam", in: thread)
    let later = fixture.now + 500
    #expect(try board.approve(waiting, by: fixture.ben, now: later) == .refused(.gone))
    #expect(try board.approve(waiting, by: ana, now: later) == .done)
    #expect(try board.approve(waiting, by: ana, now: later + 1) == .unchanged)
    #expect(try board.post(waiting, for: .guest)?.placed.post.visibleAt == later)
    #expect(try board.hide(waiting, by: fixture.ben) == .refused(.noRight))
    #expect(try board.hide(unseen, by: ana) == .done)
    #expect(try board.approve(unseen, by: ana, now: later) == .unchanged)
    #expect(try board.show(unseen, by: ana, now: later + 9) == .done)
    #expect(try board.post(unseen, for: .guest)?.placed.post.visibleAt == later + 9)
    #expect(try board.hide(unseen, by: ana) == .done)
    #expect(try board.show(unseen, by: ana, now: later + 99) == .done)
    #expect(try board.post(unseen, for: .guest)?.placed.post.visibleAt == later + 9)
    let secret = try site.writer.addDiscussion(title: "Secret", slug: "secret", isPrivate: true)
    let public2 = try site.writer.addDiscussion(title: "Public", slug: "public")
    let (hiddenThread, publicThread) = (try site.thread(in: secret), try site.thread(in: public2))
    #expect(try board.move(post: waiting, toThread: hiddenThread, by: ana) == .refused(.gone))
    #expect(try board.move(post: waiting, toThread: publicThread, by: ana) == .refused(.noRight))
    #expect(try board.move(thread: thread, toDiscussion: secret, by: ana) == .refused(.gone))
    #expect(try board.move(thread: thread, toDiscussion: public2, by: ana) == .refused(.noRight))
    try fixture.run("INSERT INTO member (discussion, participant, moderates) VALUES ($1, $2, 1)", secret, ana)
    let theme = try site.writer.addTheme(discussion: secret, title: "T")
    #expect(try board.move(thread: thread, toDiscussion: fixture.discussion, theme: theme, by: ana) == .refused(.gone))
    #expect(try board.move(thread: thread, toDiscussion: secret, theme: theme, by: fixture.ben) == .refused(.noRight))
    #expect(try board.move(thread: thread, toDiscussion: secret, theme: theme, by: ana) == .done)
    #expect(try board.move(thread: thread, toDiscussion: secret, theme: theme, by: ana) == .unchanged)
    #expect(try board.thread(thread, for: .guest) == nil)
    #expect(try board.thread(thread, for: .participant(ana))?.themeKey == theme)
    #expect(try board.close(thread: thread, by: ana) == .done)
    #expect(try board.close(thread: thread, by: ana) == .unchanged)
    #expect(try board.close(thread: thread, false, by: ana) == .done)
    #expect(try board.close(thread: publicThread, by: fixture.ben) == .refused(.noRight))
  }
}
