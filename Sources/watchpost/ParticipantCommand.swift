import ArgumentParser

/// `watchpost participant show|set|export|erase`: a person's preferences, whoever keeps them, and what is kept of them.
struct ParticipantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "participant", abstract: "Show or change how mail reaches a participant; forget one.",
    discussion: """
      A person's preferences: mode, digest hour, time zone, language and so on. The embedded forum keeps them in its \
      tables. Of a foreign forum, Watchpost keeps what that forum does not know; where it knows something, its word \
      holds. What nobody chose comes from the configuration.
      """,
    subcommands: [Show.self, Set.self, Export.self, Erase.self])
}
