import Curl
import Foundation
import Synchronization
import TestSupport

@testable import Mailboxes

/// An IMAP server that keeps one folder and does what RFC 3501 says, unless a test says otherwise.
final class FakeIMAP: Sendable {
  struct Message: Sendable {
    let uid: Int
    var flags: Set<String> = []
    var body: [UInt8]
    /// Where it differs from what the body has.
    var size: Int?
  }

  /// What a test has it do instead. `%T` in a text stands for the command's tag.
  enum Reaction: Sendable {
    case say(String)
    /// A text, then one octet so many times.
    case flood(String, of: UInt8, Int)
    case sayAndLeave(String)
    case leave
    case stall
    /// Says it until the client is gone.
    case sayForEver(String)

    /// Seconds to wait in a test: short where only the end of patience ends it.
    var timeout: Double {
      switch self {
      case .stall, .sayForEver: 1
      default: 30
      }
    }
  }

  struct Folder: Sendable {
    var capabilities = "IMAP4rev1 UIDPLUS"
    var permanentFlags = #"\Deleted \Seen \*"#
    var messages: [Message] = []
    var greeting = "* OK ready"

    init(_ bodies: [String] = []) {
      messages = bodies.enumerated().map { Message(uid: 10 * ($0.offset + 1), body: Array($0.element.utf8)) }
    }
  }

  let server: TalkingServer
  private let folder: Mutex<Folder>
  /// Numbers of messages that went without the client's doing, to be told with the next answer that may.
  private let gone = Mutex<[Int]>([])

  /// - Parameter reaction: asked with each command without its tag; nil: what a good server does.
  init(_ folder: Folder, _ reaction: @escaping @Sendable (String, FakeIMAP) -> Reaction? = { _, _ in nil }) {
    self.folder = Mutex(folder)
    let holder = Mutex<FakeIMAP?>(nil)
    server = TalkingServer { talk in
      guard let fake = holder.withLock({ $0 }) else { return }
      talk.say("\(fake.folder.withLock { $0.greeting })\r\n")
      while let line = talk.line() {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        let (tag, command) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        let tagged = { (text: String) in text.replacing("%T", with: tag) }
        switch reaction(command, fake) {
        case nil: talk.say(fake.answer(command, tag))
        case .say(let text): talk.say(tagged(text))
        case .flood(let text, let octet, let count):
          talk.say(Array(text.utf8) + [UInt8](repeating: octet, count: count))
        case .sayAndLeave(let text):
          talk.say(tagged(text))
          return talk.leave()
        case .leave: return talk.leave()
        case .stall: return talk.stall()
        case .sayForEver(let text):
          while talk.say(tagged(text)) { continue }
          return
        }
        if command == "LOGOUT" { return talk.leave() }
      }
    }
    holder.withLock { $0 = self }
  }

  var uids: [Int] { folder.withLock { $0.messages.map(\.uid) } }
  func flags(of uid: Int) -> Set<String>? { folder.withLock { $0.messages.first { $0.uid == uid }?.flags } }
  func change(_ body: (inout Folder) -> Void) { folder.withLock { body(&$0) } }

  /// Somebody else expunges, as a server tells it between commands.
  func expunge(uid: Int) {
    let number = folder.withLock { folder -> Int? in
      guard let index = folder.messages.firstIndex(where: { $0.uid == uid }) else { return nil }
      folder.messages.remove(at: index)
      return index + 1
    }
    if let number { gone.withLock { $0.append(number) } }
  }

  /// Commands that were given, without tags and the login.
  var commands: [String] {
    server.lines.compactMap { $0.split(separator: " ", maxSplits: 1).last.map(String.init) }
      .filter { !$0.hasPrefix("LOGIN") && $0 != "CAPABILITY" }
  }

  func settings(maxSize: Int = 1_000, timeout: Double = 30, _ change: (inout ServerSettings) -> Void = { _ in })
    -> ServerSettings
  {
    var settings = ServerSettings(
      kind: .imap, host: "127.0.0.1", port: server.port, security: .none,
      credentials: Credentials(user: "forum", secret: "hush"))
    settings.maxSize = maxSize
    (settings.timeout, settings.commandTimeout) = (timeout, 2 * timeout)
    change(&settings)
    return settings
  }

  // MARK: A good server

  private func answer(_ command: String, _ tag: String) -> [UInt8] {
    var out: [UInt8] = []
    func say(_ text: String) { out += "\(text)\r\n".utf8 }
    // Numbers may not change while FETCH, STORE or SEARCH without UID are answered.
    if command.hasPrefix("UID ") {
      for number in gone.withLock({ gone in
        defer { gone = [] }
        return gone
      }) { say("* \(number) EXPUNGE") }
    }
    folder.withLock { folder in
      switch command.split(separator: " ").prefix(2).joined(separator: " ").uppercased() {
      case "CAPABILITY": say("* CAPABILITY \(folder.capabilities)")
      case let words where words.hasPrefix("SELECT"):
        say("* FLAGS (\\Deleted \\Seen)")
        say("* OK [PERMANENTFLAGS (\(folder.permanentFlags))] Limited.")
        say("* \(folder.messages.count) EXISTS")
        say("* OK [UIDVALIDITY 7] Ok.")
        return say("\(tag) OK [READ-WRITE] Selected.")
      case let words where words.hasPrefix("FETCH"):
        guard list(command, folder, &out) else { return say("\(tag) BAD there are no such messages.") }
      case "UID FETCH": body(command, folder, &out)
      case "UID STORE":
        let added = command.split(separator: "(").last!.dropLast().split(separator: " ").map(String.init)
        for index in folder.messages.indices where uids(command).contains(folder.messages[index].uid) {
          folder.messages[index].flags.formUnion(added)
        }
      case "UID EXPUNGE": purge(&folder, only: uids(command), say)
      case "EXPUNGE": purge(&folder, only: nil, say)
      case "UID SEARCH":
        let unless = command.split(separator: " ").last.map(String.init)
        let found = folder.messages.filter { $0.flags.contains("\\Deleted") && !$0.flags.contains(unless ?? "") }
        say("* SEARCH " + found.map { "\($0.uid)" }.joined(separator: " "))
      default: break
      }
      say("\(tag) OK done.")
    }
    return out
  }

  private func uids(_ command: String) -> Set<Int> {
    Set(command.split(separator: " ")[2].split(separator: ",").compactMap { Int($0) })
  }

  private func purge(_ folder: inout Folder, only uids: Set<Int>?, _ say: (String) -> Void) {
    for index in folder.messages.indices.reversed()
    where folder.messages[index].flags.contains("\\Deleted") && uids?.contains(folder.messages[index].uid) ?? true {
      folder.messages.remove(at: index)
      say("* \(index + 1) EXPUNGE")
    }
  }

  /// - Returns: false for numbers that no message has.
  private func list(_ command: String, _ folder: Folder, _ out: inout [UInt8]) -> Bool {
    let ends = command.split(separator: " ")[1].split(separator: ":").compactMap { Int($0) }
    guard ends[1] <= folder.messages.count else { return false }
    for number in ends[0]...ends[1] {
      let message = folder.messages[number - 1]
      out +=
        """
        * \(number) FETCH (UID \(message.uid) FLAGS (\(message.flags.sorted().joined(separator: " "))) \
        INTERNALDATE "26-May-2026 14:00:00 +0200" RFC822.SIZE \(message.size ?? message.body.count))\r\n
        """.utf8
    }
    return true
  }

  /// `UID FETCH 10 (UID BODY.PEEK[]<0.1001>)`
  private func body(_ command: String, _ folder: Folder, _ out: inout [UInt8]) {
    guard let found = command.firstMatch(of: #/UID FETCH (\d+) \(UID BODY\.PEEK\[(\w*)\]<0\.(\d+)>\)/#),
      let index = folder.messages.firstIndex(where: { "\($0.uid)" == found.1 }), let limit = Int(found.3)
    else { return }
    var octets = folder.messages[index].body
    if found.2 == "HEADER" { octets = MailboxMessage.header(of: octets) }
    octets = Array(octets.prefix(limit))
    out += "* \(index + 1) FETCH (UID \(found.1) BODY[\(found.2)]<0> {\(octets.count)}\r\n".utf8
    out += octets
    out += ")\r\n".utf8
  }
}

extension Mailbox {
  /// The next, whichever it is.
  func next() throws -> MailboxMessage? { try next { _ in false } }

  /// All that is left, each removed if asked.
  func takeAll(removing: Bool = false) throws -> [MailboxMessage] {
    var messages: [MailboxMessage] = []
    while let message = try next() {
      messages.append(message)
      if removing { try remove(message.entry) }
    }
    return messages
  }
}

extension MailboxMessage {
  /// What is whole, as text.
  var text: String? {
    if case .whole(let octets) = content { return String(decoding: octets, as: UTF8.self) }
    return nil
  }
}
