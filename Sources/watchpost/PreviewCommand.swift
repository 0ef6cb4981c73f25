import ArgumentParser
import Forum
import Foundation
import Glibc
import Jobs
import Mail
import Settings
import Text

/// `watchpost preview`: a mail as it would be sent.
struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Show the mail that a participant would get of a post, without sending it.",
    discussion: """
      The message is written to standard output or a file, as the relay would get it; a file mail.eml opens in a mail \
      program, and is readable by you alone. Whether the person watches the thread does not matter. Nothing is \
      recorded, and the message is signed with a key that is forgotten: replies to it are not recognised, and its \
      links and addresses stop nothing.

      --send-to sends it once over the relay of the configuration, to that address instead of the person's, with a \
      subject that begins with [Preview]. The queue knows nothing of it; the audit log does. What the relay refuses is \
      told with its answer (exit status 69).
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
  @Option(help: ArgumentHelp("Send it to this address, marked as a preview.", valueName: "address"))
  var sendTo: String?
  @Option(help: "Of --send-to: why, for the audit log.")
  var reason: String?
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "Of --send-to: what was done, as JSON.")
  var json = false

  func validate() throws {
    if sendTo != nil, output != nil { throw ValidationError("Give --send-to or --output, not both.") }
    if json, sendTo == nil { throw ValidationError("--json goes with --send-to: a message is no JSON.") }
  }

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
      let participant = try installation.members.participant(person)
      let message = try preview.message(
        post: post, to: participant,
        language: language.flatMap(Language.init(rawValue:)), asDigest: digest)
      guard let message else {
        throw Failure(.usage, "the forum shows no post \"\(post)\", or the person has no address")
      }
      if sendTo != nil, try !installation.members.mayRead(post: post, participant.key) {
        printError(
          "watchpost: participant \(participant.key.singleLine(limit: 60)) may not read this post, and would not be sent it; "
            + "what you send here is not for everybody's eyes")
      }
      if let sendTo { return try send(message, of: participant, to: sendTo, installation) }
      if let output {
        try write(message.data, to: output)
        let sender = message.envelope.reversePath.map(\.description) ?? ""
        print("\(output): \(message.data.count) bytes, from <\(sender)> to <\(message.envelope.recipient)>")
      } else {
        try FileHandle.standardOutput.write(contentsOf: Data(message.data))
      }
    }
  }

  /// Once, whatever comes of it.
  private func send(
    _ message: OutgoingMessage, of participant: Participant, to typed: String, _ installation: Installation
  ) throws {
    guard let address = try? Address(typed) else {
      throw Failure(.usage, "--send-to: \"\(typed.singleLine(limit: 320))\" is no address")
    }
    var report = CommandReport("preview --send-to", "post \(post) of participant \(participant.key)", reason: reason)
    // Whom no run has met is recorded for no preview.
    let known = try installation.ledger.people(keys: [participant.key], isRecording: false)[participant.key]?.id
    report.person = known.flatMap { $0 == 0 ? nil : $0 }
    do {
      let answer = try OneMessage.send(message.asPreview(to: address), over: installation.transport())
      report.tell("Sent to \(address): \(answer)", 1)
    } catch let refused as OneMessage.Refused {
      throw Failure(.unavailable, "\(address): \(refused)")
    }
    try installation.finish(report, json: json)
  }

  /// For its owner alone (rule X2): the post may not be for everybody's eyes. An earlier preview is replaced.
  private func write(_ data: [UInt8], to file: String) throws {
    var status = stat()
    if lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(file) }
    try createPrivateFile(file, data)
  }
}
