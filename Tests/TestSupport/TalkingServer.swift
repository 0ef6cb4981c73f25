import Foundation
import Glibc
import Synchronization

/// A server for tests: real sockets on a port of its own, one thread a connection, every word open to the test.
public final class TalkingServer: Sendable {
  /// The server's end of a connection.
  public final class Talk {
    /// 1 for the first connection.
    public let number: Int
    private let socket: Int32
    private let heard: @Sendable (String) -> Void
    private var buffer: [UInt8] = []

    fileprivate init(_ socket: Int32, number: Int, heard: @escaping @Sendable (String) -> Void) {
      (self.socket, self.number, self.heard) = (socket, number, heard)
    }

    /// So many octets; fewer once the client is gone.
    public func octets(_ count: Int) -> [UInt8] {
      while buffer.count < count {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let read = recv(socket, &chunk, chunk.count, 0)
        guard read > 0 else { break }
        buffer += chunk[..<read]
      }
      defer { buffer.removeFirst(min(count, buffer.count)) }
      return Array(buffer.prefix(count))
    }

    /// The next line without its end; nil once the client is gone.
    public func line() -> String? {
      while true {
        if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
          let line = String(decoding: buffer[..<end], as: UTF8.self)
          buffer.removeSubrange(...end)
          let text = line.hasSuffix("\r") || line.hasSuffix("\r\n") ? String(line.dropLast()) : line
          heard(text)
          return text
        }
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return nil }
        buffer += chunk[..<count]
      }
    }

    /// - Returns: false once the client is gone.
    @discardableResult
    public func say(_ octets: [UInt8]) -> Bool {
      var sent = 0
      while sent < octets.count {
        let count = octets.withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }

    /// - Returns: false once the client is gone.
    @discardableResult
    public func say(_ text: String) -> Bool { say(Array(text.utf8)) }

    /// Says nothing any more; ends with the client or the server.
    public func stall() { while line() != nil { continue } }

    /// Ends the connection, but not so that the kernel's reset overtakes the last words.
    public func leave() {
      if shutdown(socket, Int32(SHUT_WR)) == 0 { stall() }
    }
  }

  private struct State {
    var lines: [String] = []
    var sockets: [Int32] = []
    var isDown = false
  }

  /// On 127.0.0.1.
  public let port: Int
  private let listener: Int32
  private let serve: @Sendable (Talk) -> Void
  private let state = Mutex(State())

  /// - Parameter serve: one connection, from its beginning; when it returns, the connection is closed.
  public init(_ serve: @escaping @Sendable (Talk) -> Void) {
    self.serve = serve
    (listener, port) = listenOnLoopback()
    Thread.detachNewThread { [self] in acceptAll() }
  }

  /// Call at the end of the test: closes every connection and ends the threads.
  public func shutDown() {
    state.withLock { state in
      state.isDown = true
      for socket in state.sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }
    _ = shutdown(listener, Int32(SHUT_RDWR))
  }

  /// All that clients said.
  public var lines: [String] { state.withLock { $0.lines } }

  private func acceptAll() {
    var number = 0
    while case let socket = accept(listener, nil, nil), socket >= 0 {
      let isDown = state.withLock { state in
        state.sockets.append(socket)
        return state.isDown
      }
      if isDown {
        close(socket)
        break
      }
      number += 1
      let connection = number
      Thread.detachNewThread { [self] in
        serve(Talk(socket, number: connection) { line in self.state.withLock { $0.lines.append(line) } })
        state.withLock { state in
          state.sockets.removeAll { $0 == socket }
          close(socket)
        }
      }
    }
    close(listener)
  }
}
