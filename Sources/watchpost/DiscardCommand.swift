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
  @OptionGroup var option: ConfigurationOption

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      if what == "reply" { return try discardReply(installation) }
      if what.hasPrefix(HeldPost.prefix) {
        let post = try HeldPost(what, installation.ledger)
        let count = try installation.ledger.discard(
          post: post.position, by: .admin(Operator.name), now: installation.now())
        try installation.settled(.post, named: post.key)
        return print("Messages that are sent to nobody: \(count).")
      }
      guard what == "flood" else {
        throw Failure(.usage, "\"\(what)\" cannot be discarded: flood, reply, or post: with the number of a post")
      }
      let settled: Timestamp = installation.now() - installation.configuration.collect.settle.seconds
      let count = try installation.ledger.discardFlood(visible: settled)
      try installation.settled(.flood)
      print(count.map { "Posts that are mailed to nobody: \($0)." } ?? "No posts are held.")
    }
  }

  private func discardReply(_ installation: Installation) throws {
    guard let number else { throw Failure(.usage, "give the reply's number; `watchpost replies` shows them") }
    guard try installation.ledger.discardReply(ReceivedID(number), now: installation.now()) else {
      throw Failure(.usage, "no reply \(number) waits; `watchpost replies` shows those that do")
    }
    print("It is forgotten.")
  }
}
