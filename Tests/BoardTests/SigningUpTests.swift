import Board
import Forum
import SQL
import TestSupport
import Testing
import Time

@Suite("Signing up") struct SigningUpTests {
  @Test("P4: an address waits until it is confirmed, is one however it is typed, and is forgotten after a day")
  func signUp() throws {
    let fixture = try BoardFixture()
    let (board, now, writer) = (fixture.board, fixture.now, fixture.site.writer)
    #expect(try board.signUp("BEN@example.net ", now: now) == .known(key: fixture.ben))
    guard case .waiting(let key) = try board.signUp("new@example.org", now: now) else { return #expect(Bool(false)) }
    #expect(try board.signUp("New@Example.org", now: now + 60) == .waiting(key: key))
    // Nobody can be them, or be mailed as them.
    let person = try #require(try fixture.site.source.participants(keys: [key]).first)
    #expect(!person.isConfirmed && person.name.isEmpty)
    let thread = try fixture.site.thread()
    let outcome = try board.post(NewPost(thread: thread, body: "x"), formKey: "x", by: key, now: now)
    #expect(outcome == .refused(.noRight))
    #expect(try writer.forgetSignUps(before: now, limit: 10) == 0)
    #expect(try board.confirm(key, name: "  ", language: nil, zone: nil) == .refused(.empty))
    #expect(try board.confirm(fixture.ben, name: "Mallory", language: nil, zone: nil) == .unchanged)
    #expect(try board.confirm("77", name: "N", language: nil, zone: nil) == .refused(.gone))
    #expect(try board.confirm(key, name: "New\nOne", language: .fr, zone: "Africa/Nairobi", country: "ke") == .done)
    #expect(try board.confirm(key, name: "Else", language: nil, zone: nil) == .unchanged)
    let confirmed = try #require(try fixture.site.source.participants(keys: [key]).first)
    #expect(confirmed.isConfirmed && confirmed.preferences.language == .fr && !confirmed.name.contains("\n"))
    guard case .waiting(let lost) = try board.signUp("lost@example.org", now: now) else { return #expect(Bool(false)) }
    #expect(try writer.forgetSignUps(before: now + 1, limit: 10) == 1)
    #expect(try board.confirm(lost, name: "Late", language: nil, zone: nil) == .refused(.gone))
    #expect(try fixture.site.source.participants(keys: [key, fixture.ben]).count == 2)
  }

  @Test("P4: an account that was closed is not opened by signing up, and no more addresses wait than are allowed")
  func bounds() throws {
    var limits = Board.Limits()
    limits.signUps = 2
    let fixture = try BoardFixture(limits: limits)
    let shut = try fixture.site.participant("shut", isActive: false)
    let unconfirmed = try fixture.site.participant("waits", isConfirmed: false)
    #expect(try fixture.board.signUp("shut@example.net", now: fixture.now) == .known(key: shut))
    #expect(try fixture.board.signUp("waits@example.net", now: fixture.now) == .known(key: unconfirmed))
    #expect(try fixture.board.confirm(shut, name: "S", language: nil, zone: nil) == .refused(.gone))
    #expect(try fixture.board.confirm(unconfirmed, name: "S", language: nil, zone: nil) == .refused(.gone))
    for name in ["a", "b"] { _ = try fixture.board.signUp("\(name)@example.org", now: fixture.now) }
    #expect(try fixture.board.signUp("c@example.org", now: fixture.now) == .refused(.tooMany))
    guard case .waiting = try fixture.board.signUp("a@example.org", now: fixture.now) else {
      return #expect(Bool(false))
    }
    let later = fixture.now + 90_000
    guard case .waiting = try fixture.board.signUp("c@example.org", now: later) else { return #expect(Bool(false)) }
  }
}
