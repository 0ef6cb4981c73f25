import ArgumentParser
import Foundation
import Jobs
import Settings

/// `watchpost status`: the state at a glance.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is wrong, what waits and for what, and what is held.",
    discussion: """
      Finds what is wrong without a run: a job that cron has not started for too long or that hangs, a relay that \
      takes nothing, files that cannot be written, a clock that is doubted, rows of the forum that have to be mended. \
      Then it shows the jobs as this machine has seen them, the relay and when it last took a mail, what waits and for \
      what, and what is held for your word.

      The exit status is for a monitor: 0 if nothing wants a person, else that of the worst that was found. People of the \
      forum whose row cannot be used, such as one with a mistyped address, are shown and do not count.
      """)

  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let configuration = try Installation.configuration(option)
      try Installation.refuseForeignOwner(configuration)
      var survey = StatusSurvey(configuration)
      let status = survey.survey()
      print(json ? jsonLine(status) : status.lines.joined(separator: "\n"))
      if status.exit != 0 { throw ExitCode(status.exit) }
    }
  }
}
