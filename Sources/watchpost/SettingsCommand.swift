import ArgumentParser
import Settings

/// `watchpost settings`: what may stand in the configuration.
struct SettingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings", abstract: "List what may stand in the configuration file.",
    discussion: """
      Each setting with its default, what it does, its bounds, and the environment variable that overrides it. \
      `site.name` stands in the file as `name` below `site:`.
      """)

  @Argument(help: "One section alone, such as delivery.")
  var section: String?
  @Flag(help: "As an annotated configuration file to copy from.")
  var sample = false

  /// A section of the sample alone would be a file that cannot be used.
  func validate() throws {
    if sample, section != nil { throw ValidationError("--sample shows all sections.") }
  }

  /// Needs no configuration: it is what one reads before there is any.
  func run() async throws {
    try await reportingFailures {
      if sample { return print(Configuration.sample(), terminator: "") }
      let listing = Configuration.listing(section: section)
      if let section, listing.isEmpty {
        throw Failure(.usage, "there is no section \"\(section)\"; `watchpost settings` lists all")
      }
      print(listing, terminator: "")
    }
  }
}
