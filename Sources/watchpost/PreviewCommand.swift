import ArgumentParser
import Forum
import Foundation
import Glibc
import Jobs
import Settings

/// `watchpost preview`: a mail as it would be sent.
struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Show the mail that a participant would get of a post, without sending it.",
    discussion: """
      The message is written to standard output or a file, as the relay would get it; a file mail.eml opens in a mail \
      program, and is readable by you alone. Whether the person watches the thread does not matter. Nothing is \
      recorded, and the message is signed with a key that is forgotten: replies to it are not recognised, and its \
      links and addresses stop nothing.
      """)

  @Argument(help: "The post's id in the forum's database.")
  var post: String
  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("The recipient's address, account name, or id in the forum's database.", valueName: "person"))
  var person: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Write the message to a file instead.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("In this language instead of the person's.", oneOf: Language.self))
  var language: String?
  @Flag(help: "As a digest that has this one post.")
  var digest = false
  @OptionGroup var option: ConfigurationOption

  /// A language is checked here, so that the words are an option's and not the argument parser's.
  func run() async throws {
    try await reportingFailures {
      if let language, Language(rawValue: language) == nil {
        throw Failure(
          .usage, "--language: \"\(language)\" is none of \(Language.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      let installation = try Installation(option)
      // Nobody keeps the key: who is passed this preview cannot stop or answer in the person's name.
      let preview = try Preview(
        installation.context(), randomBytes: randomKey(), composer: installation.composer(keys:))
      let message = try preview.message(
        post: post, to: try installation.members.participant(person),
        language: language.flatMap(Language.init(rawValue:)), asDigest: digest)
      guard let message else {
        throw Failure(.usage, "the forum shows no post \"\(post)\", or the person has no address")
      }
      if let output {
        try write(message.data, to: output)
        let sender = message.envelope.reversePath.map(\.description) ?? ""
        print("\(output): \(message.data.count) bytes, from <\(sender)> to <\(message.envelope.recipient)>")
      } else {
        try FileHandle.standardOutput.write(contentsOf: Data(message.data))
      }
    }
  }

  /// For its owner alone (rule X2): the post may not be for everybody's eyes. An earlier preview is replaced.
  private func write(_ data: [UInt8], to file: String) throws {
    var status = stat()
    if lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(file) }
    try createPrivateFile(file, data)
  }
}
