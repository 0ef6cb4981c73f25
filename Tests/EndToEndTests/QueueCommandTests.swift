import Capture
import Foundation
import SQL
import TestSupport
import Testing
import Time

@Suite("A3: queue", .timeLimit(.minutes(10)))
struct QueueCommandTests {
  /// Copies of a post that wait for people of `example.net`, numbered from 1, and one for somebody of `b.example`.
  private func waiting(relay: Int = 1, watchers: Int = 3) async throws -> (
    site: TestInstallation, post: String, thread: String
  ) {
    let site = try await TestInstallation(relay: relay)
    let thread = try site.thread(watchers: watchers)
    let other = try site.forum.addParticipant(name: "Bo", address: "bo@b.example")
    try site.forum.put(.init(scope: .thread), target: thread, participant: other, now: TestInstallation.now - 60)
    // A relay that does not answer keeps them waiting.
    let port = "smtp://127.0.0.1:\(relay)"
    try site.configure(port, to: "smtp://127.0.0.1:1")
    try await site("run", "dispatch")
    let post = try site.post(thread)
    try await site("run", "dispatch")
    try site.configure("smtp://127.0.0.1:1", to: port)
    try await site("release", "relay")
    #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'queued'") == watchers + 1)
    return (site, post, thread)
  }

  private func states(_ site: TestInstallation) throws -> [String] {
    try site.ledger().read {
      try $0.query("SELECT id, state, coalesce(reason, '') FROM delivery ORDER BY id") {
        "\($0.integer(0)) \($0.text(1)) \($0.text(2))".trimmingCharacters(in: .whitespaces)
      }
    }
  }

  private func object(_ site: TestInstallation, _ words: String...) async throws -> [String: Any] {
    let ended = try await Program.run(words + ["--json", "--config", site.configuration])
    #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(ended)")
    return try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
  }

  @Test("A3: it lists what waits, is held or failed: totals, messages with whose and why, how many more, what to type")
  func list() async throws {
    let (site, post, _) = try await waiting()
    let listed = try await site("queue").output
    #expect(try await site("queue", "list").output == listed)
    let lines = listed.split(separator: "\n").map(String.init)
    #expect(
      lines[0] == "queued 4" && lines[1] == "message\tstate\twhen\tparticipant\taddress\tcarries\twhy", "\(listed)")
    #expect(
      lines[2].hasPrefix("1\tqueued\tdue ") && lines[2].contains("Z\t1 Reader 1\treader1@example.net\t[#\(post)]\t"))
    #expect(lines.last == "Next: watchpost queue show 1", "\(listed)")
    let some = try await site("queue", "list", "--limit", "1").output
    #expect(some.contains("\nand 3 more: watchpost queue list --limit 4\n"), "\(some)")
    for (words, count) in [
      (["--domain", "b.example"], 1), (["--domain", "EXAMPLE.net"], 3), (["--domain", "c.example"], 0),
      (["--post", post], 4), (["--post", "key:\(post)", "--person", "reader2@example.net"], 1), (["--person", "4"], 1),
      (["--state", "held"], 0), (["--state", "held", "--state", "queued"], 4),
      (["--domain", "example.net", "--person", "4"], 0),
    ] {
      let ended = try await Program.run(["queue", "list", "--json"] + words + ["--config", site.configuration])
      let json = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
      #expect((json["messages"] as? [Any])?.count == count, "\(words): \(ended)")
      #expect((json["totals"] as? [String: Int])?["queued"] ?? 0 == count, "\(words): \(ended)")
    }
    let json = try await object(site, "queue", "list", "--limit", "1")
    #expect(json["more"] as? Int == 3)
    let first = try #require((json["messages"] as? [[String: Any]])?.first)
    #expect(
      Set(first.keys) == [
        "message", "state", "participant", "name", "address", "post", "postKey", "due", "leased", "attempts",
        "generation",
      ])
    for wrong in [
      ["--state", "sent"], ["--domain", "a b"], ["--limit", "0"], ["--person", "nobody"], ["--post", "99"],
    ] {
      let refused = try await Program.run(["queue", "list"] + wrong + ["--config", site.configuration])
      #expect(refused.status == .exited(64) && refused.output.isEmpty && !refused.errors.isEmpty, "\(refused)")
    }
  }

  @Test("A3: one message is shown with its story and its row, by number and by Message-ID")
  func show() async throws {
    let (site, post, _) = try await waiting()
    let shown = try await site("queue", "show", "2").output
    let story = try await site("explain", "2").output
    #expect(shown.hasPrefix(story.dropLast()) && story.contains("[#\(post)]"), "\(shown)")
    #expect(shown.contains("\nMessage 2: queued, due ") && shown.hasSuffix(", tries 0, generation 0, no run has it\n"))
    let json = try await object(site, "queue", "show", "2")
    #expect((json["message"] as? [String: Any])?["message"] as? Int == 2)
    #expect((json["story"] as? [String: Any])?["outcome"] as? String == "queued")
    #expect(try await site("queue", "show", "99").status == .exited(64))
  }

  @Test("A3: held by number, waits and is told; released by number, goes; explain says who, why and what to type")
  func holdOne() async throws {
    try await withRelay { server in
      let (site, post, _) = try await waiting(relay: server.port)
      let dry = try await site("queue", "hold", "2", "--reason", "wrong person", "--dry-run")
      #expect(dry.output.hasPrefix("Would be held: 1 message, of 1 person\nmessage\t"), "\(dry)")
      #expect(dry.output.contains("\nNothing was changed: 1 message would be held"), "\(dry)")
      #expect(try states(site)[1] == "2 queued")
      let held = try await site("queue", "hold", "2", "--reason", "wrong person")
      #expect(held.output.hasPrefix("To be held: 1 message, of 1 person\nmessage\t"), "\(held)")
      #expect(
        held.output.hasSuffix(
          "\n1 message is held; what is queued later is not.\nNext: watchpost queue release 2\n"), "\(held)")
      let run = try await site("run", "dispatch")
      #expect(run.isSilentSuccess, "what an admin holds is no trouble: \(run)")
      #expect(server.counters.messages == 3)
      #expect(try states(site)[1] == "2 held operator")
      let told = try await site("explain", "reader2@example.net", post).output
      #expect(told.contains("  message 2 waits: an admin holds it\n") && told.contains("wrong person"), "\(told)")
      #expect(told.contains("Next: watchpost queue release 2\nNext: watchpost queue discard 2\n"), "\(told)")
      let status = try await site("status").output
      #expect(status.contains("1 messages, by an admin's order; `watchpost queue list --state held`"), "\(status)")
      let again = try await site("queue", "hold", "2", "--reason", "x")
      #expect(again.status == .exited(64) && again.errors.contains("1 do not wait"), "\(again)")
      let released = try await site("queue", "release", "2")
      #expect(released.output.contains("\n1 message is queued again.\n"), "\(released)")
      try await site("run", "dispatch")
      #expect(server.counters.messages == 4)
    }
  }

  @Test("A3: a domain that is held holds what comes later too, and lets all go; so does a post")
  func holdSubjects() async throws {
    try await withRelay { server in
      let (site, post, thread) = try await waiting(relay: server.port)
      let held = try await site("queue", "hold", "--domain", "B.example", "--reason", "they move house")
      #expect(held.output.contains("\n1 message is held, and so is what comes to b.example later.\n"), "\(held)")
      try site.post(thread)
      try await site("run", "dispatch")
      let run = try await site("run", "dispatch")
      #expect(run.isSilentSuccess, "\(run)")
      #expect(try states(site).filter { $0.hasSuffix("held domain b.example") }.count == 2)
      let status = try await site("status").output
      #expect(status.contains("mail to b.example: held by an admin ("), "\(status)")
      let next = try await site("queue", "list", "--domain", "b.example").output
      #expect(next.hasSuffix("\nNext: watchpost queue release --domain b.example\n"), "\(next)")
      let alone = try await site("queue", "release", "4")
      #expect(
        alone.status == .exited(64) && alone.errors.contains("1 go with `watchpost release b.example`"), "\(alone)")
      let released = try await site("queue", "release", "--domain", "b.example")
      #expect(released.output.contains("2 messages are queued again; b.example is not held any more.\n"), "\(released)")
      try await site("run", "dispatch")
      #expect(server.counters.messages == 8)
      // A post, of which nothing waits.
      let none = try await site("queue", "hold", "--post", post, "--reason", "libel")
      #expect(none.output.contains("0 messages are held, and so are copies of the post that come later"), "\(none)")
      #expect(try await site("status").output.contains("mail of the post [#\(post)]: held by an admin ("))
      #expect(try await site("release", "post:\(post)").output == "0 messages are queued again.\n")
      #expect(try await site("release", "post:\(post)").status == .exited(64))
      try await site("queue", "hold", "--post", post, "--reason", "libel")
      let over = try await site("queue", "release", "--post", post)
      #expect(over.output.contains("0 messages are queued again; the post is not held any more.\n"), "\(over)")
      #expect(try await site("queue", "release", "--post", post).status == .exited(64))
    }
  }

  @Test("A3: what is cancelled, or held and discarded, is sent to nobody, and explain says so")
  func cancel() async throws {
    try await withRelay { server in
      let (site, post, _) = try await waiting(relay: server.port)
      let cancelled = try await site("queue", "cancel", "--person", "reader1@example.net", "--reason", "by mistake")
      #expect(cancelled.output.contains("\n1 message is sent to nobody.\n"), "\(cancelled)")
      try await site("queue", "hold", "--person", "2", "--reason", "x")
      let discarded = try await site("queue", "discard", "--state", "held")
      #expect(discarded.output.contains("\n1 message is sent to nobody.\n"), "\(discarded)")
      try await site("run", "dispatch")
      #expect(server.counters.messages == 2)
      #expect(try states(site).prefix(2) == ["1 dropped cancelled", "2 dropped discarded"])
      let told = try await site("explain", "1", post).output
      #expect(
        told.contains("  message 1 is taken out of the queue: by the admin's word") && told.contains("by mistake"))
      #expect(told.contains("Now: message 1 was not sent: an admin took it out of the queue\n"), "\(told)")
      let log = try await site("audit").output
      #expect(log.contains("\tqueue cancel\t--person reader1@example.net\t1 message is sent to nobody.\tby mistake\n"))
      let theirs = try await site("audit", "--person", "1", "--json").output
      #expect(theirs.contains("\"queue cancel\"") && !theirs.contains("\"queue hold\""), "\(theirs)")
      let none = try await site("queue", "cancel", "--post", post, "--reason", "x")
      #expect(none.status == .exited(64) && none.errors.contains("nothing of it can be cancelled"), "\(none)")
    }
  }

  @Test(
    "A3: of more than a hundred it asks on a terminal, and wants --yes elsewhere; it wants a selection and a reason")
  func asks() async throws {
    let (site, post, _) = try await waiting(watchers: 101)
    let order = ["queue", "hold", "--post", post, "--reason", "wait"]
    let refused = try await Program.run(order + ["--config", site.configuration])
    #expect(refused.status == .exited(64) && refused.errors.contains("102 messages, of 102 people"), "\(refused)")
    #expect(refused.errors.contains("--yes") && refused.output.contains("\nand 82 more\n"), "\(refused)")
    let line =
      "printf '%s\\n' \"$2\" | script -qec \"'$0' queue hold --post \(post) --reason wait --config '$1'\" /dev/null"
    let no = try await Program.shell(line, site.configuration, "n")
    #expect(no.output.contains("102 messages, of 102 people, to be held. Go on? [y/N]"), "\(no)")
    #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'held'") == 0)
    let yes = try await Program.shell(line, site.configuration, "y")
    #expect(yes.output.contains("102 messages are held"), "\(yes)")
    #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'held'") == 102)
    let released = try await site("queue", "release", "--post", post, "--yes", "--json")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(released.output.utf8)) as? [String: Any])
    #expect(json["count"] as? Int == 102 && json["command"] as? String == "queue release")
    for wrong in [
      ["hold", "--reason", "x"], ["hold", "1"], ["cancel", "1"], ["release"], ["discard"],
      ["hold", "1", "--reason", " "],
      ["release", "1", "--person", "1"], ["release", "99"], ["hold", "soon", "--reason", "x"],
    ] {
      let ended = try await Program.run(["queue"] + wrong + ["--config", site.configuration])
      #expect(ended.status == .exited(64) && ended.output.isEmpty && !ended.errors.isEmpty, "\(wrong): \(ended)")
    }
  }

  @Test("A3: a part of a digest is listed with its posts; cancelled, it takes them with it, and that is said")
  func digests() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 1)
    try await site("participant", "set", "1", "--mode", "digest")
    try await site("run", "dispatch")
    let post = try site.post(thread)
    try await site("run", "dispatch")
    try site.ledger().write { try $0.run("UPDATE digest_slot SET due = 1") }
    try await site("run", "digest")
    let listed = try await site("queue", "list", "--post", post).output
    #expect(listed.hasPrefix("queued 1\n") && listed.contains("\tdigest, 1 post\t"), "\(listed)")
    let cancelled = try await site("queue", "cancel", "1", "--reason", "by mistake")
    #expect(
      cancelled.output.contains(
        "\n1 message is sent to nobody; 1 is a part of a digest, whose posts come in no other.\n"), "\(cancelled)")
    try site.ledger().write { try $0.run("UPDATE digest_slot SET due = 1") }
    try await site("run", "digest")
    #expect(try states(site) == ["1 dropped cancelled"])
    let told = try await site("explain", "1", post).output
    #expect(told.contains("Now: message 1 was not sent: an admin took it out of the queue\n"), "\(told)")
  }

  @Test("A3, S5: release by a domain undoes that order alone: not what other orders hold, nor what may have arrived")
  func releaseOnly() async throws {
    let (site, post, _) = try await waiting()
    try site.ledger().write {
      try $0.run("UPDATE delivery SET state = 'held', reason = 'uncertain', attempts = 1 WHERE id = 1")
    }
    try await site("queue", "hold", "--post", post, "--person", "2", "--reason", "her wish")
    let held = try await site("queue", "hold", "--domain", "example.net", "--reason", "z")
    #expect(held.output.contains("\n1 message is held, and so is what comes to example.net later"), "\(held)")
    #expect(held.output.hasSuffix("\nNext: watchpost queue release --domain example.net\n"), "\(held)")
    let before = try states(site)
    let dry = try await site("queue", "release", "--domain", "example.net", "--dry-run")
    #expect(dry.output.hasPrefix("Would be released: 1 message, of 1 person\n  1: mail to example.net is held\n"))
    #expect(dry.output.contains("1 message would be released; example.net would not be held any more; "), "\(dry)")
    #expect(
      dry.output.contains(
        "1 go with `watchpost queue release --domain example.net --state held`, since an admin holds it"))
    #expect(
      dry.output.contains("1 go with `watchpost release uncertain`, since nobody knows whether it arrived"), "\(dry)")
    #expect(try states(site) == before)
    try await site("queue", "release", "--domain", "example.net")
    #expect(try states(site) == ["1 held uncertain", "2 held operator", "3 queued", "4 queued"])
    // The other orders are undone by their own words.
    let person = try await site("queue", "release", "--post", post, "--person", "2")
    #expect(person.output.contains("\n1 message is queued again.\n"), "\(person)")
    let all = try await site("queue", "release", "--state", "held")
    #expect(all.status == .exited(64) && all.errors.contains("watchpost release uncertain"), "\(all)")
    try await site("queue", "release", "1")
    #expect(try states(site).allSatisfy { $0.hasSuffix("queued") })
  }

  @Test("A3: a post that rests, or that no run has met, is held by its number, and no copy goes until it is let go")
  func holdComing() async throws {
    try await withRelay { server in
      let (site, _, thread) = try await waiting(relay: server.port)
      try await site("run", "dispatch")
      let sent = server.counters.messages
      try site.configure("settle: 0s", to: "settle: 1h")
      let resting = try site.post(thread)
      try await site("run", "dispatch")
      let unmet = try site.post(thread)
      for post in [resting, unmet] {
        let dry = try await site("queue", "hold", "--post", post, "--reason", "libel", "--dry-run")
        #expect(dry.output.hasPrefix("Nothing was changed: No run took the post up yet"), "\(dry)")
        let held = try await site("queue", "hold", "--post", post, "--reason", "libel")
        #expect(held.isSilentSuccess == false && held.status == .exited(0) && held.errors.isEmpty, "\(held)")
        #expect(
          held.output == """
            No run took the post up yet: its copies are held when one does; digests that have it go.
            Next: watchpost queue release --post \(post)

            """, "\(held)")
        #expect(
          try await site("status").output.contains("a post that no run took up yet, key \(post): held by an admin"))
      }
      let audit = try await site("audit").output
      #expect(audit.contains("\tqueue hold\t--post \(unmet)\t"), "\(audit)")
      try site.configure("settle: 1h", to: "settle: 0s")
      for _ in 0..<2 { try await site("run", "dispatch") }
      #expect(server.counters.messages == sent)
      #expect(try states(site).count { $0.contains(" held post ") } == 8)
      let status = try await site("status").output
      #expect(!status.contains("no run took up yet") && status.contains("mail of the post [#\(resting)]: held by"))
      for post in [resting, unmet] { try await site("queue", "release", "--post", post) }
      try await site("run", "dispatch")
      #expect(server.counters.messages == sent + 8)
      // Let go before it comes.
      let last = try site.post(thread)
      for command in [["queue", "release", "--post", last], ["release", "post:\(last)"]] {
        try await site("queue", "hold", "--post", last, "--reason", "x")
        let over = try await Program.run(command + ["--config", site.configuration])
        #expect(over.status == .exited(0) && over.output.hasPrefix("The post is not held any more"), "\(over)")
      }
      try await site("run", "dispatch")
      #expect(server.counters.messages == sent + 12)
    }
  }

  @Test("A3: what a run is sending is left alone, and counted")
  func inHand() async throws {
    let (site, post, _) = try await waiting()
    try site.ledger().write {
      try $0.run(
        "UPDATE delivery SET state = 'sending', lease = 9, lease_until = 4000000000, attempts = 1 WHERE id = 1")
    }
    let held = try await site(
      "queue", "hold", "--post", post, "--state", "queued", "--state", "sending", "--reason", "x")
    #expect(
      held.output.contains(
        "3 messages are held; what is queued later is not; 1 is being sent, or in the hands of a run.\n"), "\(held)")
    #expect(try states(site)[0] == "1 sending")
    let digest = try await site("queue", "list", "--state", "sending").output
    #expect(digest.hasPrefix("sending 1\n") && digest.contains("\n1\tsending\tnow\t"), "\(digest)")
  }
}
