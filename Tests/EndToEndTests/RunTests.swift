import Capture
import Foundation
import Glibc
import TestSupport
import Testing
import Time

@Suite("Runs of jobs", .timeLimit(.minutes(10)))
struct RunTests {
  @Test("X2: init makes files for their owner alone, and touches nothing that is there")
  func initialize() async throws {
    let directory = try TemporaryDirectory()
    let first = try await Program.run(["init", directory("site"), "--name", "BCH forum", "--domain", "bch.example.org"])
    #expect(first.status == .exited(0) && first.errors.isEmpty, "\(first)")
    for name in ["watchpost.yaml", "keys", "ledger.sqlite", "forum.sqlite", "jobs/dispatch.yaml"] {
      var status = stat()
      #expect(stat(directory("site/\(name)"), &status) == 0, "\(name)")
      #expect(status.st_mode & 0o077 == 0, "\(name) is open to others")
    }
    let keys = try String(contentsOfFile: directory("site/keys"), encoding: .utf8)
    let configuration = try String(contentsOfFile: directory("site/watchpost.yaml"), encoding: .utf8)
    #expect(configuration.contains("BCH forum") && configuration.contains("bch.example.org"))
    let second = try await Program.run(["init", directory("site"), "--name", "Another"])
    #expect(second.status == .exited(64))
    #expect(try await Program.run(["init", directory("site")]).status == .exited(0))
    #expect(try String(contentsOfFile: directory("site/keys"), encoding: .utf8) == keys)
    #expect(try String(contentsOfFile: directory("site/watchpost.yaml"), encoding: .utf8) == configuration)
  }

  @Test("O3: with nothing to do every job is silent and ends with 0, even without a relay")
  func silence() async throws {
    let site = try await TestInstallation()
    for job in ["dispatch", "digest", "inbound", "maintain", "dispatch"] {
      let ended = try await site("run", job)
      #expect(ended.isSilentSuccess, "\(job): \(ended)")
    }
  }

  @Test("O3: a run that mails is silent too; -v is one line; each watcher gets the post once")
  func mails() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 7)
      try await site("run", "dispatch")
      try site.post(thread)
      let quiet = try await site("run", "dispatch")
      #expect(quiet.isSilentSuccess, "\(quiet)")
      #expect(server.counters.messages == 7)
      try site.post(thread, "Second")
      let told = try await site("run", "dispatch", "-v")
      #expect(told.errors.isEmpty && told.output.split(separator: "\n").count == 1)
      #expect(
        told.output.hasPrefix("dispatch: collect seen 1, journalled 1; fan-out posts 1, instant 7; deliver sent 7"))
      #expect(Set(server.received.map { "\($0.recipients)" }).count == 7 && server.counters.messages == 14)
    }
  }

  @Test("S7: with `smtp.auth: none` nobody signs in, whatever else is set; else the user does")
  func signingIn() async throws {
    for (setting, user) in [("none", nil), ("plain", "watchpost")] as [(String, String?)] {
      var options = CaptureOptions()
      options.auth = true
      let server = try await CaptureServer.start(options)
      let site = try await TestInstallation(
        relay: server.port,
        settings: "collect:\n  settle: 0s\nsmtp:\n  auth: \(setting)\n  user: watchpost\n  password_file: password\n")
      try Data("secret\n".utf8).write(to: URL(filePath: site.directory("site/password")))
      #expect(chmod(site.directory("site/password"), 0o600) == 0)
      let thread = try site.thread(watchers: 1)
      try await site("run", "dispatch")
      try site.post(thread)
      let ended = try await site("run", "dispatch")
      #expect(ended.isSilentSuccess, "\(ended)")
      #expect(server.received.map(\.user) == [user])
      try await server.stop()
    }
  }

  @Test("S5, S6: messages per connection, pipelining and the name for EHLO are as the configuration says")
  func relaySettings() async throws {
    // Commands that come behind another are lost: sent together, the first connection would hang and be given up.
    try await withRelay([Fault(.forget, at: .mail)]) { server in
      for (helo, greeting) in [("", nil), ("  helo: \"[192.0.2.7]\"\n", "[192.0.2.7]")] as [(String, String?)] {
        let before = server.received.count
        let opened = server.counters.connections
        let site = try await TestInstallation(
          relay: server.port, settings: "collect:\n  settle: 0s\nsmtp:\n  pipelining: false\n\(helo)",
          delivery: "  messages_per_connection: 2\n  connections: 1\n")
        let thread = try site.thread(watchers: 5)
        try await site("run", "dispatch")
        try site.post(thread)
        let ended = try await site("run", "dispatch")
        #expect(ended.isSilentSuccess, "\(ended)")
        let received = server.received.dropFirst(before)
        #expect(received.map(\.order) == [1, 2, 1, 2, 1] && server.counters.connections == opened + 3)
        for mail in received {
          #expect(greeting == nil || mail.greeting == greeting)
          #expect(mail.greeting.contains(".") && !mail.greeting.hasPrefix("localhost"), "\(mail.greeting)")
        }
      }
    }
  }

  @Test("S4: a span in the first step of delivery.retry is honoured")
  func retrySpan() async throws {
    try await withRelay([Fault(.greylist(seconds: 60), at: .rcpt)]) { server in
      // By chance within two days: that all three are due within two minutes happens once in billions of times.
      let site = try await TestInstallation(relay: server.port, delivery: "  retry: [1m..2d, 5m]\n")
      let thread = try site.thread(watchers: 3)
      try await site("run", "dispatch")
      try site.post(thread)
      try await site("run", "dispatch")
      #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'deferred'") == 3)
      #expect(try site.number("SELECT max(due) FROM delivery") > Int(TestInstallation.now.seconds) + 120)
    }
  }

  @Test("C3: the very first posts of a forum that `init` made are mailed, however late the first run comes")
  func firstPosts() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 2)
      try site.post(thread, "First")
      #expect(try await site("run", "dispatch").isSilentSuccess)
      #expect(server.counters.messages == 2)
    }
  }

  @Test("C3: posts that were there before the first run are not mailed, and are counted")
  func history() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 2)
      try site.post(thread, "Old")
      // As on a forum that had posts when Watchpost came.
      for end in ["", "-wal", "-shm"] {
        let path = site.directory("site/ledger.sqlite\(end)")
        if access(path, F_OK) == 0 { try FileManager.default.removeItem(atPath: path) }
      }
      #expect(try await Program.run(["init", site.directory("site")]).status == .exited(0))
      let first = try await site("run", "dispatch")
      #expect(first.status == .exited(0))
      #expect(first.errors.contains("The forum's posts until now are mailed to nobody: 1."), "\(first.errors)")
      try site.post(thread, "New")
      try await site("run", "dispatch")
      #expect(server.counters.messages == 2)
      #expect(server.received.allSatisfy { String(decoding: $0.data, as: UTF8.self).contains("New") })
    }
  }

  @Test("O1: a second run of a job ends quietly with 0 while the first is at work")
  func secondRun() async throws {
    try await withRelay([Fault(.stall, at: .dot)]) { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 1)
      try await site("run", "dispatch")
      try site.post(thread)
      let first = try await site("run", "dispatch") { pid in
        try await server.counters { $0.faults > 0 }
        let second = try await site("run", "dispatch")
        #expect(second.isSilentSuccess, "\(second)")
        let told = try await site("run", "dispatch", "--verbose")
        #expect(told.status == .exited(0) && told.output == "dispatch: another run is at work\n")
        let other = try await site("run", "digest")
        #expect(other.isSilentSuccess, "another job has a lock of its own: \(other)")
        kill(pid, SIGKILL)
      }
      #expect(first.status == .signaled(SIGKILL))
      // It has the lock at once, and what the first had begun.
      let third = try await site("run", "dispatch") { pid in
        try await server.counters { $0.faults > 1 }
        kill(pid, SIGKILL)
      }
      #expect(third.status == .signaled(SIGKILL), "a kernel lock dies with its process: \(third)")
    }
  }

  @Test("O1, E2: past twice its deadline a holder is reported: 75, with its number, its file and what to do")
  func overdue() async throws {
    let site = try await TestInstallation()
    let path = site.directory("site/dispatch.lock")
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    var steady = timespec()
    #expect(clock_gettime(CLOCK_BOOTTIME, &steady) == 0)
    func hold(since seconds: Int64) throws {
      // The wall clock, a year ahead, has no say.
      let started = TestInstallation.now + 365 * 86_400
      let text = Array("4711 \(started.seconds) 240 \(Int64(steady.tv_sec) - seconds)\n".utf8)
      #expect(ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text, text.count, 0) == text.count)
    }
    try hold(since: 470)
    #expect(try await site("run", "dispatch").isSilentSuccess)
    try hold(since: 500)
    let ended = try await site("run", "dispatch")
    #expect(ended.status == .exited(75) && ended.output.isEmpty)
    #expect(ended.errors.contains("process 4711") && ended.errors.contains(path), "\(ended.errors)")
    #expect(ended.errors.contains("look at it and end it"))
  }

  @Test("O5: an admin adds a job by adding a file")
  func ownJob() async throws {
    let site = try await TestInstallation()
    try site.directory.write("site/jobs/weekend.yaml", "steps: [collect, fan-out]\ndeadline: 1m\nlock: dispatch\n")
    let ended = try await site("run", "weekend", "-v")
    #expect(ended.status == .exited(0) && ended.output.hasPrefix("weekend: nothing to do"), "\(ended)")
  }
}
