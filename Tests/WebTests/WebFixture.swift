import Forum
import Foundation
import Identifiers
import Ledger
import Logging
import Membership
import Phrases
import SQL
import Synchronization
import TestSupport
import Time
import Tokens

@testable import Web

/// A forum with pages: Ana watches a thread, and Ben; what is to be sent at once is noted.
final class WebFixture: Sendable {
  let fixture: ForumFixture
  let keys = try! KeyRing([1: Array(repeating: 7, count: 32)])
  let ana, ben, thread, post: String
  let sent = Mutex<[DeliveryID]>([])
  let waiting = Mutex<[@Sendable () -> Void]>([])
  /// What forum or ledger throw at whoever writes.
  let broken = Mutex<DatabaseError?>(nil)
  private let secrets = Mutex<UInt8>(0)
  var ledger: Ledger { fixture.ledger }
  var clock: TestClock { fixture.clock }

  init() throws {
    fixture = try ForumFixture(TestClock(Timestamp(iso8601: "2026-11-28T12:00:00Z")!))
    ana = try fixture.participant("ana")
    ben = try fixture.participant("ben")
    thread = try fixture.thread("Living modified fish")
    try fixture.watch(thread: thread, by: [ana, ben])
    post = try fixture.post(in: thread, by: ben)
  }

  /// - Parameter isForeign: the ledger keeps what people choose.
  func desk(isForeign: Bool = false, url: String = "https://forum.example.org/mail") -> Desk {
    Desk(
      Desk.Settings(site: "BCH forum", url: url, helpdesk: "help@example.org", language: .en), phrases: .builtIn,
      keys: keys, members: members(isForeign: isForeign), log: Logger(label: "web") { _ in SwiftLogNoOpLogHandler() },
      send: { [self] delivery in sent.withLock { $0.append(delivery) } },
      later: { [self] body in waiting.withLock { $0.append(body) } },
      secret: { [self] in
        secrets.withLock {
          $0 += 1
          return Array(repeating: $0, count: 16)
        }
      }, prove: { [self] in if let error = broken.withLock({ $0 }) { throw error } })
  }

  func members(isForeign: Bool = false) -> Members {
    Members(
      forum: fixture.source, ledger: ledger, keeper: isForeign ? nil : fixture.writer,
      defaults: EffectivePreferences(), now: { [clock] in clock.now })
  }

  /// Does what waits until visitors are answered.
  func catchUp() {
    let bodies = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for body in bodies { body() }
  }

  func participant(_ key: String) throws -> Participant { try fixture.source.participants(keys: [key])[0] }
  func preferences(_ key: String, isForeign: Bool = false) throws -> EffectivePreferences {
    let members = members(isForeign: isForeign)
    let participant = try participant(key)
    return members.preferences(of: participant, try members.person(participant))
  }
  func watches(_ key: String, isForeign: Bool = false) throws -> [ListedWatch] {
    try members(isForeign: isForeign).allWatches(of: participant(key))
  }

  /// Journals a post; returns its place.
  func journal(_ key: String) throws -> JournalPosition {
    let post = try fixture.source.posts(keys: [key])[0]
    let candidate = Candidate(post, state: .resting, visibleAt: clock.now, seenAt: clock.now)
    _ = try ledger.journal([(candidate, due: clock.now)], signingKey: 1, now: clock.now)
    return try ledger.journalEntries(postKeys: [key])[0].position
  }

  /// The link of a mail that was written today.
  func link(_ key: String, post: JournalPosition = 0, daysAgo: Int64 = 0) throws -> String {
    let person = try members().person(participant(key)).id
    return keys.token(
      for: .stop(person: person, post: post, day: clock.now.seconds / 86_400 - daysAgo), key: 1)
  }

  /// The newest link that signs in.
  func signInLink(_ key: String) throws -> String {
    let person = try members().person(participant(key)).id
    let link: SignInID = try fixture.ledgerFile.read {
      try $0.first("SELECT max(id) FROM sign_in WHERE person = $1", [.integer(person.rawValue)]) {
        SignInID($0.integer(0))
      }!
    }
    return keys.token(for: .signIn(person: person, link: link), key: 1)
  }

  /// What the form of a page would send back unchanged, with some of its fields set.
  func form(_ page: PageAnswer, _ action: String, _ fields: [String: String] = [:]) -> [String: String] {
    var form = ["do": action, "proof": page.value(of: "proof") ?? ""]
    if action == "save" {
      for field in SettingsForm.Field.allCases {
        guard let was = page.value(of: "was-\(field.rawValue)") else { continue }
        form["was-\(field.rawValue)"] = was
        let isBox = field == .textOnly || field == .ownPosts
        if !isBox || was == "1" { form[field.rawValue] = was }
      }
    }
    if action == "again" {
      form["was"] = page.value(of: "was")
      form["mode"] = page.body.firstMatch(of: #/name="was"[^>]*><input type="hidden" name="mode" value="([^"]*)"/#).map
      {
        String($0.1)
      }
    }
    return form.merging(fields) { $1 }
  }

  /// Signs somebody in; returns the cookie's value.
  func signIn(_ key: String, _ desk: Desk) throws -> String {
    _ = try desk.answer(Visit(.post, ["sign-in"], form: ["address": participant(key).address]))
    catchUp()
    let path = try ["in", signInLink(key)]
    let page = try desk.answer(Visit(.get, path))
    let answer = try desk.answer(Visit(.post, path, form: form(page, "")))
    return answer.cookie ?? ""
  }

  /// A complaint of theirs has come in.
  func complain(_ person: PersonID) throws {
    let draft = Received.Draft(
      identity: "complaint", mailbox: "pipe", recipient: nil, arrivedAt: clock.now, raw: [1])
    _ = try ledger.takeIn(draft, now: clock.now)
    try fixture.ledgerFile.write {
      try $0.run(
        "UPDATE received SET outcome = 'complaint', person = $1, detail = ''", [.integer(person.rawValue)])
    }
  }

  /// All that changing anything would change.
  func rows() throws -> [String] {
    try rows(fixture.forum, "participant", "watch")
      + rows(
        fixture.ledgerFile, "preference", "own_watch", "digest_slot", "sign_in", "web_session", "notice", "delivery")
  }

  private func rows(_ database: any SQL.Database, _ tables: String...) throws -> [String] {
    try database.read { connection in
      try tables.flatMap { table in
        try connection.query("SELECT * FROM \(table)") { row in
          "\(table): " + row.columns.indices.map { row.optionalText($0) ?? "NULL" }.joined(separator: "|")
        }.sorted()
      }
    }
  }
}

extension PageAnswer {
  /// The value of a hidden field.
  func value(of name: String) -> String? {
    guard let field = body.range(of: "name=\"\(name)\" value=\"") else { return nil }
    return body[field.upperBound...].prefix { $0 != "\"" }.description
  }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  var cookie: String? {
    header("Set-Cookie").flatMap { $0.split(separator: ";").first }.map { String($0.dropFirst("watchpost=".count)) }
  }

  /// Where the browser is sent on to, as a visit.
  func next(session: String? = nil) -> Visit? {
    guard let location = header("Location"), location.hasPrefix("/mail") else { return nil }
    let parts = location.dropFirst("/mail".count).split(separator: "?", maxSplits: 1)
    return Visit(
      .get, parts.first?.split(separator: "/").map(String.init) ?? [],
      query: parts.count > 1 ? Visit.fields(parts[1]) : [:], session: session)
  }
}
