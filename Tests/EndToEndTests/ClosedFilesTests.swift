import Foundation
import Glibc
import TestSupport
import Testing

/// Files that belong to somebody else: what root's restores leave behind.
@Suite("E6: files closed to the user of the jobs", .timeLimit(.minutes(10)))
struct ClosedFilesTests {
  /// Before a command of bash: root gives up all that it may.
  private static let asNobody =
    geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : ""

  /// The site, as nobody's own.
  private func site() async throws -> TestInstallation {
    let site = try await TestInstallation()
    _ = try await Program.shell("chmod 755 $1 && chown -R 65534:65534 $1/site || true", site.directory.path)
    return site
  }

  private func run(_ site: TestInstallation, _ command: String) async throws -> Ended {
    try await Program.shell(
      "cd / && \(ClosedFilesTests.asNobody) \"$0\" \(command) --config \"$1\"", site.configuration)
  }

  @Test("E3, E6: a word of the ledger that cannot be read is found without a run, with its owner and the way out")
  func witness() async throws {
    let site = try await site()
    try site.post(site.thread(watchers: 1))
    _ = try await run(site, "run dispatch")
    let witness = site.directory("site/ledger.witness")
    try #require(FileManager.default.fileExists(atPath: witness))
    #expect(geteuid() == 0 ? chown(witness, 0, 0) == 0 : chmod(witness, 0) == 0)
    let words = "\(witness): cannot be read: Permission denied; it "
    let advice = geteuid() == 0 ? "as root: chown --reference=" : "chmod u+rw \(witness)"
    for command in ["status", "run dispatch"] {
      let ended = try await run(site, command)
      #expect(
        ended.status == .exited(69) && ended.words.contains(words) && ended.words.contains(advice), "\(ended)")
    }
    #expect(geteuid() == 0 ? chown(witness, 65534, 65534) == 0 : chmod(witness, 0o600) == 0)
    _ = try await run(site, "run dispatch")
    #expect(try await !run(site, "status").words.contains(witness))
  }

  @Test("E6: a directory that is closed is told as that, not as a configuration that is not there")
  func directory() async throws {
    let directory = try TemporaryDirectory()
    let ended = try await Program.shell(
      "cd $1 && chmod 0 . && \(ClosedFilesTests.asNobody) \"$0\" status; code=$?; chmod 700 .; exit $code",
      directory.path)
    let words = "watchpost.yaml: Permission denied; this directory is closed to"
    #expect(
      ended.status == .exited(78) && ended.errors.contains(words),
      "\(ended)")
  }

  @Test("E1, E6: the mailbox's password that cannot be read stops the job that needs it alone, and is told once")
  func password() async throws {
    let inbound = "inbound:\n  mailbox: imap://forum@127.0.0.1:1\n  password_file: inbound-password\n"
    let site = try await TestInstallation(settings: "collect:\n  settle: 0s\n\(inbound)")
    try site.post(site.thread(watchers: 1))
    for job in ["dispatch", "digest"] {
      let ended = try await site("run", job)
      #expect(ended.status != .exited(78) && !ended.words.contains("password"), "\(ended)")
    }
    let first = try await site("run", "inbound")
    #expect(first.status == .exited(78) && first.errors.contains("inbound-password"), "\(first)")
    let next = try await site("run", "inbound")
    #expect(next.status == .exited(78) && next.words.isEmpty, "\(next)")
    let status = try await site("status")
    #expect(
      status.status == .exited(78) && status.output.contains("inbound-password")
        && status.output.contains("job dispatch"), "\(status)")
    _ = try await Program.shell("umask 077; echo hush > $1", site.directory("site/inbound-password"))
    try await site("run", "inbound")
    #expect(try await !site("status").output.contains("inbound-password: "))
  }

  @Test("E6: a reply that waits for the admin's word wants a person; one whose author is asked does not")
  func parked() async throws {
    let site = try await TestInstallation()
    for job in ["dispatch", "digest", "inbound", "maintain"] { try await site("run", job) }
    func park(_ reason: String) throws {
      try site.ledger().write {
        try $0.run(
          """
          INSERT INTO reply (received, mail_key, person, post, thread_key, body, elided, body_hash, subject, arrived_at,
            state, reason, due)
          VALUES ((SELECT coalesce(max(received), 0) + 1 FROM reply), '\(reason)', 1, 1, '1', 'b', '', 'h', 's', 1,
            'parked', '\(reason)', 1)
          """)
      }
    }
    try park("other-sender")
    #expect(try await site("status").status == .exited(0))
    try park("too-many")
    let ended = try await site("status")
    #expect(
      ended.status == .exited(75) && ended.output.contains("wrong: 1 replies by mail wait for your word"), "\(ended)")
  }
}
