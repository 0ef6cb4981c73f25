import ArgumentParser
import Forum
import Identifiers
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
      """)

  @OptionGroup var option: ConfigurationOption

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let ledger = installation.ledger
      let giveUp = installation.configuration.inbound.giveUpAfter.seconds
      let failing = try ledger.failingReplies(limit: 200)
      let parked = try ledger.parkedReplies(limit: 200) + failing
      if parked.isEmpty { print("No reply waits.") }
      let people = try ledger.people(ids: Set(parked.map(\.reply.person)))
      let known = try installation.forum.participants(keys: people.values.map(\.key)).keyed(by: \.key)
      for one in parked {
        let name = people[one.reply.person].flatMap { known[ForumKey($0.key)] }?.name ?? "somebody"
        let end = one.triedAt.map { " until \($0 + giveUp), then returned to its author" } ?? ""
        let why =
          one.reply.parking?.words ?? "the forum fails to take it, see `watchpost status`; it is tried again\(end)"
        print("\(one.received)  \(one.reply.arrivedAt)  \(name.singleLine(limit: 60)): \(why)")
        print("    \(one.reply.shownText.singleLine(limit: 200))")
      }
      if parked.count > failing.count {
        print("Post one: watchpost release reply NUMBER. Forget one: watchpost discard reply NUMBER.")
      } else if !parked.isEmpty {
        print("Forget one: watchpost discard reply NUMBER.")
      }
    }
  }
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
