import Foundation
import Testing

/// Help is an interface: what a newcomer reads stands in files, and a change to it is seen before it is committed.
/// `WATCHPOST_RECORD=1` writes the files anew.
@Suite("Help", .timeLimit(.minutes(10)))
struct HelpTests {
  static let commands = [
    "", "init", "settings", "run", "status", "participant", "participant show", "participant set", "participant erase",
    "participant export",
    "watch",
    "watch list", "watch add",
    "watch remove", "explain", "resend", "check", "preview", "queue", "queue list", "queue show", "queue hold",
    "queue release",
    "queue cancel", "queue discard", "release", "discard", "suppression", "suppression list",
    "suppression add", "suppression lift", "resume", "audit", "serve", "receive", "replies", "inspect", "capture",
    "demo", "forum", "forum list", "forum create", "forum set", "forum open", "forum close", "forum role",
    "forum role list", "forum role add", "forum role grant", "forum role revoke", "forum role allow", "forum member",
    "forum member add", "forum member remove", "forum import",
  ]

  @Test("Help says what it said", arguments: commands)
  func snapshot(_ command: String) async throws {
    let words = command.split(separator: " ").map(String.init)
    let help = try await Program.run(words + ["--help"])
    #expect(help.status == .exited(0) && help.errors.isEmpty, "\(help)")
    let file = Repository.path(
      "Tests/EndToEndTests/Snapshots/\(command.isEmpty ? "watchpost" : command.replacing(" ", with: "-")).txt")
    if ProcessInfo.processInfo.environment["WATCHPOST_RECORD"] == "1" {
      try Data(help.output.utf8).write(to: URL(filePath: file))
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == help.output)
  }

  /// A command as ArgumentParser tells it.
  private struct Told: Decodable {
    struct Command: Decodable {
      let commandName: String
      let subcommands: [Command]?
      let arguments: [Argument]?
    }
    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let names: [Name]?
    }
    struct Name: Decodable {
      let kind: String
      let name: String
    }
    let command: Command
  }

  @Test("O2: in every command an option that says one thing is refused when it stands twice, and never half heeded")
  func twice() async throws {
    let dump = try await Program.run(["--experimental-dump-help"])
    let told = try JSONDecoder().decode(Told.self, from: Data(dump.output.utf8))
    var options: [(path: [String], names: [String], isList: Bool)] = []
    func walk(_ command: Told.Command, _ path: [String]) {
      for argument in command.arguments ?? [] where argument.kind == "option" {
        let names = (argument.names ?? []).map { ($0.kind == "short" ? "-" : "--") + $0.name }
        options.append((path, names.sorted { $0.count > $1.count }, argument.isRepeating))
      }
      for next in command.subcommands ?? [] where next.commandName != "help" { walk(next, path + [next.commandName]) }
    }
    walk(told.command, [])
    #expect(options.count > 60)
    for (path, names, isList) in options {
      for (first, second) in [(names[0], names[0]), (names[0], names.last!)] {
        let ended = try await Program.run(
          path + [first, "x"] + (second.hasPrefix("--") ? ["\(second)=x"] : [second, "x"]))
        let isRefused = ended.errors.contains("watchpost: \(first) stands twice")
        #expect(isRefused != isList && (isList || ended.status == .exited(64)), "\(path) \(first): \(ended)")
      }
    }
    // A list may stand several times, and what is behind `--` is no option.
    for words in [["queue", "list", "--state", "held", "--state", "queued"], ["explain", "--", "--to", "--to"]] {
      let ended = try await Program.run(words)
      #expect(!ended.errors.contains("stands twice"), "\(ended)")
    }
  }

  @Test("Every command that help lists has its snapshot here")
  func complete() async throws {
    for parent in ["", "participant", "watch", "queue", "suppression"] {
      let names = try await subcommands(of: parent)
      let known = HelpTests.commands.filter { command in
        command.split(separator: " ").dropLast().joined(separator: " ") == parent && !command.isEmpty
      }.map { String($0.split(separator: " ").last!) }
      #expect(Set(names) == Set(known), "\(parent)")
    }
  }
}

/// The names under SUBCOMMANDS in a command's help.
func subcommands(of command: String) async throws -> [String] {
  let help = try await Program.run(command.split(separator: " ").map(String.init) + ["--help"])
  guard let list = help.output.components(separatedBy: "\nSUBCOMMANDS:\n").dropFirst().first else { return [] }
  return list.components(separatedBy: "\n\n")[0].split(separator: "\n").compactMap { line in
    guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
    return line.split(separator: " ").first.map(String.init)
  }
}

/// The source tree that the tests were built from.
enum Repository {
  static func path(_ name: String, file: String = #filePath) -> String {
    URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: name).path()
  }

  static func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
}
