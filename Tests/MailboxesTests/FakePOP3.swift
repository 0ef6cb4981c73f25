import Curl
import Synchronization
import TestSupport

@testable import Mailboxes

/// A POP3 server that does what RFC 1939 says, unless a test says otherwise.
final class FakePOP3: Sendable {
  struct Message: Sendable {
    let name: String
    let body: String
    /// Where it differs from what the body has.
    var size: Int?
  }

  let server: TalkingServer
  private let kept: Mutex<[Message]>

  /// - Parameter reaction: asked with each command; nil: what a good server does.
  init(_ messages: [Message], _ reaction: @escaping @Sendable (String) -> FakeIMAP.Reaction? = { _ in nil }) {
    kept = Mutex(messages)
    let holder = Mutex<FakePOP3?>(nil)
    server = TalkingServer { talk in
      guard let fake = holder.withLock({ $0 }) else { return }
      let messages = fake.kept.withLock { $0 }
      var removed: Set<Int> = []
      if case .say(let text)? = reaction("CONNECT") { talk.say(text) } else { talk.say("+OK ready\r\n") }
      while let line = talk.line() {
        switch reaction(line) {
        case .say(let text): talk.say(text)
        case .flood(let text, let octet, let count):
          talk.say(Array(text.utf8) + [UInt8](repeating: octet, count: count))
        case .sayAndLeave(let text):
          talk.say(text)
          return talk.leave()
        case .leave: return talk.leave()
        case .stall: return talk.stall()
        case .sayForEver(let text):
          while talk.say(text) { continue }
          return
        case nil:
          if line == "QUIT" {
            fake.kept.withLock { $0 = messages.indices.filter { !removed.contains($0) }.map { messages[$0] } }
          }
          talk.say(Self.answer(line, messages, &removed))
          if line == "QUIT" { return talk.leave() }
        }
      }
    }
    holder.withLock { $0 = self }
  }

  convenience init(_ bodies: [String], _ reaction: @escaping @Sendable (String) -> FakeIMAP.Reaction? = { _ in nil }) {
    self.init(bodies.enumerated().map { Message(name: "uid\($0.offset + 1)", body: $0.element) }, reaction)
  }

  var names: [String] { kept.withLock { $0.map(\.name) } }

  func settings(maxSize: Int = 1_000, timeout: Double = 30, _ change: (inout ServerSettings) -> Void = { _ in })
    -> ServerSettings
  {
    var settings = ServerSettings(
      kind: .pop3, host: "127.0.0.1", port: server.port, security: .none,
      credentials: Credentials(user: "forum", secret: "hush"))
    settings.maxSize = maxSize
    (settings.timeout, settings.commandTimeout) = (timeout, 2 * timeout)
    change(&settings)
    return settings
  }

  private static func answer(_ line: String, _ messages: [Message], _ removed: inout Set<Int>) -> String {
    let words = line.split(separator: " ").map(String.init)
    let index = words.count > 1 ? (Int(words[1]) ?? 0) - 1 : -1
    let left = messages.indices.filter { !removed.contains($0) }
    switch words.first {
    case "CAPA": return "+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n"
    case "UIDL": return "+OK\r\n" + left.map { "\($0 + 1) \(messages[$0].name)\r\n" }.joined() + ".\r\n"
    case "LIST":
      return "+OK\r\n" + left.map { "\($0 + 1) \(messages[$0].size ?? messages[$0].body.utf8.count)\r\n" }.joined()
        + ".\r\n"
    case "RETR", "TOP", "DELE":
      guard left.contains(index) else { return "-ERR no such message\r\n" }
      if words[0] == "DELE" {
        removed.insert(index)
        return "+OK\r\n"
      }
      let text = words[0] == "TOP" ? head(messages[index].body) : messages[index].body
      return "+OK\r\n"
        + text.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
        .map { ($0.hasPrefix(".") ? "." : "") + $0 + "\r\n" }.joined() + ".\r\n"
    default: return "+OK\r\n"
    }
  }

  private static func head(_ body: String) -> String {
    String(decoding: MailboxMessage.header(of: Array(body.utf8)), as: UTF8.self) + "\r\n"
  }
}
