import ArgumentParser
import Forum
import Identifiers
import Jobs
import Ledger
import Text
import Time

/// `watchpost replies`: replies by mail that wait for a word.
struct RepliesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replies", abstract: "Show the replies by mail that wait for somebody's word.",
    discussion: """
      `watchpost release reply NUMBER` has one posted with the next run of the job inbound, `watchpost discard reply \
      NUMBER` forgets it. Those that came from another address than the person's are posted by themselves once the \
      person confirms them.

      With --json: an array of objects with number, arrivedAt, participant, name, why, text, and parked: whether it \
      waits for a word, not for the forum.
      """)

  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let ledger = installation.ledger
      let giveUp = installation.configuration.inbound.giveUpAfter.seconds
      let failing = try ledger.failingReplies(limit: 200)
      let parked = try ledger.parkedReplies(limit: 200) + failing
      let people = try ledger.people(ids: Set(parked.map(\.reply.person)))
      let known = try installation.members.forum.participants(keys: people.values.map(\.key)).keyed(by: \.key)
      let reports = parked.map { one in
        let key = people[one.reply.person]?.key
        let end = one.triedAt.map { " until \($0 + giveUp), then returned to its author" } ?? ""
        return ReplyReport(
          number: one.received.rawValue, arrivedAt: one.reply.arrivedAt.description, participant: key,
          name: key.flatMap { known[ForumKey($0)] }?.name,
          why: one.reply.parking?.words
            ?? "the forum fails to take it, see `watchpost status`; it is tried again\(end)",
          text: one.reply.shownText, parked: one.reply.parking != nil)
      }
      if json { return print(jsonLine(reports)) }
      if parked.isEmpty { print("No reply waits.") }
      for one in reports {
        print("\(one.number)  \(one.arrivedAt)  \((one.name ?? "somebody").singleLine(limit: 60)): \(one.why)")
        print("    \(one.text.singleLine(limit: 200))")
      }
      if parked.count > failing.count {
        print("Post one: watchpost release reply NUMBER. Forget one: watchpost discard reply NUMBER.")
      } else if !parked.isEmpty {
        print("Forget one: watchpost discard reply NUMBER.")
      }
    }
  }
}

/// A reply that waits; its keys are an interface.
struct ReplyReport: Encodable {
  /// By which `release reply` and `discard reply` name it.
  var number: Int64
  /// In UTC.
  var arrivedAt: String
  /// The forum's key and the name of who wrote it; left out where they are not known.
  var participant, name: String?
  /// Why it waits, in words.
  var why: String
  /// What was written, as it would be posted.
  var text: String
  /// It waits for a word, not for the forum.
  var parked: Bool
}

extension MailedReply.Parking {
  /// For the admin.
  var words: String {
    switch self {
    case .otherSender: "from another address; they were asked"
    case .tooMany: "more than five within ten minutes, or thirty in a day"
    case .tooManyInThread: "more than eight in one thread within an hour"
    case .loop: "as a machine's: within a minute each, at even intervals, by night too, or alike but for numbers"
    case .repeated: "the same text as before"
    case .inDoubt: "several posts of the forum may be this one already"
    case .unlike:
      "the forum's program says that it posted it, and the forum has another post, elsewhere, or none; look there first"
    }
  }
}
