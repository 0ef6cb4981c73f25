import Capture
import Forum
import Foundation
import Glibc
import SQL
import TestSupport
import Testing

@Suite("O2: exit codes", .timeLimit(.minutes(10)))
struct ExitStatusTests {
  @Test(
    "O2: a wrong command line is 64",
    arguments: [
      ["run"], ["run", "dispatch", "--fast"], ["nonsense"], ["status", "now"], ["participant", "set"],
      ["watch", "add", "x", "--thread", "1", "--everything"], ["capture", "--fault", "explode"],
    ])
  func usage(_ arguments: [String]) async throws {
    let ended = try await Program.run(arguments, in: "/")
    #expect(ended.status == .exited(64) && ended.output.isEmpty && !ended.errors.isEmpty, "\(ended)")
  }

  @Test("O2: what does not exist in the forum is 64, and says what to give")
  func unknownNames() async throws {
    let site = try await TestInstallation()
    for arguments in [
      ["participant", "show", "nobody@example.net"], ["watch", "list", "nobody@example.net"],
      ["preview", "17", "--to", "nobody@example.net"], ["release", "example.org"],
    ] {
      let ended = try await Program.run(arguments + ["--config", site.configuration])
      #expect(ended.status == .exited(64) && ended.errors.contains(arguments.last!), "\(arguments): \(ended)")
    }
  }

  @Test("S3: a relay that is down is 69, is named, spends nobody's attempt, and is then left alone for a while")
  func relayDown() async throws {
    let server = try await CaptureServer.start()
    let port = server.port
    try await server.stop()
    let site = try await TestInstallation(relay: port)
    let thread = try site.thread(watchers: 3)
    try await site("run", "dispatch")
    try site.post(thread)
    let ended = try await site("run", "dispatch")
    #expect(ended.status == .exited(69) && ended.output.isEmpty, "\(ended)")
    #expect(ended.errors.contains("127.0.0.1") && ended.errors.contains("\(port)"), "\(ended.errors)")
    #expect(
      try site.number("SELECT count(*) FROM delivery WHERE state = 'queued' AND attempts = 0 AND lease IS NULL") == 3)
    #expect(try site.number("SELECT count(*) FROM attempt") == 0)
    let next = try await site("run", "dispatch")
    #expect(next.status == .exited(69) && next.errors.isEmpty, "told once: \(next)")
    let status = try await site("status")
    #expect(
      status.status == .exited(69) && status.output.contains("has taken no mail yet; left alone until"), "\(status)")
    #expect(
      status.output.contains("wrong: since 20") && status.output.contains("is a mail server listening there?"),
      "\(status)")
    #expect(try await site("release", "relay").status == .exited(0))
    let asked = try await site("run", "dispatch")
    #expect(asked.status == .exited(69) && asked.errors.contains("127.0.0.1"), "told anew after a word: \(asked)")
  }

  @Test("O2: a broken template, and a prefix that the mails cannot have, are 78 for status already")
  func statusChecks() async throws {
    let site = try await TestInstallation(settings: "collect:\n  settle: 0s\n")
    try FileManager.default.createDirectory(atPath: site.directory("site/own"), withIntermediateDirectories: false)
    try site.directory.write("site/own/instant.txt", "{{nothing}}\n")
    let file = try String(contentsOfFile: site.configuration, encoding: .utf8)
    try site.directory.write("site/watchpost.yaml", file.replacing("mail:\n", with: "mail:\n  templates: own\n"))
    let template = try await site("status")
    #expect(template.status == .exited(78) && template.output.contains("own/instant.txt:1: "), "\(template)")
    try site.directory.write("site/watchpost.yaml", file.replacing("mail:\n", with: "mail:\n  reply_prefix: digest\n"))
    let prefix = try await site("status")
    #expect(prefix.status == .exited(78) && prefix.words.contains("mail.reply_prefix: is `digest`"), "\(prefix)")
  }

  @Test("O2: init refuses a wrong option by its name and writes nothing; options that would do nothing are refused")
  func initOptions() async throws {
    let directory = try TemporaryDirectory()
    let site = directory("site")
    let wrong = try await Program.run(["init", site, "--domain", "no domain", "--url", "http://example.org"])
    #expect(wrong.status == .exited(64), "\(wrong)")
    #expect(wrong.errors.contains("--domain: ") && wrong.errors.contains("--url: "), "\(wrong.errors)")
    #expect(!FileManager.default.fileExists(atPath: site))
    let made = try await Program.run(["init", site, "--name", "Fish", "--domain", "fish.example.org"])
    #expect(made.status == .exited(0), "\(made)")
    let file = try String(contentsOfFile: site + "/watchpost.yaml", encoding: .utf8)
    #expect(file.contains("name: Fish\n") && !file.contains("url:"))
    let again = try await Program.run(["init", site, "--name", "Birds"])
    #expect(again.status == .exited(64) && again.errors.contains("so --name would do nothing"), "\(again)")
    let same = try await Program.run(["init", site, "--name", "Fish", "--domain", "fish.example.org"])
    #expect(same.status == .exited(0), "\(same)")
    #expect(try String(contentsOfFile: site + "/watchpost.yaml", encoding: .utf8) == file)
  }

  @Test("X2: the databases are made 0600, and stay as the admin has opened them for the web pages")
  func databaseModes() async throws {
    let site = try await TestInstallation()
    let forum = site.directory("site/forum.sqlite")
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(forum) == 0o600 && mode(site.directory("site/ledger.sqlite")) == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: forum)
    #expect(try await site("run", "dispatch").isSilentSuccess)
    #expect(try mode(forum) == 0o660)
  }

  @Test("O2: a ledger that is no database is 69 and is named; nothing is written over it")
  func brokenLedger() async throws {
    let site = try await TestInstallation()
    for name in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
      try? FileManager.default.removeItem(atPath: site.directory("site/\(name)"))
    }
    let text = String(repeating: "this is no database\n", count: 300)
    try site.directory.write("site/ledger.sqlite", text)
    let ended = try await site("run", "dispatch")
    #expect(ended.status == .exited(69) && ended.errors.contains("ledger.sqlite"), "\(ended)")
    #expect(try String(contentsOfFile: site.directory("site/ledger.sqlite"), encoding: .utf8) == text)
  }

  @Test("O2: a forum database that is not there is 69 and is named; a foreign one is never created")
  func missingForum() async throws {
    let site = try await TestInstallation(
      settings: "forum:\n  source: django-machina\n  database: elsewhere.sqlite\n")
    let ended = try await site("run", "dispatch")
    #expect(ended.status == .exited(69) && ended.errors.contains("elsewhere.sqlite"), "\(ended)")
    #expect(!FileManager.default.fileExists(atPath: site.directory("site/elsewhere.sqlite")))
  }

  @Test("O2: a query that the forum's database does not understand is 78 for every command, with file and line")
  func foreignTables() async throws {
    let site = try await TestInstallation(
      settings: "forum:\n  source: django-machina\n  database: other.sqlite\n")
    try SQLiteDatabase(path: site.directory("site/other.sqlite")).write { try $0.run("CREATE TABLE t (a INTEGER)") }
    let file = site.directory("site/sources/django-machina.yaml")
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let line = lines.firstIndex { $0.hasPrefix("  newest: ") }! + 1
    for command in [["run", "dispatch"], ["status"], ["participant", "show", "x"]] {
      let ended = try await Program.run(command + ["--config", site.configuration])
      #expect(ended.status == .exited(78), "\(command): \(ended)")
      #expect(ended.words.contains("\(file):\(line): queries.newest: "), "\(ended)")
      #expect(ended.words.contains("other.sqlite: no such table: forum_conversation_post\n"), "\(ended)")
    }
  }

  @Test("O2: but for init, no command makes a database: one that is not there is 69, one without tables of ours 78")
  func missingDatabases() async throws {
    for (setting, name) in [("ledger", "ledgre.sqlite"), ("forum", "/nowhere/forum.sqlite")] {
      let site = try await TestInstallation(settings: "\(setting):\n  database: \(name)\n")
      let path = name.hasPrefix("/") ? name : site.directory("site/\(name)")
      for command in [["run", "dispatch"], ["participant", "show", "x"], ["status"]] {
        let ended = try await Program.run(command + ["--config", site.configuration])
        #expect(ended.status == .exited(69), "\(command): \(ended)")
        #expect(ended.words.contains("\(path): there is no such database file; `watchpost init` makes it"), "\(ended)")
        #expect(!FileManager.default.fileExists(atPath: path))
      }
      if name.hasPrefix("/") { continue }
      try site.directory.write("site/\(name)", "")
      let empty = try await site("run", "dispatch")
      #expect(empty.status == .exited(78), "\(empty)")
      #expect(empty.errors.contains("ledger.database: there is no ledger in it"), "\(empty.errors)")
      let again = try await site("run", "dispatch")
      #expect(again.status == .exited(78) && again.errors.isEmpty, "told once: \(again)")
      #expect(try await Program.run(["init", site.directory("site")]).status == .exited(0))
      let mended = try await site("run", "dispatch")
      #expect(mended.status == .exited(0) && mended.errors.contains("Over after"), "\(mended)")
      #expect(try await site("run", "dispatch").isSilentSuccess)
    }
  }

  @Test("C5: a flood is held: 75, with the figures and the way out; the admin's word lets it go")
  func flood() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(
        relay: server.port, settings: "collect:\n  settle: 0s\n  flood_limit: 3\n")
      let thread = try site.thread(watchers: 2)
      try await site("run", "dispatch")
      for number in 1...5 { try site.post(thread, "Post \(number)") }
      let held = try await site("run", "dispatch")
      #expect(held.status == .exited(75), "\(held)")
      #expect(held.errors.contains("5 new posts") && held.errors.contains("(3)"), "\(held.errors)")
      #expect(held.errors.contains("watchpost release flood"))
      #expect(server.counters.messages == 0)
      #expect(try await site("status").output.contains("held: new posts: 5 new posts at once"))
      #expect(try await site("release", "flood").status == .exited(0))
      #expect(try await site("run", "dispatch").isSilentSuccess)
      #expect(server.counters.messages == 10)
    }
  }

  @Test(
    "S6: SIGTERM or SIGHUP in mid-run is 75: what is under way is finished and recorded, and nothing is lost or doubled",
    arguments: [SIGTERM, SIGHUP])
  func terminated(_ signal: Int32) async throws {
    try await withRelay([Fault(.tarpit(milliseconds: 5), at: .dot)]) { server in
      let site = try await TestInstallation(relay: server.port, delivery: "  connections: 2\n")
      let thread = try site.thread(watchers: 300)
      try await site("run", "dispatch")
      try site.post(thread)
      let ended = try await site("run", "dispatch") { pid in
        try await server.counters { $0.messages >= 20 }
        kill(pid, signal)
      }
      #expect(ended.status == .exited(75) && ended.errors.isEmpty, "\(ended)")
      let arrived = server.counters.messages
      #expect(arrived >= 20 && arrived < 300)
      #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'sent'") == arrived)
      #expect(
        try site.number("SELECT count(*) FROM delivery WHERE state = 'queued' AND lease IS NULL AND attempts = 0")
          == 300 - arrived)
      #expect(try await site("run", "dispatch").isSilentSuccess)
      #expect(Set(server.received.map(\.recipients)).count == 300 && server.counters.messages == 300)
    }
  }

  @Test(
    "O2: a wrong configuration is 78 and names file, line and key",
    arguments: [
      ("collect:\n  settel: 0s\n", ["collect.settel", "settle"]),
      ("collect:\n  settle: soon\n", ["collect.settle", "soon"]),
      ("digest:\n  hour: 24\n", ["digest.hour", "24"]),
    ])
  func configuration(_ settings: String, _ words: [String]) async throws {
    let site = try await TestInstallation(settings: settings)
    for command in [["run", "dispatch"], ["status"], ["participant", "show", "x"], ["release", "flood"]] {
      let ended = try await Program.run(command + ["--config", site.configuration])
      #expect(ended.status == .exited(78) && ended.output.isEmpty, "\(command): \(ended)")
      let lines = try String(contentsOfFile: site.configuration, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      let line = lines.firstIndex { $0 == settings.split(separator: "\n")[1] }! + 1
      #expect(ended.errors.contains("\(site.configuration):\(line):"), "\(ended.errors)")
      for word in words { #expect(ended.errors.contains(word), "\(ended.errors)") }
    }
  }

  @Test("O2: a job, configuration, mapping or key file that is missing or wrong is 78 and is named")
  func otherFiles() async throws {
    let site = try await TestInstallation(settings: "forum:\n  source: phpbb\n")
    let noJob = try await site("run", "nightly")
    #expect(noJob.status == .exited(78) && noJob.errors.contains("jobs/nightly.yaml"), "\(noJob)")
    let noMapping = try await site("run", "dispatch")
    #expect(noMapping.status == .exited(78) && noMapping.errors.contains("sources/phpbb.yaml"), "\(noMapping)")
    try site.directory.write("site/jobs/dispatch.yaml", "steps: [collect, dispatch]\ndeadline: 4m\n")
    let badJob = try await site("run", "dispatch")
    #expect(badJob.status == .exited(78) && badJob.errors.contains("jobs/dispatch.yaml:1:"), "\(badJob)")
    #expect(chmod(site.directory("site/keys"), 0o644) == 0)
    let openKeys = try await site("status")
    #expect(openKeys.status == .exited(78) && openKeys.output.contains("chmod 600"), "X2: \(openKeys)")
    let none = try await Program.run(["status", "--config", site.directory("none.yaml")])
    #expect(none.status == .exited(78) && none.errors.contains("watchpost init"), "\(none)")
  }

  @Test("O2: too few files for a process to work with are told in words, and so is a machine without /proc")
  func limits() async throws {
    let few = try await Program.shell("ulimit -n 20; \"$0\" status; echo $?")
    #expect(few.output == "75\n" && few.errors.contains("ulimit -n"), "\(few)")
    let bare = try await Program.shell(
      "unshare -rm bash -c 'mount -t tmpfs none /proc && \"$0\" status; echo $?' \"$0\" 2>&1 || echo none")
    // Not everywhere may a test have a file system of its own.
    if bare.output.contains("mount:") || bare.output.contains("unshare:") { return }
    #expect(bare.output.hasPrefix("watchpost: /proc is not mounted") && bare.output.hasSuffix("75\n"), "\(bare)")
  }

  @Test("O2: an answer that cannot be written is a failure that is told")
  func unwritten() async throws {
    let site = try await TestInstallation()
    for command in ["status", "status --json"] {
      let ended = try await Program.shell("\"$0\" \(command) >/dev/full; echo $? >&2")
      _ = site
      #expect(ended.errors.hasSuffix("69\n") || ended.errors.hasSuffix("78\n"), "\(command): \(ended)")
    }
    let full = try await Program.shell("\"$0\" status --config \"$1\" >/dev/full; echo $? >&2", site.configuration)
    #expect(full.errors.contains("standard output cannot be written: No space left on device"), "\(full)")
  }

  @Test(
    "O3, E5: standard error that is full or closed ends no run, and what could not be said is said by the next, once",
    arguments: ["2>/dev/full", "2>&-"])
  func unheard(_ redirection: String) async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 1)
    try await site("run", "dispatch")
    try site.post(thread)
    for _ in 1...2 {
      let unheard = try await Program.shell(
        "\"$0\" run dispatch --config \"$1\" \(redirection); echo $?", site.configuration)
      #expect(unheard.output == "69\n", "\(unheard)")
    }
    let heard = try await site("run", "dispatch")
    #expect(heard.status == .exited(69) && heard.errors.contains("127.0.0.1"), "\(heard)")
    #expect(heard.errors.split(separator: "\n").count == 1, "\(heard)")
    let next = try await site("run", "dispatch")
    #expect(next.status == .exited(69) && next.errors.isEmpty, "\(next)")
  }

  @Test("M4: keys of another installation are refused by runs and found by status, and the own ones go on")
  func otherKeys() async throws {
    let (site, other) = (try await TestInstallation(), try await TestInstallation())
    try await site("run", "dispatch")
    let own = try String(contentsOfFile: site.directory("site/keys"), encoding: .utf8)
    try site.directory.write("site/keys", try String(contentsOfFile: other.directory("site/keys"), encoding: .utf8))
    #expect(chmod(site.directory("site/keys"), 0o600) == 0)
    for command in ["run dispatch", "status"] {
      let ended = try await Program.run(
        command.split(separator: " ").map(String.init) + ["--config", site.configuration])
      #expect(ended.status == .exited(78) && ended.words.contains("is not the one of its number"), "\(ended)")
    }
    try site.directory.write("site/keys", own)
    #expect(try await site("run", "dispatch").status == .exited(0))
  }

  @Test(
    "E6: what is closed to its owner is told with the command that opens it",
    .enabled(if: geteuid() != 0, "root may all"))
  func closed() async throws {
    let site = try await TestInstallation()
    try await site("run", "dispatch")
    for (path, command) in [("keys", "chmod u+r "), ("ledger.sqlite", "chmod u+rw "), ("jobs", "chmod u+rwx ")] {
      #expect(chmod(site.directory("site/\(path)"), 0) == 0)
      let ended = try await site("run", "dispatch")
      #expect(ended.errors.contains(command + site.directory("site/\(path)")), "\(ended)")
      #expect(chmod(site.directory("site/\(path)"), path == "jobs" ? 0o700 : 0o600) == 0)
      try await site("run", "dispatch")
    }
  }

  @Test("O6: a ledger that a newer program wrote is 78")
  func newerLedger() async throws {
    let site = try await TestInstallation()
    try site.ledger().write { try $0.run("UPDATE schema_version SET number = 999 WHERE name = 'ledger'") }
    let ended = try await site("run", "dispatch")
    #expect(ended.status == .exited(78) && ended.errors.contains("newer"), "\(ended)")
  }
}
