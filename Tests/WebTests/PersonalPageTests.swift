import Forum
import Identifiers
import Ledger
import Membership
import TestSupport
import Testing
import Time
import Tokens

@testable import Web

@Suite("A person's page") struct PersonalPageTests {
  private let web: WebFixture

  init() throws { web = try WebFixture() }

  @Test("P1: links and forms of a page keep the language that was picked for it, and its title tells what was done")
  func pickedLanguage() throws {
    let desk = web.desk()
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path, query: ["lang": "fr"]))
    let links = page.body.matches(of: #/(href|action)="([^"#]*\/u\/[^"]*)"/#).map { String($0.2) }
    #expect(links.count > 5 && links.allSatisfy { $0.contains("lang=") })
    let saved = try desk.answer(
      Visit(.post, path, query: ["lang": "fr"], form: web.form(page, "save", ["mode": "digest"])))
    let told = try desk.answer(#require(saved.next()))
    #expect(told.body.contains("<html lang=\"fr\"") && told.body.contains("<title>Modifications enregistrées."))
    #expect(told.body.contains("Prochain récapitulatif"))
  }

  @Test("P1: a stopped thread can be watched again, by who it is watched by alone")
  func again() throws {
    let desk = web.desk()
    let path = try ["u", web.link(web.ana, post: web.journal(web.post))]
    let page = try desk.answer(Visit(.get, path))
    #expect(page.body.contains("You watch the thread “Living modified fish”."))
    let stopped = try desk.answer(Visit(.post, path, form: web.form(page, "stop")))
    #expect(try web.watches(web.ana).isEmpty)
    let told = try desk.answer(#require(stopped.next()))
    #expect(told.body.contains("You do not receive the posts of the thread “Living modified fish”."))
    let again = try desk.answer(Visit(.post, path, form: web.form(told, "again")))
    #expect(try web.watches(web.ana).map(\.watch.scope) == [.thread])
    #expect(
      try desk.answer(#require(again.next())).body.contains(
        "You watch “Living modified fish” again."))
  }

  @Test(
    "P1, F5: a digest at 07:00 in Dhaka is one form, and only what was changed in it is written",
    arguments: [true, false])
  func saved(isForeign: Bool) throws {
    let desk = web.desk(isForeign: isForeign)
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    // Meanwhile a command by mail changes something else.
    try web.members(isForeign: isForeign).changePreferences(of: web.participant(web.ana)) { $0.language = .fr }
    let answer = try desk.answer(
      Visit(.post, path, form: web.form(page, "save", ["mode": "digest", "hour": "7", "zone": "Asia/Dhaka"])))
    #expect(answer.status == 303)
    let members = web.members(isForeign: isForeign)
    let participant = try web.participant(web.ana)
    var expected = Preferences()
    (expected.mode, expected.zone, expected.language) = (.digest, "Asia/Dhaka", .fr)
    #expect(members.chosen(by: participant, try members.person(participant)) == expected)
    let told = try desk.answer(#require(answer.next()))
    #expect(told.body.contains("lang=\"fr\""))
    #expect(told.body.contains("<option selected>Asia/Dhaka"))
  }

  @Test(
    "P1: what cannot be chosen changes nothing, and is said",
    arguments: [
      ("mode", "never"), ("hour", "24"), ("hour", "-1"), ("hour", "7; DROP"), ("weekday", "0"),
      ("zone", "Mars/Olympus"),
      ("zone", "../../etc/passwd"), ("language", "tlh"), ("style", "comic"), ("format", "pdf"), ("period", "hourly"),
      ("text", "2"), ("own", "yes"),
    ])
  func refused(field: String, value: String) throws {
    let desk = web.desk()
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    let before = try web.rows()
    let answer = try desk.answer(Visit(.post, path, form: web.form(page, "save", [field: value])))
    #expect(answer.body.contains("This cannot be chosen. Nothing was changed."))
    #expect(try web.rows() == before)
  }

  @Test("P1: what the forum itself decides is shown so, and not written", arguments: SettingsForm.Field.allCases)
  func fixed(field: SettingsForm.Field) throws {
    var random = SplitMix64(seed: 3)
    var all = Preferences()
    while SettingsForm.fixed(by: all).count < SettingsForm.Field.allCases.count {
      all = all.filled(from: random.preferences())
    }
    let eva = try web.fixture.participant("eva") { $0 = all }
    let desk = web.desk(isForeign: true)
    let path = try ["u", web.link(eva)]
    let page = try desk.answer(Visit(.get, path, query: ["lang": "en"]))
    #expect(page.body.contains("The forum itself decides this."))
    #expect(page.value(of: "was-\(field.rawValue)") == nil)
    let before = try web.rows()
    let forged = [field.rawValue: "1", "was-\(field.rawValue)": "0"]
    _ = try desk.answer(Visit(.post, path, form: web.form(page, "save", forged)))
    #expect(try web.rows() == before)
  }

  @Test("P1: a mail's link shows neither the address nor what is not open to everybody; who is signed in sees both")
  func forwarded() throws {
    let closed = try web.fixture.writer.addDiscussion(title: "Secret talks", slug: "secret", isPrivate: true)
    try web.fixture.writer.addMember(discussion: closed, participant: web.ana)
    try web.fixture.put(Watch(scope: .discussion), on: closed, by: web.ana)
    let inside = try web.fixture.thread("Secret thread", in: closed)
    try web.fixture.watch(thread: inside, by: [web.ana])
    let desk = web.desk()
    let page = try desk.answer(Visit(.get, ["u", web.link(web.ana)]))
    #expect(!page.body.contains("ana@example.net"))
    #expect(page.body.contains("a…@example.net"))
    #expect(!page.body.contains("Secret"))
    #expect(page.body.contains("Living modified fish"))
    #expect(page.body.contains("Watches that only you may see are not shown here: 2."))
    let session = try web.signIn(web.ana, desk)
    let own = try desk.answer(Visit(.get, ["settings"], session: session))
    #expect(own.body.contains("ana@example.net"))
    #expect(own.body.contains("Secret talks") && own.body.contains("Secret thread"))
    // Nor does it find or end what it does not show.
    let before = try web.rows()
    for action in ["watch", "unwatch"] {
      let form = web.form(page, action, ["watch": "discussion:\(closed)", "mode": "digest"])
      let answer = try desk.answer(Visit(.post, ["u", web.link(web.ana)], form: form))
      #expect(answer.next()?.query["done"] == "nothing")
    }
    #expect(try web.rows() == before)
    let post = try web.fixture.post(in: inside, by: web.ben)
    let ofPost = try desk.answer(Visit(.get, ["u", web.link(web.ana, post: web.journal(post))]))
    #expect(!ofPost.body.contains("Secret") && ofPost.body.contains("Stop watching"))
    let pressed = Visit(
      .post, try ["u", web.link(web.ana, post: web.journal(post))], form: ["List-Unsubscribe": "One-Click"])
    let stopped = try desk.answer(pressed)
    #expect(!stopped.body.contains("Secret") && stopped.body.contains("You do not receive these posts."))
    // Not even by a name that somebody puts into the address.
    let asked = try desk.answer(
      Visit(.get, ["u", web.link(web.ana)], query: ["done": "unwatched", "watch": "discussion:\(closed)"]))
    #expect(!asked.body.contains("Secret"))
  }

  @Test("P1: after 90 days a link stops and watches again, and leads to a new one; it shows and changes nothing else")
  func old() throws {
    let desk = web.desk()
    let position = try web.journal(web.post)
    for (days, isOld) in [(90, false), (91, true)] as [(Int64, Bool)] {
      let page = try desk.answer(Visit(.get, ["u", web.link(web.ana, post: position, daysAgo: days)]))
      #expect(page.body.contains("more than 90 days old") == isOld)
      #expect(page.body.contains("name=\"hour\"") != isOld)
    }
    let path = try ["u", web.link(web.ana, post: position, daysAgo: 4000)]
    let page = try desk.answer(Visit(.get, path))
    let before = try web.rows()
    for action in ["save", "pause", "resume", "watch", "unwatch", "forget", "lift"] {
      _ = try desk.answer(
        Visit(.post, path, form: web.form(page, action, ["mode": "off", "was-mode": "instant", "watch": "thread:1"])))
    }
    #expect(try web.rows() == before)
    _ = try desk.answer(Visit(.post, path, form: web.form(page, "link")))
    web.catchUp()
    #expect(web.sent.withLock { $0.count } == 1)
    _ = try desk.answer(Visit(.post, path, form: web.form(page, "stop")))
    #expect(try web.watches(web.ana).isEmpty)
  }

  @Test("P1: each watch has its own mode, ends, or is heard again", arguments: [true, false])
  func watches(isForeign: Bool) throws {
    let desk = web.desk(isForeign: isForeign)
    let path = try ["u", web.link(web.ana)]
    let name = "thread:\(web.thread)"
    func press(_ action: String, _ mode: String? = nil) throws -> PageAnswer {
      let page = try desk.answer(Visit(.get, path))
      var fields = ["watch": name]
      fields["mode"] = mode
      return try desk.answer(Visit(.post, path, form: web.form(page, action, fields)))
    }
    func watch() throws -> Watch? { try web.watches(web.ana, isForeign: isForeign).first?.watch }
    let since = try watch()?.since
    _ = try press("watch", "digest")
    #expect(try watch()?.mode == .digest)
    #expect(try watch()?.since == since)
    _ = try press("watch", "off")
    #expect(try watch()?.mode == .off)
    _ = try press("watch", "")
    #expect(try watch()?.mode == nil)
    #expect(try press("watch", "sometimes").body.contains("This cannot be chosen."))
    let ended = try press("unwatch")
    #expect(try watch().map(\.isMute) ?? true)
    let told = try desk.answer(#require(ended.next()))
    #expect(told.body.contains("You no longer watch “Living modified fish”."))
    if isForeign {
      // The forum keeps its watch: a mute silences it, and can be forgotten.
      _ = try press("forget")
      #expect(try watch()?.isMute == false)
    }
  }

  @Test("P1: somebody else's watch cannot be touched by its name")
  func others() throws {
    let desk = web.desk()
    let mine = try web.fixture.thread("Ben's own")
    try web.fixture.watch(thread: mine, by: [web.ben])
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    let before = try web.rows()
    for action in ["watch", "unwatch", "forget"] {
      _ = try desk.answer(Visit(.post, path, form: web.form(page, action, ["watch": "thread:\(mine)", "mode": "off"])))
    }
    #expect(try web.rows() == before)
  }

  @Test(
    "P1: a pause ends at the beginning of the day that was chosen, where the person lives",
    arguments: [
      ("2026-12-24", "2026-12-23T18:00:00Z" as String?), ("2026-11-29", "2026-11-28T18:00:00Z"), ("2026-11-28", nil),
      ("2026-11-27", nil), ("2027-12-24", nil), ("2026-02-30", nil), ("", nil), ("tomorrow", nil),
      ("99999999-01-01", nil),
    ])
  func pause(day: String, end: String?) throws {
    try web.members().changePreferences(of: web.participant(web.ana)) { $0.zone = "Asia/Dhaka" }
    let desk = web.desk()
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    let answer = try desk.answer(Visit(.post, path, form: web.form(page, "pause", ["until": day])))
    #expect(try web.preferences(web.ana).pausedUntil == end.flatMap(Timestamp.init(iso8601:)))
    guard end != nil else {
      #expect(answer.body.contains("Please choose a future day, within one year."))
      return
    }
    let told = try desk.answer(#require(answer.next()))
    #expect(told.body.contains("Your mail is paused until"))
    _ = try desk.answer(Visit(.post, path, form: web.form(told, "resume")))
    #expect(try web.preferences(web.ana).pausedUntil == nil)
  }

  @Test("B4: an address that failed is shown with its last answer, and is lifted and tried by one press a day")
  func lifted() throws {
    try web.ledger.suppress(
      "ana@example.net", .failures, person: web.members().person(web.participant(web.ana)).id,
      reason: "550 5.2.2 <ana@example.net>: mailbox full", now: web.clock.now - 86_400)
    let desk = web.desk()
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    #expect(page.body.contains("550 5.2.2 &lt;a…@example.net&gt;: mailbox full"))
    let answer = try desk.answer(Visit(.post, path, form: web.form(page, "lift")))
    #expect(try web.ledger.suppression(of: "ana@example.net") == nil)
    #expect(web.sent.withLock { $0.count } == 1)
    #expect(try desk.answer(#require(answer.next())).body.contains("A test message is on its way"))
    // It fails again on the same day.
    try web.ledger.suppress("ana@example.net", .failures, person: nil, reason: "550 5.2.2 full", now: web.clock.now)
    let later = try desk.answer(Visit(.get, path))
    #expect(later.body.contains("This was done today already."))
    _ = try desk.answer(Visit(.post, path, form: web.form(later, "lift")))
    #expect(try web.ledger.suppression(of: "ana@example.net") != nil)
    #expect(web.sent.withLock { $0.count } == 1)
  }

  @Test("B4: after a complaint only who is signed in has mail again, and that takes it back")
  func complaint() throws {
    let members = web.members()
    let person = try members.person(web.participant(web.ana)).id
    try members.changePreferences(of: web.participant(web.ana)) { $0.mode = .off }
    try web.complain(person)
    let desk = web.desk()
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    let watch = ["watch": "thread:\(web.thread)", "mode": "digest"]
    for form in [
      web.form(page, "save", ["mode": "instant"]), web.form(page, "again"), web.form(page, "watch", watch),
    ] {
      #expect(try desk.answer(Visit(.post, path, form: form)).body.contains("reported a message as spam"))
      #expect(try web.preferences(web.ana).mode == .off)
      #expect(try web.watches(web.ana).allSatisfy { $0.watch.mode == nil })
    }
    // Nor by giving back, with a mode of its own, what a post's link has stopped.
    let ofPost = try ["u", web.link(web.ana, post: web.journal(web.post))]
    _ = try desk.answer(Visit(.post, ofPost, form: web.form(desk.answer(Visit(.get, ofPost)), "stop")))
    let back = web.form(try desk.answer(Visit(.get, ofPost)), "again", ["was": "thread", "mode": "instant"])
    #expect(try desk.answer(Visit(.post, ofPost, form: back)).status == 422)
    #expect(try web.watches(web.ana).allSatisfy { $0.watch.isMute || $0.watch.mode == nil })
    let session = try web.signIn(web.ana, desk)
    let own = try desk.answer(Visit(.get, ["settings"], session: session))
    let form = web.form(own, "save", ["mode": "instant"])
    _ = try desk.answer(Visit(.post, ["settings"], form: form, session: session))
    #expect(try web.preferences(web.ana).mode == .instant)
    #expect(try !web.ledger.hasComplained(person))
  }

  @Test("B4: what the admin stopped only the admin lifts")
  func stoppedByAdmin() throws {
    try web.ledger.suppress("ana@example.net", .admin, person: nil, reason: "asked", now: web.clock.now)
    let desk = web.desk()
    let path = try ["u", web.link(web.ana)]
    let page = try desk.answer(Visit(.get, path))
    #expect(page.body.contains("The administrators of the forum stopped mail to it on"))
    _ = try desk.answer(Visit(.post, path, form: web.form(page, "lift")))
    #expect(try web.ledger.suppression(of: "ana@example.net") != nil)
  }

  @Test("X4: a form from elsewhere, or of another page, changes nothing")
  func forged() throws {
    let desk = web.desk()
    let (anas, bens) = try (["u", web.link(web.ana)], ["u", web.link(web.ben)])
    let page = try desk.answer(Visit(.get, anas))
    let other = try desk.answer(Visit(.get, bens))
    let before = try web.rows()
    let good = web.form(page, "save", ["mode": "off"])
    for (form, origin, site) in [
      (good.merging(["proof": ""]) { $1 }, nil, nil),
      (good.merging(["proof": other.value(of: "proof")!]) { $1 }, nil, nil),
      (good, "https://evil.example", nil), (good, "http://forum.example.org", nil), (good, nil, "cross-site"),
      (good, nil, "same-site"),
    ] as [([String: String], String?, String?)] {
      let answer = try desk.answer(Visit(.post, anas, form: form, origin: origin, fetchSite: site))
      #expect(answer.body.contains("had been open for too long"))
    }
    #expect(try web.rows() == before)
    let visit = Visit(.post, anas, form: good, origin: "https://forum.example.org", fetchSite: "same-origin")
    #expect(try desk.answer(visit).status == 303)
  }

  @Test("X2: a link that was changed in one letter, or is of another kind, opens nothing")
  func wrongLinks() throws {
    let desk = web.desk()
    let link = try web.link(web.ana)
    let person = try web.members().person(web.participant(web.ana)).id
    for wrong in [
      String(link.dropLast()), "b" + link.dropFirst(), "", "..", "%00",
      web.keys.token(for: .reply(person: person, post: 1), key: 1),
      web.keys.token(for: .signIn(person: person, link: 1), key: 1),
    ] {
      for method in [Visit.Method.get, .post] {
        let answer = try desk.answer(Visit(method, ["u", wrong], form: ["List-Unsubscribe": "One-Click"]))
        #expect(answer.status == 404)
      }
    }
    let gone = web.keys.token(for: .stop(person: 4711, post: 0, day: 20_000), key: 1)
    #expect(try desk.answer(Visit(.get, ["u", gone])).status == 410)
  }

  @Test(
    "P1, M7: the page is small, says its language and direction, and has no script or style of its own",
    arguments: Language.allCases)
  func markup(language: Language) throws {
    for number in 1...45 {
      let thread = try web.fixture.thread("A thread with a title of the length that titles have, number \(number)")
      try web.fixture.watch(thread: thread, by: [web.ana])
    }
    let desk = web.desk()
    let path = try ["u", web.link(web.ana, post: web.journal(web.post))]
    let page = try desk.answer(Visit(.get, path, query: ["lang": language.rawValue, "page": "2"]))
    let files = try ["style.css", "zone.js"].map { try desk.answer(Visit(.get, [$0])).body.utf8.count }.reduce(0, +)
    #expect(page.body.utf8.count + files < 30_000)
    #expect(
      page.body.contains("<html lang=\"\(language.rawValue)\" dir=\"\(language.isRightToLeft ? "rtl" : "ltr")\">"))
    #expect(!page.body.contains("style=") && !page.body.contains("onclick") && !page.body.contains("<style"))
    #expect(page.body.components(separatedBy: "<script ").count <= 2 && !page.body.contains("<script>"))
    #expect(page.body.components(separatedBy: "?watch=thread").count == 21)
    #expect(page.header("Cache-Control") == "no-store")
  }
}
