import ArgumentParser
import Composition
import Forum
import Foundation
import Glibc
import Jobs
import Mail

/// `watchpost preview`: a mail as it would be sent.
struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Show the mail that a person would get of a post, without sending it.",
    discussion: """
      The message is written to standard output or a file, as the relay would get it. Nothing is recorded; its reply \
      address does not work.
      """)

  @Argument(help: "The post's key in the forum.")
  var post: String
  @Option(name: .customLong("to"), help: "The recipient's address, account name or key.")
  var person: String
  @Option(help: "Write it to this file instead, such as mail.eml.")
  var output: String?
  @Option(help: "In this language instead of the person's: ar, en, es, fr, ru or zh.")
  var language: String?
  @Flag(help: "As a digest with this one post.")
  var digest = false
  @OptionGroup var option: ConfigurationOption

  func run() async throws {
    try await reportingFailures {
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
