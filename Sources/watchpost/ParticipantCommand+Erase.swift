import ArgumentParser
import Forum
import Foundation
import Identifiers
import Jobs
import Ledger
import Mail
import Membership
import Text

extension ParticipantCommand {
  /// `watchpost participant erase PERSON`: who they were is forgotten, and nothing is mailed to them any more.
  struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget who somebody was, for good; nothing is mailed to them any more.",
      discussion: """
        Their key, name and address become a random pseudonym, in the ledger and in mail that came from them; what waits \
        for them is sent to nobody. Numbers stay, so that nothing is mailed anew, and a keyed hash, so that a forum that \
        lists them still makes nobody new of them. In the embedded forum their row loses name, address and choices, and \
        their posts stay; a forum of your own is never changed. Backups and logs are out of reach: the page \
        pages/Privacy.md, which `watchpost init` places, has all that is kept of a person, and what becomes of it.

        It asks before it does so; where nobody can be asked, --yes is required. There is no way back.
        """)
    @OptionGroup var about: PersonArgument
    @Option(help: "Why, for the audit log; nothing that tells who it was. Needed unless it is a dry run.")
    var reason: String?
    @Flag(
      name: [.customShort("n"), .customLong("dry-run")], help: "Show what would be forgotten, and change nothing.")
    var dryRun = false
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON: command, subject, outcome, count, reason, next.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let person = try KnownPerson(about.person, installation)
        guard dryRun || reason?.isEmpty == false else {
          throw Failure(.usage, "say why: --reason \"…\" (it stands in the audit log), or see first: --dry-run")
        }
        let reason = reason ?? ""
        try person.requireUnnamed(in: reason)
        if !dryRun { try installation.refuseRestored() }
        let tried = try installation.erase(person, as: "erased-dry-run", reason, isTried: true)
        if dryRun || tried.isOld {
          return try tell(tried, person, installation, hasChanged: try !dryRun && installation.eraseInForum(person))
        }
        try Confirmation.require(
          "\(person.title) is erased, and \(tried.dropped) messages that wait are sent to nobody", count: .max,
          isGiven: yes)
        var generator = SystemRandomNumberGenerator()
        let number = UInt64.random(in: 0..<(1 << 48), using: &generator)
        let digits = String(number, radix: 16)
        let pseudonym = "erased-" + String(repeating: "0", count: 12 - digits.count) + digits
        // The ledger first: from here on nobody is mailed, whatever comes in between.
        let erasure = try installation.erase(person, as: pseudonym, reason, isTried: false)
        let hasChanged = try installation.eraseInForum(person)
        try installation.forgetTraces(of: person, erasure)
        try tell(erasure, person, installation, hasChanged: hasChanged)
      }
    }

    private func tell(
      _ erasure: Ledger.Erasure, _ person: KnownPerson, _ installation: Installation, hasChanged: Bool
    ) throws {
      let isEmbedded = installation.writer != nil
      let reason = reason ?? ""
      var report = CommandReport("participant erase", about.person, reason: reason)
      let words =
        erasure.isOld
        ? ["They were erased at \(erasure.at); nothing is left to be forgotten in the ledger."]
          + (hasChanged ? ["The forum had them still, or again; what tells who it was is taken out of its row."] : [])
        : erasure.words(isTried: dryRun)
          + (isEmbedded
            ? [
              "In the forum their row \(dryRun ? "would lose" : "has lost") name, address and choices; their posts stay."
            ]
            : [])
      let lists = !isEmbedded && person.participant != nil
      let more =
        lists ? ["The forum lists them still: erase them there too. Until then it makes nobody new of them here."] : []
      report.tell((words + more).joined(separator: "\n"), erasure.messages)
      if dryRun {
        let why = reason.isEmpty ? "\"…\"" : reason.asArgument
        report.next = ["watchpost participant erase \(about.person.asArgument) --reason \(why)"]
      }
      print(report.text(json: json))
    }
  }
}

/// Somebody whom the forum lists, or the ledger alone knows.
struct KnownPerson {
  /// The forum's key.
  let key: String
  /// As the forum has them, were they erased here or not; nil: it does not list them.
  let participant: Participant?

  /// - Throws: `Failure` or `Members.NotFound` where nobody goes by the words, or several do.
  init(_ text: String, _ installation: Installation) throws {
    do {
      let found = try installation.members.listed(text)
      (key, participant) = (found.key, found)
    } catch let error where error is Members.NotFound || (error as? ForumError)?.kind == .row {
      // Gone from the forum or not to be read there, and not gone from the ledger.
      let known = try installation.ledger.people(keys: [text], isRecording: false)[text]
      guard known.map({ $0.id != 0 }) == true else { throw error }
      (key, participant) = (text, nil)
    }
  }

  /// For the question.
  var title: String {
    let name = participant.map { ", \($0.name.singleLine(limit: 60)), \($0.address.singleLine(limit: 100))" } ?? ""
    return "Participant \(key.singleLine(limit: 60))\(name)"
  }

  /// Their addresses, as the forum has them and as the ledger writes them.
  var addresses: [String] {
    let address = participant?.address ?? ""
    return ([address] + [(try? Address(address))?.canonical].compactMap(\.self)).filter { !$0.isEmpty }
  }

  /// - Throws: `Failure` where a text that is kept for ever would tell who it was.
  func requireUnnamed(in reason: String) throws {
    let names = addresses + [participant?.name ?? ""].filter { $0.count > 2 }
    guard !names.contains(where: { reason.range(of: $0, options: .caseInsensitive) != nil }) else {
      throw Failure(.usage, "--reason: it is kept for ever, and tells who it was; write it without name and address")
    }
  }
}

extension Installation {
  /// What is erased in a ledger about which no word was given yet might come back by that word.
  /// - Throws: `Failure` where runs hold, or the next one will.
  fileprivate func refuseRestored() throws {
    let isHeld = try ledger.holds().contains { $0.kind == .ledger }
    guard try isHeld || witness.ahead(of: ledger) != nil else { return }
    throw Failure(
      .workLeft,
      """
      the ledger was restored from a backup, and nobody is mailed until you say how to go on: first \
      `watchpost resume --from TIME`, which erases again who was erased before, then erase
      """)
  }

  fileprivate func erase(
    _ person: KnownPerson, as pseudonym: String, _ reason: String, isTried: Bool
  ) throws -> Ledger.Erasure {
    var report = CommandReport("participant erase", pseudonym, reason: reason)
    report.tell("erased")
    let erasing = Ledger.Erasing(
      key: person.key, name: person.participant?.name ?? "", addresses: person.addresses, pseudonym: pseudonym,
      entry: entry(report))
    return try ledger.erase(erasing, now: now(), isTried: isTried, makeName: Installation.makeLedgerName)
  }

  /// Of a foreign forum nothing is changed.
  fileprivate func eraseInForum(_ person: KnownPerson) throws -> Bool {
    try writer?.eraseParticipant(person.key) ?? false
  }

  /// What stands beside the tables: old versions of rows, troubles that name them; and word is left, so that a backup
  /// brings nobody back.
  fileprivate func forgetTraces(of person: KnownPerson, _ erasure: Ledger.Erasure) throws {
    try ledger.database.dropOldVersions()
    let name = person.participant?.name ?? ""
    let traces = Set(person.addresses + erasure.addresses + (name.count > 3 ? [name] : []))
    try Installation.book(configuration).change { $0.forget(naming: traces) }
    try witness.leave(ledger, now: now())
  }
}

extension Ledger.Erasure {
  /// What was forgotten, or would be, a line for each.
  fileprivate func words(isTried: Bool) -> [String] {
    let counts = [
      (dropped, "messages that wait, and are sent to nobody"),
      (underWay, "messages that a run is sending at this moment: they arrive, and their ends name nobody"),
      (undigested, "posts that wait for a digest"), (messages, "messages in all, whose addresses and answers go"),
      (received, "mails that came in, of which nothing is left but that they came"),
      (replies, "replies by mail, whose texts go"), (choices, "choices, watches and sessions"),
      (suppressions, "suppressed addresses"),
    ]
    return [isTried ? "They would be erased:" : "They are erased:"]
      + counts.filter { $0.0 > 0 }.map { "  \($0.0) \($0.1)" }
  }
}
