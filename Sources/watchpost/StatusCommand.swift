import ArgumentParser
import Foundation
import Jobs
import Ledger

/// `watchpost status`: the state at a glance.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what waits, what is held, and how the last runs ended.",
    discussion: """
      Counts mails by state: queued and deferred ones go out by themselves, held ones wait for `watchpost release`, \
      dropped ones may no longer be sent. Rows of the forum that cannot be read are named until they are mended. Runs \
      that had nothing to do are not remembered.
      """)

  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      // Whatever no mail can be written with shows here, before a run meets it.
      _ = try installation.composer()
      let status = try state(of: installation)
      print(json ? jsonLine(status) : status.lines.joined(separator: "\n"))
    }
  }

  /// Asks the ledger alone: the forum may be down, and that is no reason to show nothing.
  private func state(of installation: Installation) throws -> Status {
    let ledger = installation.ledger
    let counts = try ledger.deliveryCounts()
    let paused = try ledger.relayPausedUntil(installation.relayIdentity()).flatMap {
      $0 > installation.now() ? $0 : nil
    }
    let runs = try ledger.lastRuns().map { ($0.job, "\($0.startedAt), exit \($0.exitCode.map(String.init) ?? "?")") }
    return Status(
      deliveries: Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }),
      holds: try holds(ledger), relayPausedUntil: paused?.description, nextDue: try ledger.nextDue()?.description,
      runs: Dictionary(uniqueKeysWithValues: runs), setAside: try ledger.setAside(limit: 20).map(\.fault.description),
      setAsideCount: try ledger.setAsideCount())
  }

  /// What is held and, where the release is not named after it, under which word.
  private func holds(_ ledger: Ledger) throws -> [String] {
    let held = try ledger.heldCounts()
    let causes = try ledger.holds().map {
      let what =
        switch $0.kind {
        case .flood: "new posts"
        case .domain: "mail to \($0.name)"
        case .forum: "posts of a restored forum; `watchpost resume`"
        case .ledger: "everything, the ledger was restored; `watchpost resume`"
        }
      return "\(what): \($0.reason), since \($0.since)"
    }
    let messages = [
      (HoldReason.uncertain, "messages of unknown fate"), (.uncomposed, "messages that could not be written"),
    ].compactMap { reason, what in held[reason].map { "\($0) \(what); `watchpost release \(reason.text)`" } }
    return causes + messages
  }
}

/// What `status` found; its keys are an interface.
private struct Status: Encodable {
  /// How many deliveries are in each state; a state that none is in is left out.
  var deliveries: [String: Int]
  /// One sentence for each thing that is held.
  var holds: [String]
  /// Left out where the relay may be asked.
  var relayPausedUntil: String?
  /// When the next delivery may be sent, which may be long ago; left out where none waits.
  var nextDue: String?
  /// By job: when its last remembered run began, and its exit status.
  var runs: [String: String]
  /// Rows of the forum that are to be mended, the newest 20.
  var setAside: [String]
  /// How many there are.
  var setAsideCount: Int

  /// The same for people.
  var lines: [String] {
    var lines: [String] = []
    for state in DeliveryState.allCases {
      guard let count = deliveries[state.rawValue] else { continue }
      lines.append("\(state.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0))\(count)")
    }
    if deliveries.isEmpty { lines.append("No deliveries yet.") }
    if let due = nextDue { lines.append("next due    \(due)") }
    if let paused = relayPausedUntil { lines.append("The relay is left alone until \(paused).") }
    lines += holds.map { "held: \($0)" }
    lines += setAside.map { "to mend: \($0)" }
    if setAsideCount > setAside.count { lines.append("to mend: \(setAsideCount - setAside.count) more") }
    lines += runs.sorted { $0.key < $1.key }.map { "last run    \($0.key): \($0.value)" }
    return lines
  }
}
