import ArgumentParser
import Forum
import Foundation
import Jobs
import Mail
import Sources

/// `watchpost participant show|set`: a person's wishes, whoever keeps them.
struct ParticipantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "participant", abstract: "Show or change how mail reaches a participant.",
    discussion: """
      A person's wishes: mode, digest hour, time zone, language and so on. The embedded forum keeps them in its \
      tables. Of a foreign forum, Watchpost keeps what that forum does not know; where it knows something, its word holds. \
      What nobody chose comes from the configuration.
      """,
    subcommands: [Show.self, Set.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a participant's wishes and watches; what comes from the configuration is marked (default).")
    @OptionGroup var about: PersonArgument
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let workshop = try Workshop(option)
        try show(try workshop.participant(about.person), workshop)
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a participant's wishes.",
      discussion: """
        Only what is given is changed; the value `default` takes a wish back. Who changes from digest to instant \
        gets what was pending in one last digest, with the next run of the job digest.
        """)
    @OptionGroup var about: PersonArgument
    @Option(help: ArgumentHelp("Each post at once, many in one mail, or nothing.", valueName: "instant|digest|off"))
    var mode: String?
    @Option(help: ArgumentHelp("How often a digest comes.", valueName: "daily|weekly"))
    var period: String?
    @Option(help: ArgumentHelp("The digest's hour in the person's zone.", valueName: "0-23"))
    var hour: String?
    @Option(help: ArgumentHelp("The weekly digest's day; 1 is Monday.", valueName: "1-7"))
    var weekday: String?
    @Option(help: ArgumentHelp("An IANA time zone such as Africa/Nairobi.", valueName: "zone"))
    var zone: String?
    @Option(help: ArgumentHelp("The language of the mails' own words.", valueName: "ar|en|es|fr|ru|zh"))
    var language: String?
    @Option(
      help: ArgumentHelp("Digests with the posts' texts, or the table of contents alone.", valueName: "full|subjects"))
    var style: String?
    @Option(
      help: ArgumentHelp(
        "Digests as text and HTML, as RFC 1153 text, or as multipart/digest.", valueName: "alternative|plain|mime"))
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
        let workshop = try Workshop(option)
        let participant = try workshop.participant(about.person)
        let ledgerPerson = try workshop.ledger.people(keys: [participant.key])[participant.key]!
        var wishes = (workshop.writer == nil ? ledgerPerson.preferences : participant.preferences) ?? Preferences()
        try apply(to: &wishes)
        if let writer = workshop.writer {
          try writer.set(wishes, of: participant.key)
        } else {
          try workshop.ledger.set(wishes, of: ledgerPerson.id)
          try workshop.moveDigest(of: participant)
        }
        try show(try workshop.participant(participant.key), workshop)
      }
    }

    private func apply(to wishes: inout Preferences) throws {
      try choose("mode", mode, &wishes.mode)
      try choose("period", period, &wishes.digestPeriod)
      try number("hour", hour, 0...23, &wishes.digestHour)
      try number("weekday", weekday, 1...7, &wishes.digestWeekday)
      try choose("style", style, &wishes.digestStyle)
      try choose("format", format, &wishes.digestFormat)
      try flag("text-only", textOnly, &wishes.textOnly)
      try flag("own-posts", ownPosts, &wishes.ownPosts)
      if let zone {
        guard zone == "default" || TimeZone(identifier: zone) != nil else {
          throw Failure(.usage, "--zone: \"\(zone)\" is no IANA time zone; write one such as Africa/Nairobi")
        }
        wishes.zone = zone == "default" ? nil : zone
      }
      if let language {
        guard language == "default" || ["ar", "en", "es", "fr", "ru", "zh"].contains(language) else {
          throw Failure(.usage, "--language: \"\(language)\" is none of ar, en, es, fr, ru, zh")
        }
        wishes.language = language == "default" ? nil : language
      }
      if let pauseUntil {
        let moment = Timestamp(iso8601: pauseUntil)
        guard pauseUntil == "default" || moment != nil else {
          throw Failure(.usage, "--pause-until: \"\(pauseUntil)\" is no date; write 2026-06-01 or 2026-06-01T12:00:00Z")
        }
        wishes.pausedUntil = moment
      }
    }

    private func choose<T: RawRepresentable & CaseIterable>(_ option: String, _ text: String?, _ wish: inout T?) throws
    where T.RawValue == String {
      guard let text else { return }
      guard text == "default" || T(rawValue: text) != nil else {
        let known = T.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure(.usage, "--\(option): \"\(text)\" is none of \(known), default")
      }
      wish = T(rawValue: text)
    }

    private func number(_ option: String, _ text: String?, _ range: ClosedRange<Int>, _ wish: inout Int?) throws {
      guard let text else { return }
      let value = Int(text)
      guard text == "default" || value.map(range.contains) == true else {
        throw Failure(.usage, "--\(option): \"\(text)\" is not in \(range.lowerBound)...\(range.upperBound)")
      }
      wish = value
    }

    private func flag(_ option: String, _ text: String?, _ wish: inout Bool?) throws {
      guard let text else { return }
      guard ["yes", "no", "default"].contains(text) else {
        throw Failure(.usage, "--\(option): \"\(text)\" is none of yes, no, default")
      }
      wish = text == "default" ? nil : text == "yes"
    }
  }
}

extension Workshop {
  /// After a change of what the ledger keeps of a person: their next digest is due when they wish it now, and at once
  /// if they changed from digest to instant (rule F5). Changes in the embedded forum are found by the digest job itself.
  func moveDigest(of participant: Participant) throws {
    let digest = DigestStage(context(), DigestStage.Settings(), composer: composer)
    try ledger.reslot(digest.slots(of: [participant.key]), wishes: nil, now: now())
  }

  /// The one participant that a text names.
  func participant(_ text: String) throws -> Participant {
    let named = try SourceUnavailable.foundByTyped { try source.participants(named: text) }
    if named.count > 1 {
      let keys = named.map { "\($0.key) (\($0.name))" }.joined(separator: ", ")
      throw Failure(.usage, "\"\(text)\" names several participants: \(keys); give the id")
    }
    guard let found = try named.first ?? SourceUnavailable.foundByTyped({ try source.participants(keys: [text]) }).first
    else {
      throw Failure(.usage, "the forum knows no participant \"\(text)\"; give an address, an account name or an id")
    }
    return found
  }
}

private func show(_ participant: Participant, _ workshop: Workshop) throws {
  let person = try workshop.ledger.people(keys: [participant.key])[participant.key]!
  let wishes = participant.preferences.filled(from: person.preferences)
  let effective = wishes.filled(from: workshop.defaults)
  func line(_ name: String, _ value: String) {
    print("\(name.padding(toLength: 12, withPad: " ", startingAt: 0))\(value)")
  }
  // Each value with its own origin.
  func wish<T>(_ wish: KeyPath<Preferences, T?>, _ text: (T) -> String) -> String {
    (effective[keyPath: wish].map(text) ?? "none") + (wishes[keyPath: wish] == nil ? " (default)" : "")
  }
  let yesOrNo = { $0 ? "yes" : "no" }
  line("participant", "\(participant.key), \(participant.name)")
  line("address", participant.address)
  line("account", !participant.isActive ? "inactive" : participant.isConfirmed ? "active" : "unconfirmed")
  line("mode", wish(\.mode, \.rawValue))
  let isWeekly = effective.digestPeriod == .weekly
  line(
    "digest",
    wish(\.digestPeriod, \.rawValue) + " at " + wish(\.digestHour) { "\($0):00" }
      + (isWeekly ? " on day " + wish(\.digestWeekday) { "\($0)" } : ""))
  line("style", wish(\.digestStyle, \.rawValue) + ", " + wish(\.digestFormat, \.rawValue))
  line("zone", wish(\.zone) { $0 })
  line("language", wish(\.language) { $0 })
  line("text only", wish(\.textOnly, yesOrNo))
  line("own posts", wish(\.ownPosts, yesOrNo))
  if let until = effective.pausedUntil { line("paused", "until \(until)") }
  for watch in try workshop.watches(of: participant) { line("watch", watch) }
}
