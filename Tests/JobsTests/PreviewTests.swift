import Composition
import Forum
import Jobs
import Testing
import Tokens

@Suite("A3: previews")
struct PreviewTests {
  private func preview(
    _ site: TestSite, _ post: String, to key: String, language: Language? = nil, asDigest: Bool = false
  ) throws -> ScriptedRelay.Mail? {
    let preview = try Preview(site.context, randomBytes: [UInt8](repeating: 3, count: 32)) { keys in
      Composer(settings: TestSite.composer.settings, keys: keys)
    }
    let participant = try #require(try site.fixture.source.participants(keys: [key]).first)
    return try preview.message(post: post, to: participant, language: language, asDigest: asDigest).map {
      ScriptedRelay.Mail(delivery: 0, to: $0.envelope.recipient.description, data: $0.data, outcome: nil)
    }
  }

  @Test("A3: a preview records nobody, and no token in it is signed with a key of ours")
  func harmless() throws {
    let site = try TestSite()
    let ana = try site.fixture.participant("ana", mode: .digest)
    let post = try site.fixture.post(in: site.fixture.thread())
    for asDigest in [false, true] {
      let mail = try #require(try preview(site, post, to: ana, asDigest: asDigest))
      #expect(mail.posts == [post] && mail.isDigest == asDigest)
      let tokens = mail.text.replacing("=\r\n", with: "").matches(of: /(?:\+|\/u\/)([a-z2-7]{16,})/).map(\.output.1)
      let ours = try KeyRing([0: [UInt8](repeating: 7, count: 32), 1: [UInt8](repeating: 7, count: 32)])
      #expect(tokens.count > 4 && tokens.allSatisfy { ours.verify($0) == nil })
    }
    #expect(try site.count("SELECT count(*) FROM person") == 0)
  }

  @Test("A3: a preview names the watch that decides, and a weekly reader's digest is a weekly one")
  func asItWouldBe() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana") { ($0.mode, $0.digestPeriod) = (.digest, .weekly) }
    let ben = try site.fixture.participant("ben")
    // Another run has given her a number, and the ledger keeps a watch of hers.
    let number = try #require(try site.ledger.people(keys: [ana])[ana]?.id)
    try site.ledger.put(.init(person: number, target: "", watch: Watch(scope: .everything)))
    try site.fixture.put(Watch(scope: .discussion), on: site.fixture.discussion, by: ben)
    let post = try site.fixture.post(in: thread)
    let weekly = try #require(try preview(site, post, to: ana, asDigest: true))
    #expect(weekly.subject == "BCH forum: weekly digest, 1 post")
    #expect(weekly.text.contains("You watch all discussions of BCH forum."))
    #expect(try preview(site, post, to: ben)?.text.contains("You watch this discussion.") == true)
    #expect(try preview(site, post, to: ben, language: .fr)?.text.contains("Vous suivez cette discussion.") == true)
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    #expect(try preview(site, post, to: ben) == nil)
  }
}
