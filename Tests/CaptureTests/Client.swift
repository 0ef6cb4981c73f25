import Capture
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A blocking SMTP client that says exactly what it is told to. Reading gives up after ten seconds.
final class Client {
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  struct Failure: Error { let message: String }

  init(_ server: CaptureServer) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(server.port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(message: "connect: \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  /// Connects, reads the greeting and says EHLO.
  static func greeted(_ server: CaptureServer) throws -> Client {
    let client = try Client(server)
    _ = try client.reply()
    client.send("EHLO client.example\r\n")
    _ = try client.reply()
    return client
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ octets: some Sequence<UInt8>) {
    let octets = Array(octets)
    var done = 0
    while done < octets.count {
      let sent = octets[done...].withUnsafeBytes {
        Self.send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      done += sent
    }
  }

  private static func send(_ a: Int32, _ b: UnsafeRawPointer, _ c: Int, _ d: Int32) -> Int {
    #if canImport(Glibc)
      Glibc.send(a, b, c, d)
    #else
      Musl.send(a, b, c, d)
    #endif
  }

  /// The lines of one reply, joined by `|`; nil if the server has closed the connection.
  func reply() throws -> String? {
    var lines: [String] = []
    while let line = try line() {
      lines.append(line)
      if line.utf8.count < 4 || Array(line.utf8)[3] != UInt8(ascii: "-") { return lines.joined(separator: "|") }
    }
    return nil
  }

  /// The codes of so many replies: `["250 2.1.0", "354"]`.
  func codes(_ count: Int) throws -> [String] {
    try (0..<count).map { _ in
      guard let reply = try reply() else { return "closed" }
      let words = reply.split(separator: " ")
      guard words.count > 1, words[1].contains("."), words[1].allSatisfy({ $0.isNumber || $0 == "." }) else {
        return String(reply.prefix(3))
      }
      return "\(words[0]) \(words[1])"
    }
  }

  /// Says something and gives the code of the one reply.
  func ask(_ text: String) throws -> String {
    send(text + "\r\n")
    return try codes(1)[0]
  }

  /// One line without its CRLF; nil at the end of the connection.
  func line() throws -> String? {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        defer { buffer.removeSubrange(...end) }
        return String(decoding: buffer[..<end].dropLast(), as: UTF8.self)
      }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let got = recv(descriptor, &chunk, chunk.count, 0)
      if got < 0, errno == EAGAIN { throw Failure(message: "no answer within ten seconds") }
      if got <= 0 { return nil }
      buffer.append(contentsOf: chunk[..<got])
    }
  }

  /// True if nothing has arrived that was not read yet.
  var isSilent: Bool {
    var byte: UInt8 = 0
    return buffer.isEmpty && recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0
      && errno == EAGAIN
  }
}

/// Options that differ from the usual ones.
func options(_ change: (inout CaptureOptions) throws -> Void) rethrows -> CaptureOptions {
  var options = CaptureOptions()
  try change(&options)
  return options
}

/// Runs a server for the length of a test.
func withServer<Result>(
  _ faults: String..., with options: CaptureOptions = CaptureOptions(),
  _ body: (CaptureServer) async throws -> Result
) async throws -> Result {
  var options = options
  options.faults += try faults.map { try Fault(parsing: $0) }
  let server = try await CaptureServer.start(options)
  do {
    let result = try await body(server)
    try await server.stop()
    return result
  } catch {
    try? await server.stop()
    throw error
  }
}
