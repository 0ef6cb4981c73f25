import Forum
import Identifiers
import Ledger
import Membership
import TestSupport
import Testing
import Time
import Tokens

@testable import Web

@Suite("Stopping, and having mail again") struct StoppingTests {
  private let web: WebFixture

  init() throws { web = try WebFixture() }

  @Test("P2: looking at a link changes nothing and uses nothing up, by whatever method but POST")
  func scanners() throws {
    let desk = web.desk()
    let position = try web.journal(web.post)
    _ = try desk.answer(Visit(.post, ["sign-in"], form: ["address": "ana@example.net"]))
    web.catchUp()
    let links = try [
      ["u", web.link(web.ana, post: position)], ["u", web.link(web.ana)], ["in", web.signInLink(web.ana)],
    ]
    let before = try web.rows()
    for path in links {
      for method in [Visit.Method.get, .head, .other] { _ = try desk.answer(Visit(method, path)) }
      // As a scanner that tries every field of the query.
      _ = try desk.answer(Visit(.get, path, query: ["do": "stop", "List-Unsubscribe": "One-Click", "lang": "fr"]))
    }
    #expect(try web.rows() == before)
  }

  @Test(
    "P2: one press stops at once and once, without cookie, proof or page, whatever origin is told",
    arguments: [true, false])
  func oneClick(isForeign: Bool) throws {
    let desk = web.desk(isForeign: isForeign)
    let path = try ["u", web.link(web.ana, post: web.journal(web.post))]
    let press = Visit(
      .post, path, form: ["List-Unsubscribe": "One-Click"], origin: "https://mail.example.com", fetchSite: "cross-site")
    #expect(try desk.answer(press).status == 200)
    let watches = try web.watches(web.ana, isForeign: isForeign)
    #expect(watches.allSatisfy { $0.watch.isMute })
    let before = try web.rows()
    #expect(try desk.answer(press).status == 200)
    #expect(try web.rows() == before)
    #expect(try web.watches(web.ben, isForeign: isForeign).contains { !$0.watch.isMute })
  }

  @Test("P2: a digest's link stops all mail, also where the forum itself says how mails come")
  func stopAll() throws {
    let eva = try web.fixture.participant("eva", mode: .instant)
    let desk = web.desk(isForeign: true)
    let page = try desk.answer(Visit(.get, ["u", web.link(eva)]))
    #expect(page.body.contains("Stop all mail"))
    let answer = try desk.answer(Visit(.post, ["u", web.link(eva)], form: web.form(page, "stop")))
    #expect(answer.status == 303)
    #expect(try web.preferences(eva, isForeign: true).mode == .off)
    let told = try desk.answer(#require(answer.next()))
    #expect(told.body.contains("No posts from BCH forum are sent to you"))
    // Whoever presses in the mail program is shown what it has done.
    let press = Visit(.post, try ["u", web.link(web.ana)], form: ["List-Unsubscribe": "One-Click"])
    for desk in [desk, web.desk()] {
      #expect(try desk.answer(press).body.contains("No posts from BCH forum are sent to you"))
    }
    // And takes it back.
    _ = try desk.answer(Visit(.post, ["u", web.link(eva)], form: web.form(told, "again")))
    #expect(try web.preferences(eva, isForeign: true).mode == .instant)
  }

  @Test(
    "P2: who stops all mail gets none by a watch with a mode of its own either, and has both again by one press",
    arguments: [true, false], ["press", "stop", "save"])
  func stopAllOfWatches(isForeign: Bool, way: String) throws {
    let members = web.members(isForeign: isForeign)
    func modes() throws -> [Mode] {
      let own = try web.preferences(web.ana, isForeign: isForeign)
      return try [own.mode]
        + web.watches(web.ana, isForeign: isForeign).map {
          own.isStopped ? .off : $0.watch.mode ?? own.mode
        }
    }
    try members.put(Watch(scope: .thread, mode: .digest), target: web.thread, of: web.participant(web.ana))
    let desk = web.desk(isForeign: isForeign)
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    let form =
      switch way {
      case "press": ["List-Unsubscribe": "One-Click"]
      case "save": web.form(page, "save", ["mode": "off"])
      default: web.form(page, "stop")
      }
    _ = try desk.answer(Visit(.post, path, form: form))
    #expect(try modes() == [.off, .off])
    let before = try web.rows()
    _ = try desk.answer(Visit(.post, path, form: form))
    #expect(try web.rows() == before)
    _ = try desk.answer(
      Visit(.post, path, form: way == "save" ? web.form(page, "save", ["mode": "digest"]) : web.form(page, "again")))
    #expect(try modes() == (way == "save" ? [.digest, .digest] : [.instant, .digest]))
  }

  @Test("P2: who has stopped all mail and wants one thing again has that alone", arguments: [true, false])
  func oneAgain(isForeign: Bool) throws {
    let members = web.members(isForeign: isForeign)
    let other = try web.fixture.thread("Other")
    try web.fixture.watch(thread: other, by: [web.ana])
    try members.put(Watch(scope: .thread, mode: .digest), target: web.thread, of: web.participant(web.ana))
    let desk = web.desk(isForeign: isForeign)
    let path = try ["u", web.link(web.ana)]
    _ = try desk.answer(Visit(.post, path, form: ["List-Unsubscribe": "One-Click"]))
    let page = try desk.answer(Visit(.get, path))
    #expect(!page.body.contains("in digests"))
    let fields = ["watch": "thread:\(other)", "mode": "instant"]
    _ = try desk.answer(Visit(.post, path, form: web.form(page, "watch", fields)))
    let own = try web.preferences(web.ana, isForeign: isForeign)
    #expect(own.mode == .off && !own.isStopped)
    let modes = try web.watches(web.ana, isForeign: isForeign).map { ($0.target, $0.watch.mode ?? own.mode) }
    #expect(Dictionary(uniqueKeysWithValues: modes) == [web.thread: .off, other: .instant])
  }

  @Test("P2: what a link has stopped is named, and given back as it was: a discussion, and its mode")
  func discussionAgain() throws {
    let (members, ana) = (web.members(), try web.participant(web.ana))
    let thread = try web.fixture.source.threads(keys: [web.thread])[0]
    let discussion = try web.fixture.source.discussions(keys: [thread.discussionKey])[0]
    _ = try members.removeWatch(.thread, target: web.thread, of: ana)
    try members.put(Watch(scope: .discussion, mode: .digest), target: discussion.key, of: ana)
    let desk = web.desk()
    let path = try ["u", web.link(web.ana, post: web.journal(web.post))]
    let page = try desk.answer(Visit(.get, path))
    let stopped = try desk.answer(Visit(.post, path, form: web.form(page, "stop")))
    #expect(try web.watches(web.ana).isEmpty)
    let told = try desk.answer(#require(stopped.next()))
    #expect(told.body.contains("You do not receive the posts of the discussion “\(discussion.title)”."))
    let again = try desk.answer(Visit(.post, path, form: web.form(told, "again")))
    #expect(try web.watches(web.ana).map(\.watch.scope) == [.discussion])
    #expect(try web.watches(web.ana).map(\.watch.mode) == [.digest])
    #expect(
      try desk.answer(#require(again.next())).body.contains("You watch “\(discussion.title)” again."))
  }

  @Test("P2: what cannot be done is no success to the program that posts it")
  func refused() throws {
    let answer = try web.desk().answer(Visit(.post, ["u", web.link(web.ana)], form: ["x": "y"]))
    #expect(answer.status == 422)
  }
}
