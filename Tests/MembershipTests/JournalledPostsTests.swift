import Forum
import Identifiers
import Ledger
import Membership
import TestSupport
import Testing

@Suite("A journalled post") struct JournalledPostsTests {
  private let site: MembersFixture
  private let thread: String
  private var posts: JournalledPosts { JournalledPosts(site.members(isForeign: false)) }

  init() throws {
    site = try MembersFixture()
    thread = try site.fixture.thread("Living modified fish")
  }

  private func addPost(answering parent: String? = nil) throws -> String {
    try site.fixture.writer.addPost(thread: thread, author: nil, body: "b", parent: parent, at: site.clock.now)
  }

  /// Why there is no copy; nil if there is one.
  private func reason(_ loaded: JournalledPosts.Loaded?) -> SkipReason? {
    if case .withdrawn(let reason, _)? = loaded { reason } else { nil }
  }

  private func copy(_ position: JournalPosition) throws -> PostCopy? {
    guard case .post(let copy, let entry)? = try posts.posts([position], .whole)[position] else { return nil }
    #expect(entry.position == position)
    return copy
  }

  private func ancestors(of key: String) throws -> [JournalPosition]? {
    let position = try #require(try site.ledger.journalEntries(postKeys: [key]).first?.position)
    return try copy(position)?.ancestors.map(\.position)
  }

  @Test("C4: comes with its text, thread and discussion as they stand now, and with the key of its journalling")
  func shown() throws {
    let key = try addPost()
    let position = try site.journal(key)[0]
    try site.fixture.writer.edit(post: key, body: "edited", at: site.clock.now)
    try site.fixture.forum.write { try $0.run("UPDATE thread SET title = 'Renamed'") }
    let copy = try #require(try copy(position))
    #expect(copy.post.body == "edited" && copy.thread.title == "Renamed")
    #expect(copy.discussion.title == "Risk assessment" && copy.ancestors.isEmpty)
    #expect(copy.journalled == PostCopy.Journalled(position: position, key: 3))
  }

  @Test("C4, M6: comes with the files that it has now; one that is not shown has none")
  func files() throws {
    let (key, hidden) = (try addPost(), try addPost())
    let position = try site.journal(key)[0]
    let other = try site.journal(hidden)[0]
    try site.fixture.writer.addAttachment(post: key, name: "a.pdf", octets: 12, url: "https://e.org/a")
    try site.fixture.writer.addAttachment(post: hidden, name: "b.pdf")
    #expect(
      try copy(position)?.attachments == [PostAttachment(post: key, name: "a.pdf", octets: 12, url: "https://e.org/a")])
    try site.fixture.writer.addAttachment(post: key, name: "c.pdf")
    #expect(try copy(position)?.attachments.map(\.name) == ["a.pdf", "c.pdf"])
    guard case .post(let sized, _)? = try posts.posts([position], .sized)[position] else {
      Issue.record("no copy")
      return
    }
    #expect(sized.attachments == [])
    var whole: [String] = []
    try posts.whole([sized]) { whole += $0.attachments.map(\.name) }
    #expect(whole == ["a.pdf", "c.pdf"])
    try site.fixture.writer.setVisibility(.hidden, ofPost: hidden)
    #expect(try copy(other) == nil)
  }

  @Test("M6: says whom it answers, as long as readers can see that post in the same thread")
  func parent() throws {
    let ana = try site.fixture.participant("ana")
    let parent = try site.fixture.writer.addPost(thread: thread, author: ana, body: "b", at: site.clock.now)
    let key = try addPost(answering: parent)
    let position = try site.journal(key)[0]
    let expected = PostCopy.Answered(number: parent, authorName: "ana")
    #expect(try copy(position)?.parent == expected)
    guard case .post(let sized, _)? = try posts.posts([position], .sized)[position] else {
      Issue.record("no copy")
      return
    }
    var whole: [PostCopy.Answered?] = []
    try posts.whole([sized]) { whole.append($0.parent) }
    #expect(sized.parent == nil && whole == [expected])
    try site.fixture.writer.setVisibility(.hidden, ofPost: parent)
    #expect(try copy(position) != nil && copy(position)?.parent == nil)
    try site.fixture.writer.setVisibility(.visible, ofPost: parent)
    let other = try site.fixture.thread("Other")
    try site.fixture.forum.write {
      try $0.run("UPDATE post SET thread = $2 WHERE id = $1", [.text(parent), .text(other)])
    }
    #expect(try copy(position)?.parent == nil)
  }

  @Test(
    "C6: has no copy while it is not shown: hidden, though it may come back, or gone",
    arguments: [
      (.visible, nil), (.pending, .hidden), (.hidden, .hidden), (.deleted, .gone),
    ] as [(Visibility, SkipReason?)])
  func visibility(_ state: Visibility, _ expected: SkipReason?) throws {
    let key = try addPost()
    let position = try site.journal(key)[0]
    try site.fixture.writer.setVisibility(state, ofPost: key)
    #expect(reason(try posts.posts([position], .whole)[position]) == expected)
    #expect(try (copy(position) != nil) == (expected == nil))
  }

  @Test("C6: whose row is no more is gone; one whose thread is missing is hidden; others beside them are loaded")
  func missing() throws {
    let other = try site.fixture.thread("Other")
    let keys = [try addPost(), try addPost(), try site.fixture.post(in: other)]
    let positions = try site.journal(keys[0], keys[1], keys[2])
    try site.fixture.forum.write { try $0.run("DELETE FROM post WHERE id = $1", [.text(keys[0])]) }
    site.forum.lose(thread: other)
    let loaded = try posts.posts(positions + [JournalPosition(999)], .whole)
    #expect(positions.map { reason(loaded[$0]) } == [.gone, nil, .hidden])
    #expect(loaded.count == 3)
    #expect(
      try site.ledger.setAside(limit: 9).map(\.fault.description) == [
        "query threads, thread \(other): `\(other)` in column `id` is not in its answer, and post \(keys[2]), which is "
          + "visible, stands there"
      ])
  }

  @Test("of many, each asked about twice, takes four questions to the forum; of none it takes none")
  func questions() throws {
    let other = try site.fixture.thread()
    let positions = try site.journal(addPost(), addPost(), site.fixture.post(in: other))
    let asked = try site.forum.asked {
      let loaded = try posts.posts(positions + positions, .whole)
      #expect(loaded.count == 3)
    }
    #expect(asked == ["posts", "threads", "discussions", "attachments"])
    let askedForNone = try site.forum.asked { _ = try posts.posts([], .whole) }
    #expect(askedForNone.isEmpty)
  }

  @Test("M4: names its nearest ancestors, at most five, the oldest first")
  func chain() throws {
    var keys = [try addPost()]
    for _ in 1...7 { keys.append(try addPost(answering: keys.last)) }
    let positions = try keys.map { try site.journal($0)[0] }
    for (index, key) in keys.enumerated() {
      #expect(try ancestors(of: key) == Array(positions[max(0, index - 5)..<index]), "post \(index)")
    }
  }

  @Test("M4: names no ancestor beyond one that is not in the journal")
  func notJournalled() throws {
    let first = try addPost()
    let second = try addPost(answering: first)
    let third = try addPost(answering: second)
    let fourth = try addPost(answering: third)
    let positions = try site.journal(first, third, fourth)
    #expect(try ancestors(of: fourth) == [positions[1]])
    #expect(try ancestors(of: third) == [])
  }

  @Test("M4: journalled before parents were kept ends the chain")
  func beforeParents() throws {
    let first = try addPost()
    let second = try addPost(answering: first)
    let third = try addPost(answering: second)
    let positions = try site.journal(first, second, third)
    try site.fixture.ledgerFile.write {
      try $0.run("UPDATE journal SET parent_key = NULL WHERE post_key = $1", [.text(second)])
    }
    #expect(try ancestors(of: third) == [positions[1]])
    // Of the post itself the forum's word counts, not the journal's.
    #expect(try ancestors(of: second) == [positions[0]])
  }

  @Test("M4: whose ancestors answer each other in a circle names each once, and never itself")
  func circle() throws {
    let first = try addPost()
    let second = try addPost(answering: first)
    let third = try addPost(answering: second)
    try site.fixture.forum.write {
      try $0.run("UPDATE post SET parent = $2 WHERE id = $1", [.text(first), .text(second)])
    }
    let positions = try site.journal(first, second, third)
    #expect(try ancestors(of: third) == [positions[0], positions[1]])
    #expect(try ancestors(of: first) == [positions[1]])
  }
}
