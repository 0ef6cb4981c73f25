import ArgumentParser
import Identifiers
import Jobs
import Ledger
import Stories
import Text

/// `watchpost queue`: what waits, is held or has failed, and what an admin orders about it.
struct QueueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue", abstract: "List what waits, is held or has failed; hold it, let it go, or cancel it.",
    discussion: """
      Messages are named by their numbers, a Message-ID or an address of ours; or chosen by --domain, --post, --person \
      and --state, which may stand together. What a run has in hand at the moment is left to it, and counted.

      Every order is told by `watchpost explain` and kept by `watchpost audit`, with who gave it and why. --dry-run shows \
      what it would concern; of more than 100 messages it asks, or wants --yes where nobody can be asked.
      """,
    subcommands: [List.self, Show.self, Hold.self, Release.self, Cancel.self, Discard.self],
    defaultSubcommand: List.self)

  /// `watchpost queue list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what waits, is held or has failed.",
      discussion: """
        First how many messages there are in each state, then the messages: what is held, what a run has in hand, what waits, \
        the first due first, and what failed, the latest first. `sending` is one that a run hands to the relay just \
        now, `uncertain` one of which nobody knows whether it arrived. --state shows others too: expired, suppressed, \
        dropped.

        With --json: an object with totals (by state), more, and messages, each with message, state, leased, attempts, \
        generation, and where they apply participant, name, address, post, postKey, part, parts, posts, notice, due, \
        since, why, answer.
        """)
    @OptionGroup var filter: QueueFilter
    @Option(help: ArgumentHelp("How many messages at most.", valueName: "count"))
    var limit = 50
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        guard limit > 0 else { throw Failure(.usage, "--limit: \(limit) is less than 1") }
        let installation = try Installation(option)
        let selection = try QueueSelection(filter, states: QueueQuery.standard, installation)
        let (messages, counts) = try selection.listing(limit: limit)
        let reports = try installation.reports(messages)
        let more = max(0, counts.values.reduce(0, +) - reports.count)
        if json {
          let totals = Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
          return print(jsonLine(QueueListing(totals: totals, messages: reports, more: more)))
        }
        print(reports.isEmpty ? "Nothing of it waits, is held or has failed." : QueueReport.totals(counts))
        if !reports.isEmpty { print(QueueReport.table(reports).joined(separator: "\n")) }
        if more > 0 { print("and \(more) more: watchpost queue list --limit \(reports.count + more)") }
        if let first = messages.first {
          print("Next: watchpost queue show \(first.record.id)")
          if first.record.state == .held { print("Next: watchpost queue release \(toRelease(first, reports[0]))") }
        }
      }
    }

    /// What is held with its whole domain, or post, goes with that alone.
    private func toRelease(_ one: QueuedMessage, _ report: QueueReport) -> String {
      switch one.record.reason.flatMap(HoldReason.init(text:)) {
      case .domain(let domain)?: "--domain \(domain.asArgument)"
      case .post?: report.postWord.map { "--post \($0.asArgument)" } ?? "\(one.record.id)"
      case .uncertain?, .uncomposed?, .ordered?, nil: "\(one.record.id)"
      }
    }
  }

  /// `watchpost queue show MESSAGE`
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show everything of one message.",
      discussion: """
        Its story as `watchpost explain` tells it, then its row: state, when it is due, tries, generation, and whether a run \
        has it. With --json: an object with message, as `queue list` has it, and story, as `explain` has it.
        """)
    @Argument(help: "The message: a number, a Message-ID, or an address of ours.")
    var message: String
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    private struct Shown: Encodable {
      let message: QueueReport
      let story: Story
    }

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let selection = try QueueSelection(nil, [message], states: QueueQuery.standard, installation)
        guard let id = selection.numbers?.last, let one = try installation.ledger.queued(ids: [id]).first else {
          throw Failure(.usage, "no message of that mail is known any more; what has ended is kept for a time only")
        }
        let story = Story(try StoryReading(installation).rows(message: "\(id)"))
        let report = try installation.reports([one])[0]
        if json { return print(jsonLine(Shown(message: report, story: story))) }
        print(story.lines.joined(separator: "\n"))
        let due = report.due.map { ", due \($0)" } ?? (one.record.state.isOpen ? ", due at once" : "")
        print(
          "Message \(id): \(report.state)\(due), tries \(report.attempts), generation \(report.generation), "
            + (report.leased ? "a run has it" : "no run has it"))
      }
    }
  }

  /// `watchpost queue hold`
  struct Hold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hold what waits, until you let it go.",
      discussion: """
        With --domain alone, mail to the domain that comes later is held too, and with --post alone copies of the post \
        that come later (digests that have it go), also of one that no run took up yet: until `watchpost release DOMAIN` or \
        `watchpost release post:NUMBER`, or `queue release` with the same option. Otherwise only what waits now is held.
        """)
    @OptionGroup var chosen: QueueOrderArguments
    @OptionGroup var why: RequiredReason
    @OptionGroup var option: ConfigurationOption

    func run() async throws { try await chosen.run(.hold, why.reason, option) }
  }

  /// `watchpost queue release`
  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let go what is held; it goes out with the next run of the job dispatch.",
      discussion: """
        Its time to be tried begins anew. With --domain alone the domain is held no more, and with --post alone the post: \
        what that hold kept goes, and nothing that another order holds. What is held with its whole domain, or post, \
        goes with that alone. With --state held what other orders hold of it goes too. What may have arrived goes again \
        by its number, or with `watchpost release uncertain`.
        """)
    @OptionGroup var chosen: QueueOrderArguments
    @Option(help: "Why; the audit log and `explain` show it.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption

    func run() async throws { try await chosen.run(.release, reason ?? "", option) }
  }

  /// `watchpost queue cancel`
  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take what waits out of the queue: it is sent to nobody.",
      discussion: """
        The posts of a digest's part go with it: they come in no other digest. What is held is discarded, see `queue \
        discard`.
        """)
    @OptionGroup var chosen: QueueOrderArguments
    @OptionGroup var why: RequiredReason
    @OptionGroup var option: ConfigurationOption

    func run() async throws { try await chosen.run(.cancel, why.reason, option) }
  }

  /// `watchpost queue discard`
  struct Discard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take what is held out of the queue: it is sent to nobody.",
      discussion: """
        The posts of a digest's part go with it: they come in no other digest. A domain, or a post, that is held stays \
        held.
        """)
    @OptionGroup var chosen: QueueOrderArguments
    @Option(help: "Why; the audit log and `explain` show it.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption

    func run() async throws { try await chosen.run(.discard, reason ?? "", option) }
  }
}

/// What all orders are given.
struct QueueOrderArguments: ParsableArguments {
  @Argument(help: "Messages: their numbers, a Message-ID, or an address of ours.")
  var messages: [String] = []
  @OptionGroup var filter: QueueFilter
  @Flag(
    name: [.customShort("n"), .customLong("dry-run")], help: "Show what it would concern, and change nothing.")
  var dryRun = false
  @Flag(name: .shortAndLong, help: "Do not ask, however many.")
  var yes = false
  @Flag(help: "As JSON: command, subject, outcome, count, and with --dry-run messages.")
  var json = false

  func validate() throws {
    if messages.isEmpty, filter.isEmpty {
      throw ValidationError("Say which: numbers of messages, or --domain, --state, --post, --person.")
    }
  }

  /// As it was typed.
  var words: String { messages.isEmpty ? filter.words : messages.map(\.asArgument).joined(separator: " ") }

  func run(_ verb: QueueVerb, _ reason: String, _ option: ConfigurationOption) async throws {
    try await reportingFailures {
      try QueueOrderRun(Installation(option), self, verb, reason: reason).run()
    }
  }
}
