import Glibc

@testable import Curl

/// Of a monotonic clock.
func nanoseconds() -> Int64 {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

/// Whether a descriptor has something to read, or its end, within ten seconds.
func isReadable(_ descriptor: Int32) -> Bool {
  var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return poll(&one, 1, 10_000) == 1
}

/// A socket that listens on a free port of this machine.
final class Listener {
  struct Unusable: Error { let code = errno }

  let port: UInt16
  private let descriptor: Int32
  private var isOpen = true

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (descriptor, size) = (descriptor, length)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw Unusable() }
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { stop() }

  /// Nobody listens on the port any more.
  func stop() {
    guard isOpen else { return }
    isOpen = false
    close(descriptor)
  }

  /// Whether a client waits to be accepted.
  var hasClient: Bool {
    var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&one, 1, 0) == 1
  }

  func accept() throws -> Peer {
    guard isReadable(descriptor) else { throw Unusable() }
    return Peer(Glibc.accept(descriptor, nil, nil))
  }
}

/// The server's end of a connection.
final class Peer {
  private var descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }
  deinit { close() }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// What has come, at most 100 octets; empty at the end.
  func read() -> [UInt8] {
    guard isReadable(descriptor) else { return [] }
    var buffer = [UInt8](repeating: 0, count: 100)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    return Array(buffer.prefix(max(count, 0)))
  }

  func write(_ octets: [UInt8]) -> Int { Glibc.write(descriptor, octets, octets.count) }
}

extension MultiHandle {
  /// Drives it to its end, as `SMTPRun` does.
  /// - Parameter meanwhile: called at least every 10 ms, for a server of the same thread.
  func drive(_ meanwhile: () -> Void = {}) -> CurlResult? {
    let end = nanoseconds() + 30_000_000_000
    while nanoseconds() < end {
      meanwhile()
      var polled = watched.map { pollfd(fd: $0.key, events: $0.value, revents: 0) }
      let wait = timerDue.map { max(0, $0 - nanoseconds()) / 1_000_000 } ?? 10
      if poll(&polled, nfds_t(polled.count), Int32(min(wait, 10))) > 0 {
        for one in polled where one.revents != 0 {
          if let result = advance(one.fd, one.revents, now: nanoseconds()) { return result }
        }
      }
      if let due = timerDue, due <= nanoseconds(), let result = advance(nil, 0, now: nanoseconds()) { return result }
    }
    return nil
  }
}

extension EasyHandle {
  /// Reads 100 octets at most and forgets them.
  func receive() -> Transfer {
    withUnsafeTemporaryAllocation(byteCount: 100, alignment: 16) { receive(into: $0) }
  }
}
