import ArgumentParser
import Forum
import Foundation
import Time

/// `watchpost participant show|set`: a person's preferences, whoever keeps them.
struct ParticipantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "participant", abstract: "Show or change how mail reaches a participant.",
    discussion: """
      A person's preferences: mode, digest hour, time zone, language and so on. The embedded forum keeps them in its \
      tables. Of a foreign forum, Watchpost keeps what that forum does not know; where it knows something, its word holds. \
      What nobody chose comes from the configuration.
      """,
    subcommands: [Show.self, Set.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a participant's preferences and watches; what comes from the configuration is marked (default).")
    @OptionGroup var about: PersonArgument
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        try show(try installation.members.participant(about.person), installation)
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a participant's preferences.",
      discussion: """
        Only what is given is changed; the value `default` takes a preference back. Who changes from digest to instant \
        gets what was pending in one last digest, with the next run of the job digest.
        """)
    @OptionGroup var about: PersonArgument
    @Option(help: ArgumentHelp("Each post at once, many in one mail, or nothing.", oneOf: Mode.self))
    var mode: String?
    @Option(help: ArgumentHelp("How often a digest comes.", oneOf: DigestPeriod.self))
    var period: String?
    @Option(help: ArgumentHelp("The digest's hour in the person's zone.", valueName: "0-23"))
    var hour: String?
    @Option(help: ArgumentHelp("The weekly digest's day; 1 is Monday.", valueName: "1-7"))
    var weekday: String?
    @Option(help: ArgumentHelp("An IANA time zone such as Africa/Nairobi.", valueName: "zone"))
    var zone: String?
    @Option(help: ArgumentHelp("The language of the mails' own words.", oneOf: Language.self))
    var language: String?
    @Option(
      help: ArgumentHelp("Digests with the posts' texts, or the table of contents alone.", oneOf: DigestStyle.self))
    var style: String?
    @Option(
      help: ArgumentHelp(
        "Digests as text and HTML, as RFC 1153 text, or as multipart/digest.", oneOf: DigestFormat.self))
    var format: String?
    @Option(help: ArgumentHelp("Mails without an HTML part.", valueName: "yes|no"))
    var textOnly: String?
    @Option(help: ArgumentHelp("Copies of their own posts too.", valueName: "yes|no"))
    var ownPosts: String?
    @Option(
      help: ArgumentHelp(
        "No mail until then, in UTC; what appears before is not sent afterwards either. Such as 2026-06-01.",
        valueName: "date"))
    var pauseUntil: String?
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let participant = try installation.members.participant(about.person)
        try installation.members.changePreferences(of: participant) { try apply(to: &$0) }
        try show(try installation.members.participant(participant.key), installation)
      }
    }

    private func apply(to preferences: inout Preferences) throws {
      try choose("mode", mode, &preferences.mode)
      try choose("period", period, &preferences.digestPeriod)
      try number("hour", hour, 0...23, &preferences.digestHour)
      var day = preferences.digestWeekday?.isoNumber
      try number("weekday", weekday, 1...7, &day)
      preferences.digestWeekday = day.flatMap(Weekday.init(isoNumber:))
      try choose("style", style, &preferences.digestStyle)
      try choose("format", format, &preferences.digestFormat)
      try flag("text-only", textOnly, &preferences.textOnly)
      try flag("own-posts", ownPosts, &preferences.ownPosts)
      if let zone {
        guard zone == "default" || TimeZone(identifier: zone) != nil else {
          throw Failure(.usage, "--zone: \"\(zone)\" is no IANA time zone; write one such as Africa/Nairobi")
        }
        preferences.zone = zone == "default" ? nil : zone
      }
      try choose("language", language, &preferences.language)
      if let pauseUntil {
        let moment = Timestamp(iso8601: pauseUntil)
        guard pauseUntil == "default" || moment != nil else {
          throw Failure(.usage, "--pause-until: \"\(pauseUntil)\" is no date; write 2026-06-01 or 2026-06-01T12:00:00Z")
        }
        preferences.pausedUntil = moment
      }
    }

    private func choose<T: RawRepresentable & CaseIterable>(_ option: String, _ text: String?, _ choice: inout T?)
      throws
    where T.RawValue == String {
      guard let text else { return }
      guard text == "default" || T(rawValue: text) != nil else {
        let known = T.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure(.usage, "--\(option): \"\(text)\" is none of \(known), default")
      }
      choice = T(rawValue: text)
    }

    private func number(_ option: String, _ text: String?, _ range: ClosedRange<Int>, _ choice: inout Int?) throws {
      guard let text else { return }
      let value = Int(text)
      guard text == "default" || value.map(range.contains) == true else {
        throw Failure(.usage, "--\(option): \"\(text)\" is not in \(range.lowerBound)...\(range.upperBound)")
      }
      choice = value
    }

    private func flag(_ option: String, _ text: String?, _ choice: inout Bool?) throws {
      guard let text else { return }
      guard ["yes", "no", "default"].contains(text) else {
        throw Failure(.usage, "--\(option): \"\(text)\" is none of yes, no, default")
      }
      choice = text == "default" ? nil : text == "yes"
    }
  }
}

private func show(_ participant: Participant, _ installation: Installation) throws {
  let members = installation.members
  let person = try members.person(participant)
  let chosen = members.chosen(by: participant, person)
  let effective = members.preferences(of: participant, person)
  func line(_ name: String, _ value: String) {
    print("\(name.padding(toLength: 12, withPad: " ", startingAt: 0))\(value)")
  }
  // Each value with its own origin.
  func value<T>(_ choice: KeyPath<Preferences, T?>, _ text: String) -> String {
    text + (chosen[keyPath: choice] == nil ? " (default)" : "")
  }
  let yesOrNo = { $0 ? "yes" : "no" }
  line("participant", "\(participant.key), \(participant.name)")
  line("address", participant.address)
  line("account", !participant.isActive ? "inactive" : participant.isConfirmed ? "active" : "unconfirmed")
  line("mode", value(\.mode, effective.mode.rawValue))
  let day =
    switch effective.digest.period {
    case .daily: ""
    case .weekly: " on day " + value(\.digestWeekday, "\(effective.digest.weekday.isoNumber)")
    }
  line(
    "digest",
    value(\.digestPeriod, effective.digest.period.rawValue) + " at "
      + value(\.digestHour, "\(effective.digest.hour):00") + day)
  line(
    "style",
    value(\.digestStyle, effective.digestStyle.rawValue) + ", "
      + value(\.digestFormat, effective.digestFormat.rawValue))
  line("zone", value(\.zone, effective.digest.zone))
  line("language", value(\.language, effective.language.rawValue))
  line("text only", value(\.textOnly, yesOrNo(effective.textOnly)))
  line("own posts", value(\.ownPosts, yesOrNo(effective.ownPosts)))
  if let until = effective.pausedUntil { line("paused", "until \(until)") }
  for watch in try members.watchLines(of: participant) { line("watch", watch) }
}
