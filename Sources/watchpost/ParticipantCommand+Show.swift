import ArgumentParser
import Forum
import Foundation
import Jobs
import Membership
import Text

extension ParticipantCommand {
  /// `watchpost participant show PERSON`: what holds for a person, each value with its origin.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a participant's preferences and watches; what comes from the configuration is marked (default).")
    @OptionGroup var about: PersonArgument
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let members = installation.members
        if json { return print(jsonLine(try members.report(of: members.participant(about.person)))) }
        print(try members.preferenceLines(of: members.participant(about.person)).joined(separator: "\n"))
      }
    }
  }
}

extension Members {
  /// A line for each preference of a person, and for each of their watches.
  func preferenceLines(of participant: Participant) throws -> [String] {
    let person = try person(participant)
    let chosen = chosen(by: participant, person)
    let effective = preferences(of: participant, person)
    // Each value with its own origin.
    func value<T>(_ choice: KeyPath<Preferences, T?>, _ text: String) -> String {
      text + (chosen[keyPath: choice] == nil ? " (default)" : "")
    }
    let digest = effective.digest
    var times = value(\.digestPeriod, digest.period.rawValue) + " at " + value(\.digestHour, "\(digest.hour):00")
    if digest.period == .weekly { times += " on day " + value(\.digestWeekday, "\(digest.weekday.isoNumber)") }
    let (style, format) = (effective.digestStyle.rawValue, effective.digestFormat.rawValue)
    let lines = [
      ("participant", "\(participant.key), \(participant.name.singleLine())"),
      ("address", participant.address.singleLine()),
      ("account", !participant.isActive ? "inactive" : participant.isConfirmed ? "active" : "unconfirmed"),
      ("mode", effective.isStopped ? "off: they have stopped all mail" : value(\.mode, effective.mode.rawValue)),
      ("digest", times),
      ("style", value(\.digestStyle, style) + ", " + value(\.digestFormat, format)),
      ("zone", value(\.zone, digest.zone.singleLine(limit: 100))),
      ("language", value(\.language, effective.language.rawValue)),
      ("text only", value(\.textOnly, effective.textOnly ? "yes" : "no")),
      ("own posts", value(\.ownPosts, effective.ownPosts ? "yes" : "no")),
    ]
    let left = try ledger.suppression(of: participant.address).map { one in
      let next = one.nextProbe.map { "; tried again at \($0)" } ?? ""
      return [("left alone", "since \(one.since): \(one.reason.singleLine(limit: 200))\(next)")]
    }
    let paused = effective.pausedUntil.map { [("paused", "until \($0)")] } ?? []
    let watches = try watchLines(of: participant).map { ("watch", $0) }
    return (lines + (left ?? []) + paused + watches).map { name, value in
      "\(name.padding(toLength: 12, withPad: " ", startingAt: 0))\(value)"
    }
  }
}
