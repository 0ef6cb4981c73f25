import Forum
import ForumSources
import TestSupport
import Testing

@Suite("A6: erasing a participant of the embedded forum") struct ErasedParticipantTests {
  @Test("A6: their row loses what tells who they are, their posts stay with it, and everybody else's row is as it was")
  func row() throws {
    let site = try ForumFixture()
    let ana = try site.participant("zurbaran", mode: .digest) { $0.zone = "Africa/Nairobi" }
    let bo = try site.participant("bo")
    let thread = try site.thread()
    try site.watch(thread: thread, by: [ana, bo])
    try site.writer.addMember(discussion: site.discussion, participant: ana)
    let post = try site.post(in: thread, by: ana, "I agree.")
    let other = try site.source.participants(keys: [bo]).first
    #expect(try site.writer.eraseParticipant(ana))
    let erased = try #require(try site.source.participants(keys: [ana]).first)
    #expect(erased.name == EmbeddedForumWriter.erasedName && erased.address.isEmpty)
    #expect(!erased.isActive && !erased.isConfirmed && erased.preferences == Preferences())
    #expect(try site.source.watches(of: ana).isEmpty)
    #expect(try site.source.participants(named: "zurbaran@example.net").isEmpty)
    let shown = try #require(try site.source.posts(keys: [post]).first)
    #expect(shown.authorKey == ana && shown.authorName == EmbeddedForumWriter.erasedName && shown.body == "I agree.")
    #expect(try site.source.participants(keys: [bo]).first == other)
    #expect(
      try site.source.watchers(thread: thread, discussion: site.discussion, after: nil, limit: 9).watchers.count == 1)
  }

  @Test("A6: erasing twice changes nothing more; nobody is erased who is not there")
  func twice() throws {
    let site = try ForumFixture()
    let ana = try site.participant("zurbaran")
    #expect(try site.writer.eraseParticipant(ana))
    #expect(try !site.writer.eraseParticipant(ana) && !site.writer.eraseParticipant("4711"))
    // Such as from a backup.
    try site.forum.write { try $0.run("UPDATE participant SET name = 'zurbaran' WHERE id = $1", [.text(ana)]) }
    #expect(try site.writer.eraseParticipant(ana))
  }
}
