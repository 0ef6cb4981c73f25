import ArgumentParser
import Forum
import Foundation
import Jobs
import Text
import Time

extension ParticipantCommand {
  /// `watchpost participant set PERSON`: changes what is given, and shows what holds then.
  ///
  /// All values are texts here, since each may be the word `default`. If one is wrong, none is changed.
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
    @Option(help: ArgumentHelp("The weekly digest's day: 1 is Monday; or its name.", valueName: "1-7|monday-sunday"))
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
    @Option(help: "Why, for the audit log.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON, as `participant show` has it.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let members = installation.members
        let participant = try members.participant(about.person)
        try members.changePreferences(of: participant) { try apply(to: &$0, now: members.now()) }
        if let mode, mode != Mode.off.rawValue {
          try installation.ledger.takeBackComplaints(of: members.person(participant).id)
          try members.mailAgain(participant)
        }
        let changed = try members.participant(participant.key)
        try record(of: changed, installation)
        print(
          json
            ? jsonLine(try members.report(of: changed))
            : try members.preferenceLines(of: changed).joined(separator: "\n"))
        for (choice, word) in try members.overruled(changed) {
          printError(
            "watchpost: \(choice.replacing("_", with: " ")): the forum says \(word.singleLine(limit: 100)), and its word "
              + "holds; what is set here counts once it says nothing")
        }
      }
    }

    /// What was given, as it was typed.
    private func record(of participant: Participant, _ installation: Installation) throws {
      let given = [
        ("mode", mode), ("period", period), ("hour", hour), ("weekday", weekday), ("zone", zone),
        ("language", language), ("style", style), ("format", format), ("text-only", textOnly),
        ("own-posts", ownPosts), ("pause-until", pauseUntil),
      ].compactMap { name, value in value.map { "\(name) \($0)" } }
      if given.isEmpty { return }
      var report = CommandReport("participant set", "participant \(participant.key)", reason: reason)
      report.person = try installation.members.person(participant).id
      report.tell(given.joined(separator: ", "))
      try installation.record(report)
    }

    /// All of them, in the order in which the help names them; throws at the first that is wrong.
    private func apply(to preferences: inout Preferences, now: Timestamp) throws {
      try choose("mode", mode, &preferences.mode)
      try choose("period", period, &preferences.digestPeriod)
      try number("hour", hour, 0...23, &preferences.digestHour)
      try day(&preferences.digestWeekday)
      try choose("style", style, &preferences.digestStyle)
      try choose("format", format, &preferences.digestFormat)
      try flag("text-only", textOnly, &preferences.textOnly)
      try flag("own-posts", ownPosts, &preferences.ownPosts)
      try zone(&preferences.zone)
      try choose("language", language, &preferences.language)
      try pause(&preferences.pausedUntil, now)
    }

    /// Any zone that this machine's time zone database knows: it is what digests are reckoned with.
    private func zone(_ choice: inout String?) throws {
      guard let zone else { return }
      guard zone == "default" || TimeZone(identifier: zone) != nil else {
        let meant = ZoneName.meant(by: zone).map { "; did you mean \($0)?" } ?? "; write one such as Africa/Nairobi"
        throw Failure(.usage, "--zone: \"\(zone)\" is no IANA time zone\(meant)")
      }
      choice = zone == "default" ? nil : zone
    }

    /// A day is its beginning in UTC. One that is over pauses nothing: it was meant otherwise.
    private func pause(_ choice: inout Timestamp?, _ now: Timestamp) throws {
      guard let pauseUntil else { return }
      let moment = Timestamp(iso8601: pauseUntil)
      guard pauseUntil == "default" || moment != nil else {
        throw Failure(.usage, "--pause-until: \"\(pauseUntil)\" is no date; write 2026-06-01 or 2026-06-01T12:00:00Z")
      }
      if let moment, moment <= now {
        throw Failure(
          .usage, "--pause-until: \"\(pauseUntil)\" is over; write a moment that is to come, or `default` for no pause")
      }
      choice = moment
    }

    /// Takes in one of a closed list of words, `default` for none of them.
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

    /// Takes in a whole number, `default` for none.
    private func number(_ option: String, _ text: String?, _ range: ClosedRange<Int>, _ choice: inout Int?) throws {
      guard let text else { return }
      let value = Int(text)
      guard text == "default" || value.map(range.contains) == true else {
        throw Failure(.usage, "--\(option): \"\(text)\" is not in \(range.lowerBound)...\(range.upperBound)")
      }
      choice = value
    }

    /// Takes in a day as databases keep it or as the configuration writes it.
    private func day(_ choice: inout Weekday?) throws {
      guard let weekday else { return }
      guard weekday == "default" || Weekday(numberOrName: weekday) != nil else {
        throw Failure(
          .usage, "--weekday: \"\(weekday)\" is none of 1 (Monday) to 7, monday to sunday, default")
      }
      choice = Weekday(numberOrName: weekday)
    }

    /// Takes in yes or no, `default` for neither.
    private func flag(_ option: String, _ text: String?, _ choice: inout Bool?) throws {
      guard let text else { return }
      guard ["yes", "no", "default"].contains(text) else {
        throw Failure(.usage, "--\(option): \"\(text)\" is none of yes, no, default")
      }
      choice = text == "default" ? nil : text == "yes"
    }
  }
}
