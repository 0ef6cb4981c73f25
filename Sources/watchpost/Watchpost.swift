// watchpost: the program. Wiring only.
//
// What it does: each command is a file `…Command.swift` and stands in the list below; it makes what it needs from the
// configuration (`Installation`), asks the modules, and prints what they said.
//
// What it refuses: it decides nothing and has no query of its own. What two commands need is a method of a module.
//
// When it fails: every command runs within `reportingFailures`, which turns an error into one message for the admin and
// an exit status (`ExitStatus`). An error that it does not know is a bug: 70.

import ArgumentParser
import Glibc
import Jobs

/// The one program.
@main
struct Watchpost: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watchpost",
    abstract: "Brings a discussion forum's posts to its watchers by e-mail.",
    discussion: """
      Cron runs `watchpost run dispatch` and `watchpost run digest` every few minutes. They read what became visible \
      in the forum since the last run, decide who is to hear of it, and send immediate copies and digests.

      To try it without a forum: `watchpost demo`. To begin with your own: `watchpost init DIRECTORY`. Why nothing \
      comes, or what is held back: `watchpost status`.

      Exit status: 0 done; 64 wrong command line; 69 relay, forum or ledger unavailable, the next run tries again; 70 \
      a bug in Watchpost; 75 work left for the next run; 78 wrong configuration.
      """,
    version: "0.1.0",
    // In the order in which somebody meets them.
    subcommands: [
      DemoCommand.self, InitCommand.self, SettingsCommand.self, RunCommand.self, StatusCommand.self,
      ExplainCommand.self, ResendCommand.self, CheckCommand.self, ForumCommand.self, ParticipantCommand.self,
      WatchCommand.self,
      PreviewCommand.self, QueueCommand.self, ReleaseCommand.self, DiscardCommand.self, SuppressionCommand.self,
      ResumeCommand.self, AuditCommand.self,
      ServeCommand.self, ReceiveCommand.self, RepliesCommand.self, InspectCommand.self, CaptureCommand.self,
    ])

  /// Before the command line is read: without /proc it would look empty.
  static func main() async {
    // libdispatch may not raise its threads' priority here, and would say so in the system's log at every start.
    setenv("LIBDISPATCH_LOG", "NO", 0)
    if let refusal = ProcessStart.prepare() {
      printError("watchpost: \(refusal)")
      // A mail server that pipes a mail in keeps it and tries again.
      exit(withError: ExitCode(ExitStatus.workLeft.rawValue))
    }
    if let refusal = RepeatedOptions.refusal(Array(CommandLine.arguments.dropFirst())) {
      printError("watchpost: \(refusal)")
      exit(withError: ExitCode(ExitStatus.usage.rawValue))
    }
    await main(nil)
  }
}

/// Whom a command is about.
struct PersonArgument: ParsableArguments {
  @Argument(
    help: "The person's address, account name, or id in the forum's database.")
  var person: String
}

/// Which configuration a command works with.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The configuration file. Default: $WATCHPOST_CONFIG, else ./watchpost.yaml, else /etc/watchpost/watchpost.yaml.",
      valueName: "file"))
  var config: String?
}
