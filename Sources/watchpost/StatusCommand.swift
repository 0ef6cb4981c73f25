import ArgumentParser
import Foundation
import Ledger

/// `watchpost status`: the state at a glance.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what waits, what is held, and how the last runs ended.",
    discussion: """
      Counts mails by state: queued and deferred ones go out by themselves, held ones wait for `watchpost release`, \
      dropped ones may no longer be sent. Runs that had nothing to do are not remembered.
      """)

  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  private struct Status: Encodable {
    var deliveries: [String: Int]
    var holds: [String]
    var relayPausedUntil: String?
    var nextDue: String?
    var runs: [String: String]
  }

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      // Whatever no mail can be written with shows here, before a run meets it.
      _ = try installation.composer()
      let ledger = installation.ledger
      let counts = try ledger.deliveryCounts()
      let paused = try ledger.relayPausedUntil().flatMap { $0 > installation.now() ? $0 : nil }
      let holds = try holds(ledger)
      let runs = try ledger.lastRuns()
      let status = Status(
        deliveries: Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }), holds: holds,
        relayPausedUntil: paused?.description, nextDue: try ledger.nextDue()?.description,
        runs: Dictionary(
          uniqueKeysWithValues: runs.map { ($0.job, "\($0.startedAt), exit \($0.exitCode.map(String.init) ?? "?")") }))
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return print(String(decoding: try encoder.encode(status), as: UTF8.self))
      }
      for state in DeliveryState.allCases where counts[state] != nil {
        print("\(state.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0))\(counts[state]!)")
      }
      if counts.isEmpty { print("No deliveries yet.") }
      if let due = status.nextDue { print("next due    \(due)") }
      if let paused { print("The relay is left alone until \(paused).") }
      for hold in holds { print("held: \(hold)") }
      for run in runs.sorted(by: { $0.job < $1.job }) {
        print("last run    \(run.job): \(status.runs[run.job]!)")
      }
    }
  }

  /// What is held and, where the release is not named after it, under which word.
  private func holds(_ ledger: Ledger) throws -> [String] {
    let held = try ledger.heldCounts()
    let causes = try ledger.holds().map {
      $0.kind == .flood
        ? "new posts: \($0.reason), since \($0.since)" : "mail to \($0.name): \($0.reason), since \($0.since)"
    }
    let messages = [
      (HoldReason.uncertain, "messages of unknown fate"), (.uncomposed, "messages that could not be written"),
    ].compactMap { reason, what in held[reason].map { "\($0) \(what); `watchpost release \(reason.text)`" } }
    return causes + messages
  }
}
