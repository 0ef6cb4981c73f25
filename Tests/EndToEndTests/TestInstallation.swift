import Capture
import ForumSources
import Foundation
import Glibc
import SQL
import Subprocess
import TestSupport
import Time

/// What a command said, and how it ended.
struct Ended: Sendable {
  var status: TerminationStatus
  var output: String
  var errors: String

  /// All that was said: what a command fails with is on standard error, what `status` finds on standard output.
  var words: String { output + errors }
  /// Nothing said on either channel, exit status 0.
  var isSilentSuccess: Bool { status == .exited(0) && output.isEmpty && errors.isEmpty }
}

/// The real program. Each child has its own standard output and error, and is killed when its test's time is up
/// (swift-subprocess ends a cancelled task's child with SIGKILL).
enum Program {
  /// Beside the tests' own executable.
  static let path: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (own as NSString).deletingLastPathComponent + "/watchpost"
  }()

  /// The tests' environment without the settings that it may override, and with a width for help texts.
  private static var environment: Environment {
    var changes: [Environment.Key: String?] = ["COLUMNS": "100", "LC_ALL": "C.UTF-8"]
    for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix("WATCHPOST_") {
      changes[Environment.Key(rawValue: name)!] = .some(nil)
    }
    return .inherit.updating(changes)
  }

  /// Runs a command to its end.
  /// - Parameter during: called while it runs, with its process; what it throws ends the test.
  static func run(
    _ arguments: [String], in directory: String? = nil,
    during: @Sendable (pid_t) async throws -> Void = { _ in }
  ) async throws -> Ended {
    let ended = try await Subprocess.run(
      .path(.init(path)), arguments: .init(arguments), environment: environment,
      workingDirectory: directory.map { .init($0) }, input: .none, output: .string(limit: 4_000_000),
      error: .string(limit: 1_000_000)
    ) { try await during($0.processIdentifier.value) }
    return Ended(status: ended.terminationStatus, output: ended.standardOutput, errors: ended.standardError)
  }
}

extension Program {
  /// Runs a line of bash, which finds the program as `$0`.
  static func shell(_ line: String, _ arguments: String...) async throws -> Ended {
    let ended = try await Subprocess.run(
      .name("bash"), arguments: .init(["-c", line, path] + arguments), environment: environment, input: .none,
      output: .string(limit: 100_000), error: .string(limit: 100_000))
    return Ended(status: ended.terminationStatus, output: ended.standardOutput, errors: ended.standardError)
  }
}

/// An installation in a directory of its own, made by `watchpost init`, on the embedded forum.
struct TestInstallation: Sendable {
  let directory: TemporaryDirectory
  let forum: EmbeddedForumWriter

  var configuration: String { directory("site/watchpost.yaml") }

  /// - Parameters:
  ///   - port: the relay's, on this machine.
  ///   - settings: YAML behind what `init` wrote, but for the section `delivery`.
  ///   - delivery: further lines of the section `delivery`, indented by two.
  init(relay port: Int = 1, settings: String = "collect:\n  settle: 0s\n", delivery: String = "") async throws {
    directory = try TemporaryDirectory()
    let made = try await Program.run(["init", directory("site")])
    guard made.status == .exited(0) else { throw Unusable(made) }
    forum = EmbeddedForumWriter(try SQLiteDatabase(path: directory("site/forum.sqlite")))
    let file = try String(contentsOfFile: configuration, encoding: .utf8)
    try directory.write(
      "site/watchpost.yaml",
      file + "\n\(settings)\ndelivery:\n  transport: smtp://127.0.0.1:\(port)\n\(delivery)")
  }

  struct Unusable: Error {
    let ended: Ended
    init(_ ended: Ended) { self.ended = ended }
  }

  /// Runs a command on this installation.
  @discardableResult
  func callAsFunction(
    _ arguments: String..., during: @Sendable (pid_t) async throws -> Void = { _ in }
  ) async throws -> Ended {
    try await Program.run(arguments + ["--config", configuration], during: during)
  }

  /// Changes a part of the configuration.
  func configure(_ part: String, to other: String) throws {
    let file = try String(contentsOfFile: configuration, encoding: .utf8)
    precondition(file.contains(part), "the configuration has no \(part)")
    try directory.write("site/watchpost.yaml", file.replacing(part, with: other))
  }

  /// The ledger, as any other program would open it.
  func ledger() throws -> SQLiteDatabase { try SQLiteDatabase(path: directory("site/ledger.sqlite")) }

  func number(_ sql: String) throws -> Int {
    try ledger().read { try $0.first(sql) { Int($0.integer(0)) } ?? 0 }
  }

  static var now: Timestamp { Timestamp(Int64(time(nil))) }

  /// A thread that so many people watch, `reader1@example.net` and so on; returns its key.
  /// - Parameter author: whose posts `post` writes; watches nothing.
  func thread(watchers: Int) throws -> String {
    let discussion = try forum.addDiscussion(title: "Risk assessment", slug: "risk")
    let thread = try forum.addThread(discussion: discussion, title: "Living modified fish")
    for number in 1...watchers {
      let person = try forum.addParticipant(name: "Reader \(number)", address: "reader\(number)@example.net")
      try forum.put(.init(scope: .thread), target: thread, participant: person, now: TestInstallation.now - 60)
    }
    return thread
  }

  /// The relay takes a mail to another domain: from then on what it says of others is believed (rule E7).
  func takesFirstMail() async throws {
    let discussion = try forum.addDiscussion(title: "First", slug: "first")
    let thread = try forum.addThread(discussion: discussion, title: "First")
    let person = try forum.addParticipant(name: "First", address: "first@example.org")
    try forum.put(.init(scope: .thread), target: thread, participant: person, now: TestInstallation.now - 60)
    try post(thread)
    try await self("run", "dispatch")
  }

  @discardableResult
  func post(_ thread: String, _ body: String = "I agree.", secondsAgo: Int64 = 0) throws -> String {
    try forum.addPost(thread: thread, author: nil, body: body, at: TestInstallation.now - secondsAgo)
  }
}

/// Runs the body with a capture server that keeps what arrives in memory.
func withRelay(
  _ faults: [Fault] = [], _ body: (CaptureServer) async throws -> Void
) async throws {
  var options = CaptureOptions()
  options.faults = faults
  let server = try await CaptureServer.start(options)
  do {
    try await body(server)
  } catch {
    try? await server.stop()
    throw error
  }
  try await server.stop()
}
