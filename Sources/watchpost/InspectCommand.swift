import ArgumentParser
import Foundation
import Inbound
import Jobs
import Text

/// `watchpost inspect`: what Watchpost reads in a message.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Say what messages are: bounces, complaints, automatic answers, replies.",
    discussion: """
      Each file holds one message. It needs no configuration and changes nothing. A line for each file: its name, the \
      kind, and of bounces and complaints whom they are about, with action and status; of replies the person's first \
      words. A file that cannot be read has a line that says why; the others are read all the same, and the exit code \
      is 64.

      Kinds: bounce; complaint; auto_reply (a machine wrote it); command (SET … DIGEST and the like); other (receipts, \
      calendar answers, reactions, mail of lists); reply.

      What a person wrote in a reply is found by general rules: quoted lines go, except those that an answer stands \
      below; so do the lines that introduce a quotation, messages quoted or forwarded whole, signatures with their \
      contact data, devices' lines, legal text, and the banners of gateways.
      """)

  @Flag(help: "One JSON object a line, for scripts.")
  var json = false
  @Argument(help: ArgumentHelp("Files, or directories of files.", valueName: "file|directory"))
  var paths: [String]

  func run() async throws {
    try await reportingFailures {
      let reader = MessageReader()
      var unread = 0
      for file in paths.flatMap(files) {
        do {
          let message = reader.read(try octets(of: file, atMost: reader.bounds.message))
          let inspection = Inspection(file: URL(filePath: file).lastPathComponent, Classification(message))
          print(json ? jsonLine(inspection) : inspection.line)
        } catch {
          // The others may be readable.
          unread += 1
          let trouble = Unread(file: file, error: "\(error)")
          print(json ? jsonLine(trouble) : trouble.line)
        }
      }
      if unread > 0 { throw Failure(.usage, "\(unread) of the files could not be read; their lines say why") }
    }
  }

  /// The file, or the files of the directory, by their names; nothing in directories within. What is not there, or
  /// cannot be listed, stands for itself: to read it fails.
  private func files(_ path: String) -> [String] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue,
      let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    else { return [path] }
    return names.sorted().map { path + "/" + $0 }.filter { file in
      !FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory) || !isDirectory.boolValue
    }
  }

  /// What is read of a file: one octet more than is looked at, so that the reader knows that there is more.
  private func octets(of file: String, atMost count: Int) throws(Trouble) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: file) else {
      throw Trouble(description: "there is no such file or directory; name files that hold one message each")
    }
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: file))
      defer { handle.closeFile() }
      return Array(try handle.read(upToCount: count + 1) ?? Data())
    } catch {
      throw Trouble(description: "it cannot be read: \(error.localizedDescription)")
    }
  }

  /// Why a file is not read.
  private struct Trouble: Error, CustomStringConvertible { let description: String }
}

/// What is said of a file that could not be read.
private struct Unread: Encodable {
  let file: String
  let error: String

  /// For a person, on one line.
  var line: String { "\(file.singleLine()): \(error.singleLine())" }
}

/// What is said of one file.
struct Inspection: Encodable {
  /// One recipient of a bounce or complaint.
  struct Recipient: Encodable {
    let address: String
    let action: String
    /// Null where none is said.
    let status: String?
    let permanent: Bool

    enum CodingKeys: String, CodingKey { case address, action, status, permanent }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(address, forKey: .address)
      try container.encode(action, forKey: .action)
      try container.encode(status, forKey: .status)
      try container.encode(permanent, forKey: .permanent)
    }
  }

  enum CodingKeys: String, CodingKey {
    case file, kind, recipients
    case replyText = "reply_text"
    case elidedText = "elided_text"
  }

  let file: String
  let kind: String
  let recipients: [Recipient]
  let replyText: String?
  let elidedText: String?

  init(file: String, _ classification: Classification) {
    self.file = file
    kind = classification.kind.rawValue
    recipients = classification.recipients.map {
      Recipient(
        address: "\($0.address)", action: $0.action.rawValue, status: $0.status, permanent: $0.isPermanent)
    }
    replyText = classification.reply?.own
    elidedText = classification.reply?.elided
  }

  /// For a person, on one line; what of hostile text would steer a terminal, or turn its lines around, is left out.
  var line: String {
    let people = recipients.map { recipient in
      "\(recipient.address) \(recipient.action)" + (recipient.status.map { " \($0)" } ?? "")
        + (recipient.permanent ? " permanent" : "")
    }.joined(separator: ", ")
    let text = String((replyText ?? "").prefix(400)).singleLine()
    let rest = people.isEmpty ? String(text.prefix(60)) : people
    return "\(file.singleLine()): \(kind)" + (rest.isEmpty ? "" : ": \(rest)")
  }
}
