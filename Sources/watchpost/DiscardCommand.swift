import ArgumentParser
import Time

/// `watchpost discard flood`: the admin's word that new posts are to be mailed to nobody.
struct DiscardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard", abstract: "Forget what is held: new posts that are to be mailed to nobody.",
    discussion: """
      flood: a run found more new posts than collect.flood_limit, such as after an import. They are forgotten for good; \
      what is posted after them is mailed as ever. `watchpost release flood` is the other way.
      """)

  /// What can be discarded.
  enum Subject: String, ExpressibleByArgument, CaseIterable { case flood }

  @Argument(help: ArgumentHelp("What is held.", oneOf: Subject.self))
  var what: Subject
  @OptionGroup var option: ConfigurationOption

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let settled: Timestamp = installation.now() - installation.configuration.collect.settle.seconds
      let count = try installation.ledger.discardFlood(visible: settled)
      try installation.settled(.flood)
      print(count.map { "Posts that are mailed to nobody: \($0)." } ?? "No posts are held.")
    }
  }
}
