import ArgumentParser
import Forum
import Identifiers
import Jobs
import Ledger
import Text

/// `watchpost suppression list|add|lift`: addresses that are not mailed.
struct SuppressionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suppression", abstract: "List, add and lift addresses that are not mailed.",
    discussion: """
      An address is left alone once too much mail to it has failed, and is tried again by itself after 7, 14 and 21 \
      days; or by your word, and then for good. What had been queued for it before comes as one digest once it is \
      mailed again.
      """,
    subcommands: [List.self, Add.self, Lift.self], defaultSubcommand: List.self)

  /// `watchpost suppression list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List all addresses that are not mailed.",
      discussion: """
        In the order of the addresses: whose each is, since when it is not mailed, by whose word, what was said last, \
        and when it is tried again. With --json: an array of objects with address, since, cause (admin or failures), \
        reason, and where they are known participant, name, nextTry.
        """)
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let count = try installation.ledger.suppressionCount()
        if !json { print(count == 0 ? "No address is stopped." : "Addresses that are not mailed: \(count)") }
        var (after, all): (String, [SuppressionReport]) = ("", [])
        while true {
          let page = try installation.ledger.suppressions(after: after, limit: 1000)
          guard let last = page.last else { break }
          after = last.address
          let reports = try installation.reports(page)
          if json { all += reports } else { print(SuppressionReport.table(reports).joined(separator: "\n")) }
        }
        if json { return print(jsonLine(all)) }
        if count > 0 { print("Next: watchpost suppression lift ADDRESS") }
        print("Next: watchpost suppression add ADDRESS --reason WORDS")
      }
    }
  }

  /// `watchpost suppression add ADDRESS`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop mail to an address, until it is lifted.",
      discussion: "Whoever has it at the forum gets nothing at it; it is never tried again by itself.")
    @Argument(help: "The address.")
    var address: String
    @OptionGroup var why: RequiredReason
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        var report = CommandReport("suppression add", address, reason: why.reason)
        try installation.suppress(address, reason: why.reason, &report)
        try installation.finish(report, json: json)
      }
    }
  }

  /// `watchpost suppression lift ADDRESS`
  struct Lift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Mail an address again; `release ADDRESS` does the same.")
    @Argument(help: "The address.")
    var address: String
    @Option(help: "Why, for the audit log.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        var report = CommandReport("suppression lift", address, reason: reason)
        try installation.lift(address, &report)
        try installation.finish(report, json: json)
      }
    }
  }
}

/// Why something is done, where that must be said.
struct RequiredReason: ParsableArguments {
  @Option(help: ArgumentHelp("Why; the audit log and `explain` show it.", valueName: "words"))
  var reason: String

  func validate() throws {
    if reason.trimmed.isEmpty { throw ValidationError("--reason: say why in a few words.") }
  }
}

/// An address that is not mailed; its keys are an interface.
struct SuppressionReport: Encodable {
  /// In its canonical form.
  var address: String
  /// The person's key and name in the forum; left out where they are not known.
  var participant, name: String?
  /// In UTC.
  var since: String
  /// `admin` or `failures`.
  var cause: String
  /// What was said last, or what the admin wrote.
  var reason: String
  /// When it is tried again; left out: never, or a try is on its way.
  var nextTry: String?

  static func table(_ reports: [SuppressionReport]) -> [String] {
    var table = Table(["address", "participant", "since", "by", "tried again", "last answer"])
    for one in reports {
      let who = [one.participant, one.name].compactMap(\.self).joined(separator: " ")
      table.add([
        one.address, who.isEmpty ? "-" : who.singleLine(limit: 60), one.since,
        one.cause == Suppression.Cause.admin.rawValue ? "an admin" : "failures", one.nextTry ?? "-",
        one.reason.singleLine(limit: 200),
      ])
    }
    return table.lines()
  }
}

extension Installation {
  fileprivate func reports(_ page: [Suppression]) throws -> [SuppressionReport] {
    let people = try ledger.people(ids: Set(page.compactMap(\.person)))
    let known = try members.forum.participants(keys: people.values.map(\.key)).keyed(by: \.key)
    return page.map { one in
      let key = one.person.flatMap { people[$0]?.key }
      return SuppressionReport(
        address: one.address, participant: key, name: key.flatMap { known[ForumKey($0)]?.name },
        since: one.since.description, cause: one.cause.rawValue, reason: one.reason,
        nextTry: one.nextProbe?.description)
    }
  }
}
