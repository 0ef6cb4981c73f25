import Capture
import Foundation
import TestSupport
import Testing

@Suite("Commands", .timeLimit(.minutes(10)))
struct CommandTests {
  @Test("A4: run --json is one object with stable keys, the counts of every step and the exit code")
  func runJSON() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 2)
      try await site("run", "dispatch")
      try site.post(thread)
      let report = try object(try await site("run", "dispatch", "--json"))
      #expect(Set(report.keys) == ["job", "started", "ended", "exit", "steps"])
      #expect(report["job"] as? String == "dispatch" && report["exit"] as? Int == 0)
      let steps = try #require(report["steps"] as? [[String: Any]])
      let keys: [String: Set<String>] = [
        "collect": [
          "seen", "journalled", "resting", "pending", "restored", "held", "set_aside", "left_out", "replaced",
        ],
        "fan-out": ["posts", "instant", "digest", "skipped", "set_aside", "waiting"],
        "deliver": [
          "sent", "deferred", "failed", "expired", "uncertain", "uncomposed", "held", "withheld", "folded", "unsent",
          "ignored", "rescued",
        ],
      ]
      #expect(steps.map { $0["step"] as? String } == ["collect", "fan-out", "deliver"])
      for step in steps {
        let name = try #require(step["step"] as? String)
        #expect(Set(step.keys) == keys[name]!.union(["step", "warnings"]), "\(name)")
        #expect((step["warnings"] as? [String])?.isEmpty == true)
      }
      #expect(steps[2]["sent"] as? Int == 2)
      let digest = try object(try await site("run", "digest", "--json"))
      let step = try #require((digest["steps"] as? [[String: Any]])?.first)
      #expect(Set(step.keys) == ["step", "warnings", "digests", "parts", "moved", "last_calls"])
    }
  }

  @Test("X3: receive records a message without an octet, and does not have it handed over again")
  func receiveNothing() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      for _ in 1...2 { #expect(try await site("receive").isSilentSuccess) }
      #expect(try site.number("SELECT count(*) FROM received") == 1)
    }
  }

  @Test("A4: a run that fails says so in JSON too")
  func failingJSON() async throws {
    let site = try await TestInstallation(settings: "collect:\n  settle: 0s\n  flood_limit: 1\n")
    let thread = try site.thread(watchers: 1)
    try await site("run", "dispatch")
    for _ in 1...2 { try site.post(thread) }
    let ended = try await site("run", "dispatch", "--json")
    #expect(ended.status == .exited(75))
    let report = try object(ended, status: 75)
    #expect(report["exit"] as? Int == 75)
    let warnings = (report["steps"] as? [[String: Any]])?.first?["warnings"] as? [String]
    #expect(warnings?.first?.contains("flood_limit") == true)
  }

  @Test("F2: participant set changes one wish, takes it back with `default`, and refuses what is none")
  func participant() async throws {
    let site = try await TestInstallation()
    _ = try site.thread(watchers: 1)
    let reader = "reader1@example.net"
    let shown = try await site("participant", "show", reader).output
    #expect(shown.contains("mode        instant (default)") && shown.contains("watch       thread 1, since "))
    let set = try await site(
      "participant", "set", reader, "--mode", "digest", "--hour", "6", "--zone", "Africa/Nairobi", "--language", "fr")
    #expect(set.status == .exited(0))
    for line in [
      "mode        digest\n", "digest      daily (default) at 6:00\n", "zone        Africa/Nairobi\n",
      "language    fr\n",
    ] {
      #expect(set.output.contains(line), "\(line)\(set.output)")
    }
    #expect(set.output.contains("text only   no (default)"))
    #expect(set.output.contains("style       full (default), alternative (default)\n"))
    let weekly = try await site("participant", "set", reader, "--period", "weekly", "--format", "mime")
    #expect(weekly.output.contains("digest      weekly at 6:00 on day 1 (default)\n"), "\(weekly)")
    #expect(weekly.output.contains("style       full (default), mime\n"), "\(weekly)")
    for (day, number) in [("friday", 5), ("2", 2), ("Sunday", 7)] {
      let set = try await site("participant", "set", reader, "--weekday", day)
      #expect(set.output.contains("digest      weekly at 6:00 on day \(number)\n"), "\(set)")
    }
    let back = try await site("participant", "set", reader, "--mode", "default")
    #expect(
      back.output.contains("mode        instant (default)") && back.output.contains("zone        Africa/Nairobi\n"))
    for (option, value) in [
      ("--mode", "sometimes"), ("--hour", "24"), ("--zone", "Mars/Olympus"), ("--language", "de"),
      ("--text-only", "perhaps"), ("--pause-until", "soon"), ("--period", "hourly"), ("--weekday", "0"),
      ("--weekday", "someday"),
      ("--pause-until", "2020-01-01"), ("--zone", "Paris"),
    ] {
      let refused = try await site("participant", "set", reader, option, value)
      #expect(refused.status == .exited(64) && refused.errors.contains("\(option): \"\(value)\""), "\(refused)")
    }
  }

  @Test("F1: watch add, list and remove; a thread or person that is not there is refused")
  func watch() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 1)
    let person = try site.forum.addParticipant(name: "Ana", address: "ana@example.net")
    #expect(try await site("watch", "list", person).output == "No watches.\n")
    let added = try await site("watch", "add", "ana@example.net", "--thread", thread, "--mode", "digest")
    #expect(added.output.hasPrefix("thread \(thread), digest, since "), "\(added)")
    #expect(added.output.hasSuffix(" — Living modified fish\n"))
    let all = try await site("watch", "add", "ana@example.net", "--everything", "--mute")
    #expect(all.output.contains("mute everything, since "), "\(all)")
    #expect(try await site("watch", "remove", person, "--thread", thread).output == "Removed.\n")
    #expect(try await site("watch", "remove", person, "--thread", thread).output == "There was no such watch.\n")
    #expect(try await site("watch", "add", person, "--thread", "99").status == .exited(64))
    #expect(try await site("watch", "add", person, "--discussion", "99").status == .exited(64))
  }

  @Test("A3: preview is a message that a mail program can read, to that person alone; nothing is sent or recorded")
  func preview() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 2)
      let post = try site.post(thread, "Привет, коллеги!")
      for options in [[], ["--digest"], ["--language", "ar"]] {
        let shown = try await Program.run(
          ["preview", post, "--to", "reader2@example.net", "--config", site.configuration] + options)
        #expect(shown.status == .exited(0) && shown.errors.isEmpty, "\(shown)")
        let parts = shown.output.split(separator: "\r\n\r\n", maxSplits: 1)
        let header = try #require(parts.first)
        #expect(header.contains("\r\nTo: Reader 2 <reader2@example.net>\r\n"), "\(header)")
        #expect(header.contains("\r\nMIME-Version: 1.0") && header.contains("\r\nContent-Type: multipart/alternative"))
        #expect(!header.contains("\n" as Character), "CRLF is one Character: this is a bare LF")
        #expect(!shown.output.contains("reader1@example.net"), "M1")
        #expect(header.contains("\r\nList-Unsubscribe: <mailto:stop+") && !header.contains("One-Click"), "no site.url")
      }
      let unknown = try await site("preview", post, "--to", "reader2@example.net", "--language", "de")
      #expect(unknown.status == .exited(64) && unknown.errors.contains("--language: \"de\" is none of ar, en"))
      let file = site.directory("mail.eml")
      let written = try await site("preview", post, "--to", "reader1@example.net", "--output", file)
      #expect(written.output.contains("to <reader1@example.net>"))
      #expect(try Data(contentsOf: URL(filePath: file)).count > 1000)
      #expect(try await site("preview", post, "--to", "reader1@example.net", "--output", file).status == .exited(0))
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "X2")
      #expect(try site.number("SELECT count(*) FROM person") == 0)
      #expect(server.counters.connections == 0)
      #expect(try site.number("SELECT count(*) FROM delivery") == 0)
    }
  }

  @Test("A3: preview --send-to sends that one mail, marked; the queue knows nothing of it, a refusal is told")
  func sendPreview() async throws {
    try await withRelay([Fault(.policy, at: .rcpt, to: "*@refused.example")]) { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 1)
      let post = try site.post(thread)
      func send(_ address: String, _ more: String...) async throws -> Ended {
        try await Program.run(
          ["preview", post, "--to", "1", "--send-to", address, "--config", site.configuration] + more)
      }
      let sent = try await send("office@example.org", "--reason", "for the printer")
      #expect(sent.status == .exited(0) && sent.output.hasPrefix("Sent to office@example.org: 250 "), "\(sent)")
      let mail = try #require(server.received.first)
      let text = String(decoding: mail.data, as: UTF8.self)
      #expect(
        mail.recipients == ["office@example.org"]
          && text.contains("\r\nSubject: [Preview] Living modified fish\r\n"))
      #expect(text.contains("\r\nTo: Reader 1 <reader1@example.net>\r\n"))
      let digest = try await send("office@example.org", "--digest", "--json")
      #expect(
        digest.status == .exited(0) && digest.output.hasPrefix("{\"command\":\"preview --send-to\","), "\(digest)")
      #expect(String(decoding: server.received[1].data, as: UTF8.self).contains("\r\nSubject: [Preview] "))
      #expect(!sent.errors.contains("may not read"))
      let discussion = try site.forum.addDiscussion(title: "Bureau", slug: "bureau", isPrivate: true)
      let hidden = try site.post(try site.forum.addThread(discussion: discussion, title: "Bureau"))
      let warned = try await site("preview", hidden, "--to", "1", "--send-to", "office@example.org")
      #expect(warned.status == .exited(0) && warned.errors.contains("participant 1 may not read this"), "\(warned)")
      let refused = try await send("office@refused.example")
      #expect(refused.status == .exited(69) && refused.errors.contains("the relay refuses it: 5"), "\(refused)")
      #expect(refused.output.isEmpty)
      for wrong in [["nobody"], ["a@b.example", "--output", "x"]] {
        let ended = try await Program.run(
          ["preview", post, "--to", "1", "--config", site.configuration, "--send-to"] + wrong)
        #expect(ended.status == .exited(64), "\(ended)")
      }
      #expect(try site.number("SELECT count(*) FROM delivery") == 0)
      let log = try await site("audit").output
      #expect(
        log.contains("\tpreview --send-to\tpost \(post) of participant 1\tSent to office@example.org: 250 "), "\(log)")
      #expect(log.contains("\tfor the printer\n"))
      #expect(try site.number("SELECT count(*) FROM audit") == 3)
      try site.configure("127.0.0.1:\(server.port)", to: "127.0.0.1:1")
      let down = try await send("office@example.org")
      #expect(down.status == .exited(69) && down.errors.contains("127.0.0.1:1"), "\(down)")
    }
  }

  @Test("S3: a domain that refuses by policy is held; release lets its mail go")
  func releaseDomain() async throws {
    try await withRelay([Fault(.policy, at: .rcpt, to: "*@example.net", times: 4)]) { server in
      let site = try await TestInstallation(relay: server.port, delivery: "  domain_hold: 4\n  connections: 1\n")
      let thread = try site.thread(watchers: 6)
      try await site("run", "dispatch")
      try await site.takesFirstMail()
      try site.post(thread)
      let held = try await site("run", "dispatch")
      #expect(held.errors.contains("watchpost release example.net"), "\(held)")
      #expect(try await site("status").output.contains("held: mail to example.net"))
      let waiting = try site.number("SELECT count(*) FROM delivery WHERE state = 'held'")
      #expect(waiting >= 4, "those that triggered the hold are held with it")
      let released = try await site("release", "example.net")
      #expect(released.output == "\(waiting) messages to example.net are queued again.\n", "\(released)")
      #expect(try await site("run", "dispatch").isSilentSuccess)
      #expect(Set(server.received.map(\.recipients)).count == 7 && server.counters.messages == 7)
    }
  }

  @Test("S5: with `uncertain: hold`, a message of unknown fate waits for the admin's word")
  func releaseUncertain() async throws {
    try await withRelay([Fault(.drop, at: .accepted, times: 1)]) { server in
      let site = try await TestInstallation(relay: server.port, delivery: "  uncertain: hold\n")
      let thread = try site.thread(watchers: 1)
      try await site("run", "dispatch")
      try site.post(thread)
      try await site("run", "dispatch")
      #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'held' AND reason = 'uncertain'") == 1)
      let status = try await site("status").output
      #expect(status.contains("held: 1 messages of unknown fate; `watchpost release uncertain`\n"), "\(status)")
      #expect(try await site("release", "uncertain").output == "1 messages are queued again.\n")
      try await site("run", "dispatch")
      let identifiers = server.received.map { String(decoding: $0.data, as: UTF8.self).messageID }
      #expect(identifiers.count == 2 && Set(identifiers).count == 1, "\(identifiers)")
    }
  }

  private func object(_ ended: Ended, status: Int32 = 0) throws -> [String: Any] {
    #expect(ended.status == .exited(status))
    return try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
  }
}

extension String {
  /// A field of a message, with its name; its first line if it is folded.
  func field(_ name: String) -> String? {
    split(separator: "\r\n" as Character).first { $0.hasPrefix("\(name): ") }.map(String.init)
  }

  var messageID: String? { field("Message-ID") }
}
