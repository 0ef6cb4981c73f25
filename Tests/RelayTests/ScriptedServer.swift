import Foundation
import Glibc
import Synchronization
import TestSupport

/// A relay for tests: real sockets on a port of its own, one thread a connection, every answer open to the test.
///
/// Without a script it is a good relay. The script sees each command, and may answer otherwise.
final class ScriptedServer: Sendable {
  /// What the relay is asked.
  struct Command: Sendable {
    /// 1 for the first connection.
    let connection: Int
    /// Upper case: `EHLO`, `MAIL` …; `CONNECT` for the greeting, `.` after a message, `AUTH+` for a further line of
    /// AUTH.
    let verb: String
    let line: String
    /// How many commands of this verb this connection has seen, this one included.
    let count: Int
  }

  enum Reaction: Sendable {
    /// What a good relay says.
    case normal
    /// The same, and what has come behind the command is lost: a relay that offers PIPELINING and cannot.
    case forgetful
    /// Lines without CRLF.
    case say(String)
    case sayAndClose(String)
    case close
    /// Says nothing any more until the server is shut down.
    case stall
  }

  private struct State {
    var transcripts: [[String]] = []
    var sockets: [Int32] = []
    var messages: [String] = []
    var open = 0
    var mostOpen = 0
    var isDown = false
  }

  let port: Int
  private let listener: Int32
  private let offers: [String]
  private let script: @Sendable (Command) -> Reaction
  private let state = Mutex(State())

  init(
    offers: [String] = ["PIPELINING", "SIZE 10240000", "8BITMIME"],
    script: @escaping @Sendable (Command) -> Reaction = { _ in .normal }
  ) {
    (self.offers, self.script) = (offers, script)
    (listener, port) = listenOnLoopback()
    Thread.detachNewThread { [self] in acceptAll() }
  }

  /// Call at the end of the test: closes every connection and ends the threads.
  func shutDown() {
    state.withLock { state in
      state.isDown = true
      for socket in state.sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }
    _ = shutdown(listener, Int32(SHUT_RDWR))
  }

  /// `C: …` and `S: …`, per connection in the order in which they were made.
  var transcripts: [[String]] { state.withLock { $0.transcripts } }
  /// Accepted messages, dots still doubled.
  var messages: [String] { state.withLock { $0.messages } }
  /// The most connections that were open at one time.
  var mostOpen: Int { state.withLock { $0.mostOpen } }

  private func acceptAll() {
    while case let socket = accept(listener, nil, nil), socket >= 0 {
      var on: Int32 = 1
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      let number = state.withLock { state -> Int? in
        guard !state.isDown else { return nil }
        state.transcripts.append([])
        state.sockets.append(socket)
        state.open += 1
        state.mostOpen = max(state.mostOpen, state.open)
        return state.transcripts.count
      }
      guard let number else {
        close(socket)
        break
      }
      Thread.detachNewThread { [self] in
        var session = Session(server: self, socket: socket, number: number)
        session.run()
        state.withLock { state in
          state.sockets.removeAll { $0 == socket }
          state.open -= 1
          close(socket)
        }
      }
    }
    close(listener)
  }

  /// One connection's side of the talk.
  private struct Session {
    let server: ScriptedServer
    let socket: Int32
    let number: Int
    var buffer: [UInt8] = []
    var counts: [String: Int] = [:]
    var authSteps = 0

    mutating func run() {
      guard answer("CONNECT", "") else { return }
      while let line = readLine() {
        record("C: \(line)")
        let verb = authSteps > 0 ? "AUTH+" : String(line.prefix { $0 != " " }).uppercased()
        guard answer(verb, line) else { return }
        if verb == "QUIT" { return }
      }
    }

    /// - Returns: false to close.
    mutating func answer(_ verb: String, _ line: String) -> Bool {
      counts[verb, default: 0] += 1
      let command = Command(connection: number, verb: verb, line: line, count: counts[verb] ?? 0)
      let reaction = server.script(command)
      switch reaction {
      case .normal, .forgetful:
        if case .forgetful = reaction { buffer = [] }
        authSteps = 0
        return say(normal(verb, line)) && follow(verb)
      case .say(let text):
        if verb == "DATA", text.hasPrefix("354") { return say(text) && follow(verb) }
        authSteps = text.hasPrefix("334") ? 1 : 0
        return say(text)
      case .sayAndClose(let text):
        // What the client still sends is read, lest the kernel's reset overtake the last words.
        if say(text), shutdown(socket, Int32(SHUT_WR)) == 0 { drain() }
        return false
      case .close: return false
      case .stall:
        drain()
        return false
      }
    }

    private func drain() {
      var byte: UInt8 = 0
      while recv(socket, &byte, 1, 0) > 0 { continue }
    }

    private func normal(_ verb: String, _ line: String) -> String {
      switch verb {
      case "CONNECT": "220 scripted.example ESMTP"
      case "EHLO":
        (["scripted.example"] + server.offers).enumerated()
          .map { "250\($0.offset == server.offers.count ? " " : "-")\($0.element)" }.joined(separator: "\r\n")
      case "DATA": "354 go on"
      case "QUIT": "221 2.0.0 Bye"
      case "AUTH", "AUTH+": "235 2.7.0 welcome"
      default: "250 2.0.0 Ok"
      }
    }

    /// After a 354 the message is read, and answered as the command `.`.
    private mutating func follow(_ verb: String) -> Bool {
      guard verb == "DATA" else { return true }
      var lines: [String] = []
      while let line = readLine() {
        record("C: \(line)")
        guard line == "." else {
          lines.append(line)
          continue
        }
        let before = server.state.withLock { $0.transcripts[number - 1].count }
        guard answer(".", line) else { return false }
        let reply = server.state.withLock { state in state.transcripts[number - 1].dropFirst(before).first ?? "" }
        if reply.hasPrefix("S: 2") { server.state.withLock { $0.messages.append(lines.joined(separator: "\n")) } }
        return true
      }
      return false
    }

    private func record(_ line: String) { server.state.withLock { $0.transcripts[number - 1].append(line) } }

    private func say(_ text: String) -> Bool {
      for line in text.replacing("\r\n", with: "\n").split(separator: "\n") { record("S: \(line)") }
      let bytes = Array((text + "\r\n").utf8)
      return Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private mutating func readLine() -> String? {
      while true {
        if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
          let line = String(decoding: buffer[..<end], as: UTF8.self)
          buffer.removeSubrange(...end)
          return line.hasSuffix("\r") ? String(line.dropLast()) : line
        }
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return nil }
        buffer += chunk[..<count]
      }
    }
  }
}
