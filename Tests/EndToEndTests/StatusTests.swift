import DeliveryPolicy
import Foundation
import Glibc
import SQL
import Testing

/// `watchpost status`, on installations that are as they should be and as they should not.
@Suite("E6: status", .timeLimit(.minutes(10)))
struct StatusTests {
  private func object(_ ended: Ended) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
  }

  /// Every job has run.
  private func runAll(_ site: TestInstallation) async throws {
    for job in ["dispatch", "digest", "inbound", "maintain"] { try await site("run", job) }
  }

  /// What wants a person, and its exit status.
  private func found(_ site: TestInstallation) async throws -> (words: [String], exit: Int) {
    let ended = try await site("status", "--json")
    let status = try object(ended)
    let exit = try #require(status["exit"] as? Int)
    #expect(ended.status == .exited(Int32(exit)), "\(ended)")
    let found = try #require(status["found"] as? [[String: Any]])
    return (found.compactMap { $0["words"] as? String }, exit)
  }

  @Test("S3, E6: what is left alone has one wording, in a run and in status")
  func leftAlone() async throws {
    let site = try await TestInstallation()
    var pauses = Pauses()
    pauses.pause(.post(7), "dot: 554 5.7.1 no", isSure: true, at: TestInstallation.now)
    let note = String(decoding: try JSONEncoder().encode(pauses), as: UTF8.self)
    try site.ledger().write {
      try $0.run("INSERT INTO note (name, value) VALUES ('pauses', $1)", [.text(note)])
    }
    let words =
      "he post [#?] is refused to people of several domains or while others are taken; its mail is held, all else goes: "
      + "dot: 554 5.7.1 no"
    let run = try await site("run", "dispatch", "-v")
    #expect(run.errors.contains("T" + words), "\(run)")
    let status = try await site("status")
    #expect(status.output.contains("held: t" + words), "\(status)")
  }

  @Test("A3, E6: tells the jobs, the relay, what waits and how the last runs ended; --json has all keys")
  func well() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let new = try await site("status")
      #expect(
        new.status == .exited(69)
          && new.output.contains("never run on this machine: digest, dispatch, inbound, maintain"))
      // Where cron starts one, the others' turn comes.
      try await site("run", "dispatch")
      let soon = try await site("status")
      #expect(soon.status == .exited(0), "\(soon)")
      try await runAll(site)
      let idle = try await site("status")
      #expect(idle.status == .exited(0) && idle.output.contains("Nothing waits.\n"), "\(idle)")
      #expect(idle.output.contains("relay smtp://127.0.0.1:\(server.port): has taken no mail yet\n"))
      let thread = try site.thread(watchers: 3)
      try site.post(thread)
      try await site("run", "dispatch")
      let told = try await site("status")
      #expect(told.status == .exited(0) && told.output.contains("sent        3\n"), "\(told)")
      #expect(told.output.contains("job dispatch (every 2m): last run ended 20"))
      #expect(told.output.contains("last took a mail at 20") && told.output.contains("last work of dispatch: 20"))
      let status = try object(try await site("status", "--json"))
      #expect(
        Set(status.keys) == [
          "exit", "found", "jobs", "relay", "clock", "waiting", "incoming", "deliveries", "held", "silentDomains",
          "setAside",
          "setAsideCount",
          "runs",
        ])
      #expect((status["deliveries"] as? [String: Int]) == ["sent": 3])
      #expect((status["runs"] as? [[String: Any]])?.first?["job"] as? String == "dispatch")
      #expect((status["runs"] as? [[String: Any]])?.first?["exit"] as? Int == 0)
    }
  }

  @Test("E6: what waits is told with what it waits for: a digest's hour, the settling time, a moderator, a second try")
  func waits() async throws {
    let site = try await TestInstallation(settings: "collect:\n  settle: 1h\n")
    try await runAll(site)
    let thread = try site.thread(watchers: 2)
    try site.post(thread)
    try await site("run", "dispatch")
    let resting = try await site("status").output
    #expect(resting.contains("waiting: 1 posts that rest (collect.settle)"), "\(resting)")
    try site.configure("collect:\n  settle: 1h\n", to: "collect:\n  settle: 0s\nparticipants:\n  mode: digest\n")
    try site.post(thread)
    for _ in 1...2 { try await site("run", "dispatch") }
    let waiting = try await site("status").output
    #expect(waiting.contains("copies for digests, the next is written 20"), "\(waiting)")
  }

  @Test(
    "E6: a dead cron, a missing or broken job, and a file or directory that this user cannot use are found without a run"
  )
  func faults() async throws {
    let site = try await TestInstallation()
    try await runAll(site)
    #expect(try await found(site).exit == 0)
    // As if the machine had been without cron for an hour.
    let book = site.directory("site/runs.json")
    let runs = try String(contentsOfFile: book, encoding: .utf8)
    let past = runs.replacing(/"steady":(\d+)/) { "\"steady\":\(Int($0.1)! - 3600)" }
    try site.directory.write("site/runs.json", past)
    let dead = try await found(site)
    #expect(
      dead.exit == 69 && dead.words.contains { $0.hasPrefix("job dispatch: no run has ended for 60 min") }, "\(dead)")
    #expect(!dead.words.contains { $0.contains("maintain") })
    try site.directory.write("site/runs.json", runs)

    try site.directory.write("site/jobs/digest.yaml", "steps: [digest]\n")
    let broken = try await found(site)
    #expect(
      broken.exit == 78 && broken.words.contains { $0.contains("jobs/digest.yaml: deadline: is missing") }, "\(broken)")
    try FileManager.default.removeItem(atPath: site.directory("site/jobs"))
    let none = try await found(site)
    #expect(none.exit == 78 && none.words.contains { $0.contains("there is no such directory of jobs") }, "\(none)")
  }

  @Test("E6: a ledger that cannot be opened hides neither the jobs nor what else is wrong")
  func noLedger() async throws {
    let site = try await TestInstallation()
    try await runAll(site)
    try FileManager.default.moveItem(atPath: site.directory("site/ledger.sqlite"), toPath: site.directory("site/gone"))
    let ended = try await site("status")
    #expect(ended.status == .exited(69), "\(ended)")
    #expect(
      ended.output.contains("ledger.sqlite: there is no such database file") && ended.output.contains("job digest"))
  }

  @Test("E3: a ledger that is gone, and has sent mail, is not made anew by init: every command says what to do")
  func lostLedger() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 1)
      try site.post(thread)
      try await site("run", "dispatch")
      let (ledger, away) = (site.directory("site/ledger.sqlite"), site.directory("site/away"))
      try FileManager.default.moveItem(atPath: ledger, toPath: away)
      for command in [
        ["init", site.directory("site")], ["run", "dispatch", "--config", site.configuration],
        ["status", "--config", site.configuration],
      ] {
        let ended = try await Program.run(command)
        #expect(ended.status == .exited(69) && ended.words.contains("mount its disk, or restore it"), "\(ended)")
        #expect(!FileManager.default.fileExists(atPath: ledger))
      }
      try FileManager.default.moveItem(atPath: away, toPath: ledger)
      #expect(try await site("run", "dispatch").status == .exited(0))
      #expect(server.counters.messages == 1)
    }
  }

  @Test(
    "E3: an emptied ledger, and a forum that is gone or emptied, are not made anew by init: every command says what to do",
    arguments: [("ledger", true), ("forum", false), ("forum", true)])
  func emptied(_ name: String, _ isEmptied: Bool) async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 1)
      try site.post(thread)
      try await site("run", "dispatch")
      let files = ["", "-wal", "-shm"].map { (site.directory("site/\(name).sqlite\($0)"), site.directory("away\($0)")) }
      for (file, away) in files { try? FileManager.default.moveItem(atPath: file, toPath: away) }
      if isEmptied {
        try site.directory.write("site/\(name).sqlite", "")
        #expect(chmod(site.directory("site/\(name).sqlite"), 0o600) == 0)
      }
      for command in [
        ["init", site.directory("site")], ["run", "dispatch", "--config", site.configuration],
        ["status", "--config", site.configuration],
      ] {
        let ended = try await Program.run(command)
        #expect(ended.status == .exited(69), "\(command): \(ended)")
        #expect(ended.words.contains("\(name).database: "), "\(ended)")
        #expect(ended.words.contains("mount its disk, or restore it"), "\(ended)")
      }
      for (file, away) in files {
        try? FileManager.default.removeItem(atPath: file)
        try? FileManager.default.moveItem(atPath: away, toPath: file)
      }
      let back = try await site("run", "dispatch")
      #expect(back.status == .exited(0), "\(back)")
      #expect(server.counters.messages == 1)
    }
  }

  @Test("E6, X2: a ledger that everybody may read or write is told, with what to do")
  func openLedger() async throws {
    let site = try await TestInstallation()
    try await runAll(site)
    let ledger = site.directory("site/ledger.sqlite")
    #expect(chmod(ledger, 0o666) == 0)
    let open = try await found(site)
    #expect(
      open.exit == 78 && open.words.contains { $0.contains("everybody on this machine") && $0.contains("chmod o=") })
    #expect(chmod(ledger, 0o660) == 0)
    #expect(try await found(site).words.allSatisfy { !$0.contains("everybody") })
  }

  @Test("E6: a configuration that both usual places lead to is one, and no warning is given")
  func oneConfiguration() async throws {
    let site = try await TestInstallation()
    let ended = try await Program.run(["status"], in: site.directory("site"))
    #expect(!ended.errors.contains("of this directory is used"), "\(ended)")
  }

  @Test("E6: status promises nothing that no job does, nor a digest for a moment that is over")
  func promises() async throws {
    let site = try await TestInstallation(settings: "collect:\n  settle: 0s\nparticipants:\n  mode: digest\n")
    try await runAll(site)
    try site.post(try site.thread(watchers: 2))
    for _ in 1...2 { try await site("run", "dispatch") }
    try site.ledger().write { try $0.run("UPDATE digest_slot SET due = 1779796800") }
    #expect(try await site("status").output.contains("copies for digests, the next was due 2026-05-26T12:00:00Z"))
    for job in ["digest", "inbound"] {
      try FileManager.default.removeItem(atPath: site.directory("site/jobs/\(job).yaml"))
    }
    try site.directory.write("site/jobs/dispatch.yaml", "steps: [collect, fan-out]\ndeadline: 4m\nevery: 2m\n")
    let status = try await site("status")
    #expect(status.status == .exited(78), "\(status)")
    for step in ["deliver", "digest"] { #expect(status.output.contains("no job takes the step \(step)"), "\(status)") }
  }

  @Test("E6: a job's name that was mistyped once is no trouble for ever")
  func mistyped() async throws {
    let site = try await TestInstallation()
    try await runAll(site)
    #expect(try await site("run", "nosuch").status == .exited(78))
    #expect(try await found(site).exit == 78)
    let path = site.directory("site/runs.json")
    let book = try String(contentsOfFile: path, encoding: .utf8)
    let past = book.replacing(/"seenAt":\{"seconds":(\d+)/) { "\"seenAt\":{\"seconds\":\(Int($0.1)! - 3600)" }
    #expect(past != book)
    try site.directory.write("site/runs.json", past)
    #expect(try await found(site).exit == 0)
  }

  @Test(
    "E5, E6: a configuration that became wrong is told once by cron's runs, shown by status, and told when it is mended"
  )
  func toldOnce() async throws {
    let site = try await TestInstallation()
    try await runAll(site)
    let job = site.directory("site/jobs/dispatch.yaml")
    let file = try String(contentsOfFile: job, encoding: .utf8)
    try site.directory.write("site/jobs/dispatch.yaml", file.replacing("deadline:", with: "deadlin:"))
    let first = try await site("run", "dispatch")
    #expect(first.status == .exited(78) && first.errors.contains("deadlin"), "\(first)")
    for _ in 1...3 {
      let next = try await site("run", "dispatch")
      #expect(next.status == .exited(78) && next.errors.isEmpty && next.output.isEmpty, "\(next)")
    }
    let asked = try await site("run", "dispatch", "-v")
    #expect(asked.errors.contains("deadlin"), "whoever looks on is told: \(asked)")
    #expect(try await found(site).exit == 78)
    try site.directory.write("site/jobs/dispatch.yaml", file)
    let mended = try await site("run", "dispatch")
    #expect(mended.status == .exited(0) && mended.errors.contains("Over after"), "\(mended)")
    #expect(try await site("run", "dispatch").isSilentSuccess)
    #expect(try await found(site).exit == 0)
  }

  @Test("E6: root does not run what is another user's, and says how to", .enabled(if: geteuid() == 0, "needs root"))
  func root() async throws {
    let site = try await TestInstallation()
    #expect(chown(site.directory("site"), 65534, 65534) == 0)
    for command in [["run", "dispatch"], ["status"], ["participant", "show", "x"]] {
      let ended = try await Program.run(command + ["--config", site.configuration])
      #expect(ended.status == .exited(64) && ended.errors.contains("runuser -u nobody -- watchpost"), "\(ended)")
    }
    #expect(!FileManager.default.fileExists(atPath: site.directory("site/dispatch.lock")))
  }

  @Test("O3: output that nobody reads to its end changes neither the run nor its status")
  func closedPipe() async throws {
    let site = try await TestInstallation()
    let shell = try await Program.shell(
      "\"$0\" run dispatch --json --config \"$1\" | true; echo ${PIPESTATUS[0]}", site.configuration)
    #expect(shell.output == "0\n", "\(shell)")
  }

  @Test("E5, E9: that nearly everybody is gone is told once, shown by status, and believed at the admin's word")
  func vanished() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      try await runAll(site)
      let thread = try site.thread(watchers: 12)
      try site.post(thread)
      try await site("run", "dispatch")
      let forum = try SQLiteDatabase(path: site.directory("site/forum.sqlite"))
      try forum.write { try $0.run("DELETE FROM watch WHERE participant > 1") }
      try site.post(thread)
      let words = "of 12 people who were to have the last posts there, 11 watch nothing there any more"
      let told = try await site("run", "dispatch")
      #expect(told.status == .exited(75) && told.errors.contains(words), "\(told)")
      let again = try await site("run", "dispatch")
      #expect(again.status == .exited(75) && again.words.isEmpty, "\(again)")
      let shown = try await site("status")
      #expect(shown.status == .exited(75) && shown.output.contains(words), "\(shown)")
      #expect(shown.output.contains("`watchpost release people`"), "\(shown)")
      let released = try await site("release", "people")
      #expect(released.output == "The forum's answers are believed: the next run goes by them.\n", "\(released)")
      #expect(try await site("run", "dispatch").isSilentSuccess)
      #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'sent'") == 13)
      #expect(try await site("status").status == .exited(0))
    }
  }
}
