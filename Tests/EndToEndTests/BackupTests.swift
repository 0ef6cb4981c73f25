import Capture
import Foundation
import Glibc
import Subprocess
import Testing

/// The page on backups, done as it says, by the real program on a real installation.
@Suite(
  "The page on backups", .timeLimit(.minutes(10)),
  .enabled(if: access("/usr/bin/sqlite3", X_OK) == 0, "the package sqlite3 is not installed")
)
struct BackupTests {
  /// The page's shell blocks below a heading, in their order.
  private func blocks(_ heading: String) throws -> [String] {
    let page = try Repository.text("Sources/Ledger/Ledger.docc/Backups.md")
    let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix(heading) } ?? ""
    return section.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
  }

  /// Runs a block in the shell, with the test's directories in the place of the machine's.
  private func shell(_ block: String, _ site: TestInstallation, ledger: String = "") async throws -> Ended {
    let script =
      "set -e\n"
      + block.replacing("/var/lib/watchpost", with: site.directory("site"))
      .replacing("/var/backups/watchpost", with: site.directory("backup"))
    let ended = try await Subprocess.run(
      .name("sh"), arguments: ["-c", script], environment: .inherit.updating(["LEDGER": ledger]),
      output: .string(limit: 100_000), error: .string(limit: 100_000))
    return Ended(
      status: ended.terminationStatus, output: ended.standardOutput, errors: ended.standardError)
  }

  @Test("E3: a copy of a running SQLite is whole, and a restored one is noticed and goes on by the admin's word")
  func sqlite() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      try await backUpAndRestore(site, server, "SQLite")
      #expect(FileManager.default.contents(atPath: site.directory("backup/keys")) != nil)
    }
  }

  @Test(
    "E3: a dump of a ledger on PostgreSQL is whole, and a restored one is noticed and goes on by the admin's word",
    .enabled(if: server != nil, "run by Tests/with-postgres"))
  func postgres() async throws {
    let server = try #require(Self.server)
    try await withRelay { relay in
      let name = "backup_\(UInt32.random(in: .min ... .max))"
      let made = try await Program.shell("psql -q \"$1\" -c \"CREATE DATABASE $2\"", server, name)
      #expect(made.isSilentSuccess, "\(made)")
      let ledger = server.replacing("/postgres?", with: "/\(name)?")
      let site = try await TestInstallation(
        relay: relay.port, settings: "collect:\n  settle: 0s\nledger:\n  database: \(ledger)\n")
      #expect(try await Program.run(["init", site.directory("site")]).status == .exited(0))
      try FileManager.default.createDirectory(atPath: site.directory("backup"), withIntermediateDirectories: false)
      try await backUpAndRestore(site, relay, "PostgreSQL", ledger: ledger)
    }
  }

  /// The URI of the tests' own server.
  private static let server = ProcessInfo.processInfo.environment["WATCHPOST_TEST_POSTGRES"]

  /// One post is mailed, the ledger backed up, another mailed, the ledger restored; then a third one is to be mailed, and
  /// the second not again.
  private func backUpAndRestore(
    _ site: TestInstallation, _ server: CaptureServer, _ heading: String, ledger: String = ""
  ) async throws {
    let thread = try site.thread(watchers: 1)
    // On PostgreSQL nobody begins a forum's first day with `init`: what is there at the first run is history.
    #expect(try await site("run", "dispatch").status == .exited(0))
    let before = server.counters.messages
    try site.post(thread, "One")
    #expect(try await site("run", "dispatch").isSilentSuccess)
    let steps = try blocks(heading)
    #expect(steps.count == 2)
    // The forum's connection is open: what it wrote stands in the file beside, of which a plain copy knows nothing.
    let saved = try await shell(steps[0], site, ledger: ledger)
    #expect(saved.isSilentSuccess, "\(saved)")
    // Of a post of the very second in which the admin says "until now", nobody could tell.
    try site.post(thread, "Two", secondsAgo: 5)
    #expect(try await site("run", "dispatch").isSilentSuccess)
    #expect(server.counters.messages == before + 2)
    let restored = try await shell(steps[1], site, ledger: ledger)
    #expect(restored.isSilentSuccess, "\(restored)")

    let held = try await site("run", "dispatch")
    #expect(held.status == .exited(75) && held.errors.contains("The ledger was restored from a backup"), "\(held)")
    let status = try await site("status").output
    #expect(status.contains("held: everything, the ledger was restored: "), "\(status)")
    #expect(status.contains("; `watchpost resume`\n"), "\(status)")
    #expect(server.counters.messages == before + 2)
    let word = try #require(try blocks("After a restore").first).split(separator: " ")
    #expect(word.prefix(3) == ["watchpost", "resume", "--from"])
    let resumed = try await site("resume", "--from", "now")
    #expect(resumed.status == .exited(0) && resumed.output.hasPrefix("The next run goes on."), "\(resumed)")
    try site.post(thread, "Three")
    #expect(try await site("run", "dispatch").isSilentSuccess)
    #expect(server.counters.messages == before + 3)
    #expect(server.received.last.map { String(decoding: $0.data, as: UTF8.self).contains("Three") } == true)
    let nothing = try await site("resume", "--from", "all")
    #expect(nothing.status == .exited(64) && nothing.errors.contains("--force"))
  }
}
