import Foundation
import TestSupport
import Testing

@Suite("Mistakes in how the relay is to be reached", .timeLimit(.minutes(10)))
struct RelaySettingsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Behind what `init` wrote.
    let settings: String
    /// The line that is wrong, and its setting.
    let line: String
    let key: String
    let words: String
  }

  private static let cases = [
    Case(
      testDescription: "a name for EHLO that is none", settings: "smtp:\n  helo: two words\n",
      line: "  helo: two words",
      key: "smtp.helo", words: "two words"),
    Case(
      testDescription: "plain text to another machine",
      settings: "delivery:\n  transport: smtp://relay.example.net:25\nsmtp:\n  starttls: never\n",
      line: "  starttls: never", key: "smtp.starttls", words: "smtp.allow_plain_text: true"),
    Case(
      testDescription: "a user without a password", settings: "smtp:\n  user: watchpost\n", line: "  user: watchpost",
      key: "smtp.user", words: "smtp.password_file"),
    Case(
      testDescription: "a bare name for EHLO", settings: "smtp:\n  helo: watch\n", line: "  helo: watch",
      key: "smtp.helo", words: "[192.0.2.1]"),
    Case(
      testDescription: "a file of certificates that is not there", settings: "smtp:\n  ca_file: nowhere.pem\n",
      line: "  ca_file: nowhere.pem", key: "smtp.ca_file", words: "there is no such file"),
    Case(
      testDescription: "a lease that is shorter than the wait for an answer",
      settings: "smtp:\n  dot_timeout: 30m\ndelivery:\n  lease: 30m\n", line: "  lease: 30m", key: "delivery.lease",
      words: "smtp.dot_timeout"),
    Case(
      testDescription: "a port that is none", settings: "delivery:\n  transport: smtp://127.0.0.1:70000\n",
      line: "  transport: smtp://127.0.0.1:70000", key: "delivery.transport", words: "70000"),
  ]

  @Test(
    "S7, O2: a relay that cannot be used as configured is 78 for every command, with file, line, key and a way out",
    arguments: cases)
  private func mistakes(_ one: Case) async throws {
    let site = try await TestInstallation()
    let made = try String(contentsOfFile: site.configuration, encoding: .utf8)
    let base = made.components(separatedBy: "\ncollect:")[0]
    try site.directory.write("site/watchpost.yaml", "\(base)\n\(one.settings)")
    let lines = try String(contentsOfFile: site.configuration, encoding: .utf8).components(separatedBy: "\n")
    let line = try #require(lines.lastIndex(of: one.line)) + 1
    for command in [["run", "dispatch"], ["status"]] {
      let ended = try await Program.run(command + ["--config", site.configuration])
      #expect(ended.status == .exited(78), "\(ended)")
      #expect(ended.words.contains("\(site.configuration):\(line): \(one.key): "), "\(ended)")
      #expect(ended.words.contains(one.words), "\(ended)")
    }
  }

  @Test("X2, O2: a password that no server could be told is 78 for every command, names its file, and is not shown")
  func password() async throws {
    let site = try await TestInstallation(settings: "smtp:\n  user: watchpost\n  password_file: secret\n")
    try site.directory.write("site/secret", "hush\u{1}hush\n")
    #expect(chmod(site.directory("site/secret"), 0o600) == 0)
    for command in [["run", "dispatch"], ["status"]] {
      let ended = try await Program.run(command + ["--config", site.configuration])
      #expect(ended.status == .exited(78) && ended.output.isEmpty, "\(ended)")
      #expect(ended.errors.contains("\(site.directory("site/secret")): the secret has a control character"))
      #expect(!ended.errors.contains("hush"), "\(ended.errors)")
    }
  }
}
