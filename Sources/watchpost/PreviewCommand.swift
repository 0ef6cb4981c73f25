import ArgumentParser
import Composition
import Forum
import Foundation
import Glibc
import Jobs
import Mail
import Settings

/// `watchpost preview`: a mail as it would be sent.
struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Show the mail that a participant would get of a post, without sending it.",
    discussion: """
      The message is written to standard output or a file, as the relay would get it; a file mail.eml opens in a mail \
      program. Whether the person watches the thread does not matter. Nothing is recorded, and replies to it are not \
      recognised.
      """)

  @Argument(help: "The post's id in the forum's database.")
  var post: String
  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("The recipient's address, account name, or id in the forum's database.", valueName: "person"))
  var person: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Write the message to a file instead.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("In this language instead of the person's.", valueName: "ar|en|es|fr|ru|zh"))
  var language: String?
  @Flag(help: "As a digest that has this one post.")
  var digest = false
  @OptionGroup var option: ConfigurationOption

  func run() async throws {
    try await reportingFailures {
      if let language, Language(rawValue: language) == nil {
        throw Failure(.usage, "--language: \"\(language)\" is none of ar, en, es, fr, ru, zh")
      }
      let workshop = try Workshop(option)
      let message = try Preview(workshop.context(), workshop.composer()).message(
        post: post, to: try workshop.participant(person), language: language, asDigest: digest)
      guard let message else {
        throw Failure(.usage, "the forum shows no post \"\(post)\", or the person has no address")
      }
      if let output {
        guard FileManager.default.createFile(atPath: output, contents: Data(message.data)) else {
          throw Failure(.unavailable, "\(output): cannot write: \(String(cString: strerror(errno)))")
        }
        print(
          "\(output): \(message.data.count) bytes, from <\(message.envelope.reversePath.map(\.description) ?? "")> to <\(message.envelope.recipient)>"
        )
      } else {
        try FileHandle.standardOutput.write(contentsOf: Data(message.data))
      }
    }
  }
}
