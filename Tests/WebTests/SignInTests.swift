import Forum
import Foundation
import Identifiers
import Ledger
import SQL
import TestSupport
import Testing
import Time

@testable import Web

@Suite("Signing in by a link") struct SignInTests {
  private let web: WebFixture
  private let desk: Desk

  init() throws {
    web = try WebFixture()
    desk = web.desk()
  }

  private func ask(_ address: String) throws -> PageAnswer {
    try desk.answer(Visit(.post, ["sign-in"], form: ["address": address]))
  }

  private var links: Int { web.sent.withLock { $0.count } }

  @Test("P4, X4: whether an address is known or not, the answer is the same, and comes before anybody looks")
  func sameAnswer() throws {
    let known = try ask("ana@example.net")
    let before = try web.rows()
    for address in ["nobody@example.net", "ANA@example.net", "ana@nowhere.example"] {
      let answer = try ask(address)
      #expect(answer.body == known.body)
      #expect(answer.status == known.status && answer.headers.map { $0.value } == known.headers.map { $0.value })
    }
    for wrong in ["no address", "", "ana@example.net, ben@example.net"] {
      #expect(try ask(wrong).body.contains("This is not an e-mail address."))
    }
    #expect(try web.rows() == before)
    #expect(!known.body.contains("example.net"))
    web.catchUp()
    // Ana's, once: in whatever case it is written.
    #expect(links == 1)
  }

  @Test("P4: one an hour and three a day for each address, and nobody's account name gets one")
  func bounded() throws {
    for (minute, expected) in [(0, 1), (1, 1), (59, 1), (60, 2), (121, 3), (182, 3), (1439, 3), (1441, 4)] {
      web.clock.now = Timestamp(iso8601: "2026-11-28T12:00:00Z")! + Int64(minute) * 60
      _ = try ask("ana@example.net")
      _ = try ask("ana")
      web.catchUp()
      #expect(links == expected, "after \(minute) minutes")
    }
  }

  @Test("P4: however the forum keeps an address, and however it is typed, its owner gets a link")
  func written() throws {
    let kept = ["Upper@Example.NET", " blank@example.net ", "u9@b\u{fc}cher.example", "a9@xn--bcher-kva.example"]
    for (number, address) in kept.enumerated() {
      try web.fixture.writer.addParticipant(.init(name: "p\(number)", address: address))
    }
    let typed = ["upper@example.net", "BLANK@example.net", "u9@b\u{fc}cher.example", "a9@b\u{fc}cher.example"]
    for (number, address) in typed.enumerated() {
      _ = try ask(address)
      web.catchUp()
      #expect(links == number + 1, "\(address)")
    }
  }

  @Test("P4: who share an address have one mail an hour together, and each has a turn")
  func shared() throws {
    let twins = try (0..<2).map {
      try web.fixture.writer.addParticipant(
        .init(name: "twin\($0)", address: $0 == 0 ? "twin@example.net" : "Twin@example.net"))
    }
    for hour in 0..<2 {
      for _ in 0..<3 { _ = try ask("twin@example.net") }
      web.catchUp()
      #expect(links == hour + 1)
      web.clock.advance(by: 3601)
    }
    for twin in twins { #expect(try web.signInLink(twin).isEmpty == false) }
  }

  @Test("P4: where nothing can be written nobody is promised a link, known or not; and the service says that it is ill")
  func nothingWritten() throws {
    #expect(try desk.answer(Visit(.get, ["health"])).body == "ok\n")
    web.broken.withLock { $0 = DatabaseError(.unavailable, "the disk is full") }
    for address in ["ana@example.net", "nobody@example.net"] {
      #expect(throws: DatabaseError.self) { try ask(address) }
    }
    #expect(throws: DatabaseError.self) { try desk.answer(Visit(.get, ["health"])) }
    web.catchUp()
    #expect(links == 0)
  }

  @Test("P4: the mail goes before all others, is due at once, and says nothing that somebody typed")
  func urgent() throws {
    _ = try ask("ana@example.net")
    web.catchUp()
    let (due, body) = try web.fixture.ledgerFile.read {
      try $0.first("SELECT d.due, n.body FROM delivery d JOIN notice n ON n.id = d.notice") {
        ($0.integer(0), $0.text(1))
      }!
    }
    #expect(due == 0)
    #expect(body.contains("signIn") && !body.contains("example.net"))
  }

  @Test("P4: a link signs in once, by a press and not by being opened, within a day")
  func once() throws {
    _ = try ask("ana@example.net")
    web.catchUp()
    let path = try ["in", web.signInLink(web.ana)]
    for _ in 0..<3 { #expect(try desk.answer(Visit(.get, path)).status == 200) }
    let page = try desk.answer(Visit(.get, path))
    #expect(!page.body.contains("ana@example.net"))
    #expect(try desk.answer(Visit(.post, path)).status == 403)
    let answer = try desk.answer(Visit(.post, path, form: web.form(page, "")))
    #expect(answer.status == 303 && answer.header("Location") == "/mail/settings")
    let cookie = try #require(answer.header("Set-Cookie"))
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Secure"))
    #expect(cookie.contains("Path=/mail"))
    #expect(try desk.answer(Visit(.get, path)).status == 410)
    #expect(try desk.answer(Visit(.post, path, form: web.form(page, ""))).status == 410)
  }

  @Test("P4: a link is void after a day, when its address has changed, and for another kind of page")
  func void() throws {
    _ = try ask("ana@example.net")
    web.catchUp()
    let link = try web.signInLink(web.ana)
    #expect(try desk.answer(Visit(.get, ["u", link])).status == 404)
    web.clock.now = web.clock.now + 86_399
    #expect(try desk.answer(Visit(.get, ["in", link])).status == 200)
    web.clock.now = web.clock.now + 1
    #expect(try desk.answer(Visit(.get, ["in", link])).status == 410)
    web.clock.now = web.clock.now - 3600
    try web.fixture.writer.setStanding(of: web.ana, isActive: true, address: "ana@new.example")
    #expect(try desk.answer(Visit(.get, ["in", link])).status == 410)
  }

  @Test("P4: a session ends by itself, by signing out, and with the address; and the ledger does not know its secret")
  func sessions() throws {
    func isIn(_ session: String) throws -> Bool {
      try desk.answer(Visit(.get, ["settings"], session: session)).status == 200
    }
    let session = try web.signIn(web.ana, desk)
    #expect(try !web.rows().joined().contains(session))
    #expect(try isIn(session))
    #expect(try !isIn(String(session.reversed())))
    #expect(try !isIn(""))
    // It is kept by being used, but not for ever.
    for _ in 0..<11 {
      web.clock.now = web.clock.now + 3600
      #expect(try isIn(session))
    }
    web.clock.now = web.clock.now + 3600
    #expect(try !isIn(session))
    let idle = try web.signIn(web.ana, desk)
    web.clock.now = web.clock.now + 7201
    #expect(try !isIn(idle))
    let ended = try web.signIn(web.ana, desk)
    let page = try desk.answer(Visit(.get, ["settings"], session: ended))
    #expect(try desk.answer(Visit(.post, ["sign-out"], session: ended)).status == 403)
    #expect(try isIn(ended))
    let out = try desk.answer(Visit(.post, ["sign-out"], form: web.form(page, ""), session: ended))
    #expect(out.header("Set-Cookie")?.contains("Max-Age=0") == true)
    #expect(try !isIn(ended))
  }

  @Test("P4: who is not signed in is sent to the page that signs in, and changes nothing")
  func outside() throws {
    let before = try web.rows()
    for visit in [Visit(.get, ["settings"]), Visit(.post, ["settings"], form: ["do": "save", "mode": "off"])] {
      #expect(try desk.answer(visit).header("Location") == "/mail/")
    }
    #expect(try desk.answer(Visit(.get, [])).body.contains("type=\"email\""))
    #expect(try web.rows() == before)
  }
}
