import ArgumentParser
import Identifiers
import Time

/// `watchpost discard WHAT`: the admin's word that new posts, or a post that is held, are to be mailed to nobody.
struct DiscardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard",
    abstract: "Forget what is held: posts that are to be mailed to nobody, a reply that waits.",
    discussion: """
      flood: a run found more new posts than collect.flood_limit, such as after an import. They are forgotten for good; \
      what is posted after them is mailed as ever. `watchpost release flood` is the other way. reply NUMBER: a reply by mail that \
      waits for a word (`watchpost replies`) is posted never.

      post:NUMBER: a post whose mail is held since it is refused to everybody. Its mail goes to nobody more; those who \
      have it keep it. `watchpost release post:NUMBER` is the other way.
      """)

  @Argument(help: ArgumentHelp("What is held.", valueName: "flood|reply|post:number"))
  var what: String
  @Argument(help: "Of `reply`, its number.")
  var number: Int64?
  @Option(help: "Why, for the audit log.")
  var reason: String?
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON: command, subject, outcome, and where something is counted count.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let subject = number.map { "\(what) \($0)" } ?? what
      var report = CommandReport("discard", subject, reason: reason)
      try discard(installation, &report)
      try installation.finish(report, json: json)
    }
  }

  private func discard(_ installation: Installation, _ report: inout CommandReport) throws {
    let ledger = installation.ledger
    switch what {
    case "reply":
      guard let number else { throw Failure(.usage, "give the reply's number; `watchpost replies` shows them") }
      guard try ledger.discardReply(ReceivedID(number), now: installation.now()) else {
        throw Failure(.usage, "no reply \(number) waits; `watchpost replies` shows those that do")
      }
      report.tell("It is forgotten.")
    case _ where what.hasPrefix(HeldPost.prefix):
      let post = try HeldPost(what, ledger)
      let count = try ledger.discard(post: post.position, by: .admin(Operator.name), now: installation.now())
      try installation.settled(.post, named: post.key)
      report.tell("Messages that are sent to nobody: \(count).", count)
    case "flood":
      let settled: Timestamp = installation.now() - installation.configuration.collect.settle.seconds
      let count = try ledger.discardFlood(visible: settled)
      try installation.settled(.flood)
      report.tell(count.map { "Posts that are mailed to nobody: \($0)." } ?? "No posts are held.", count)
    default:
      throw Failure(.usage, "\"\(what)\" cannot be discarded: flood, reply, or post: with the number of a post")
    }
  }
}
