import Forum
import SQL
import TestSupport
import Testing
import Time

/// The way into the embedded forum, as commands and the demo use it.
@Suite("The embedded forum's way in") struct EmbeddedForumWriterTests {
  private let fixture: ForumFixture
  private var writer: any ForumWriter { fixture.writer }

  init() throws { fixture = try ForumFixture() }

  private func count(_ table: String) throws -> Int64 {
    try fixture.forum.read { try $0.first("SELECT count(*) FROM \(table)") { $0.integer(0) } ?? 0 }
  }

  @Test("gives back the key by which the forum knows what was added")
  func keys() throws {
    var preferences = Preferences()
    (preferences.mode, preferences.language) = (.digest, .zh)
    let draft = ParticipantDraft(
      name: "Ana '; DROP TABLE post; --", address: "ana@example.net", isConfirmed: false, preferences: preferences)
    let ana = try writer.addParticipant(draft)
    let found = try #require(try fixture.source.participants(keys: [ana]).first)
    #expect(found.name == draft.name && found.address == draft.address && found.preferences == preferences)
    #expect(found.isActive && !found.isConfirmed)
    let thread = try fixture.thread()
    for visibility in Visibility.allCases {
      let key = try writer.addPost(
        PostDraft(thread: thread, author: ana, body: "$1 {post}", visibility: visibility), at: fixture.clock.now)
      let post = try #require(try fixture.source.posts(keys: [key]).first)
      #expect(post.visibility == visibility && post.body == "$1 {post}" && post.authorKey == ana)
      #expect(post.createdAt == fixture.clock.now)
    }
  }

  @Test("shows, hides and deletes a post, and no other", arguments: Visibility.allCases)
  func visibility(_ state: Visibility) throws {
    let thread = try fixture.thread()
    let (post, other) = (try fixture.post(in: thread), try fixture.post(in: thread))
    try writer.setVisibility(state, ofPost: post)
    #expect(try fixture.source.posts(keys: [post]).map(\.visibility) == [state])
    #expect(try fixture.source.posts(keys: [other]).map(\.visibility) == [.visible])
  }

  @Test("leaves nothing behind of what the tables refuse")
  func refused() throws {
    var preferences = Preferences()
    preferences.digestHour = 24
    let draft = ParticipantDraft(name: "Ana", address: "ana@example.net", preferences: preferences)
    let hour = #expect(throws: DatabaseError.self) { try writer.addParticipant(draft) }
    #expect(hour?.kind == .constraint)
    #expect(try count("participant") == 0)
    let thread = #expect(throws: DatabaseError.self) {
      try writer.addPost(PostDraft(thread: "99", author: nil, body: "b"), at: fixture.clock.now)
    }
    #expect(thread?.kind == .constraint)
    #expect(try count("post") == 0)
  }

  @Test("replaces all of a person's choices at once: one that is left out is taken back")
  func choices() throws {
    let (ana, ben) = (try fixture.participant("ana", mode: .off), try fixture.participant("ben", mode: .off))
    var preferences = Preferences()
    (preferences.zone, preferences.ownPosts, preferences.pausedUntil) = ("Asia/Kathmandu", false, Timestamp(9))
    try fixture.writer.set(preferences, of: ana)
    #expect(try fixture.source.participants(keys: [ana]).map(\.preferences) == [preferences])
    #expect(try fixture.source.participants(keys: [ben]).map(\.preferences.mode) == [.off])
  }

  @Test("closes an account, and moves it to another address only where one is given")
  func standing() throws {
    let ana = try fixture.participant("ana")
    func person() throws -> String {
      let found = try fixture.source.participants(keys: [ana])[0]
      return "\(found.isActive) \(found.address)"
    }
    try fixture.writer.setStanding(of: ana, isActive: false)
    #expect(try person() == "false ana@example.net")
    try fixture.writer.setStanding(of: ana, isActive: true, address: "new@example.net")
    #expect(try person() == "true new@example.net")
  }

  @Test("F3: a member reads a private discussion until they are one no more")
  func members() throws {
    let ana = try fixture.participant("ana")
    let closed = try fixture.writer.addDiscussion(title: "Closed", slug: "closed", isPrivate: true)
    let key = try fixture.post(in: try fixture.thread(in: closed))
    let post = try fixture.source.posts(keys: [key])[0]
    #expect(try fixture.source.readers(of: post, among: [ana]) == .only([]))
    try fixture.writer.addMember(discussion: closed, participant: ana)
    #expect(try fixture.source.readers(of: post, among: [ana, "99"]) == .only([ana].distinctKeys))
    try fixture.writer.removeMember(discussion: closed, participant: ana)
    #expect(try fixture.source.readers(of: post, among: [ana]) == .only([]))
  }

  @Test("tells whether there was a watch to remove, and removes no other")
  func watches() throws {
    let (ana, ben) = (try fixture.participant("ana"), try fixture.participant("ben"))
    let thread = try fixture.thread()
    try fixture.watch(thread: thread, by: [ana, ben])
    try fixture.put(Watch(scope: .everything), by: ana)
    #expect(try fixture.writer.removeWatch(scope: .thread, target: thread, participant: ana))
    #expect(try !fixture.writer.removeWatch(scope: .thread, target: thread, participant: ana))
    #expect(try fixture.source.watches(of: ana).map(\.watch.scope) == [.everything])
    #expect(try fixture.source.watches(of: ben).map(\.watch.scope) == [.thread])
  }
}
