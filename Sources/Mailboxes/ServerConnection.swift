import Curl
import Glibc

/// A connection that libcurl makes (name lookup, TCP, TLS, greeting, STARTTLS, login) and then carries octets over.
///
/// Every wait has an end: the server may be silent for `timeout`, and a command may take `commandTimeout` with all of
/// its answer. Not thread-safe; blocks.
final class ServerConnection {
  /// Room for what is read at once.
  private static let bufferSize = 65_536
  /// Nanoseconds that a command has when the run is to end.
  private static let grace: Int64 = 5_000_000_000

  private let settings: ServerSettings
  private let isStopped: () -> Bool
  private let easy: EasyHandle
  private let multi: MultiHandle
  private let said: Said
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)
  /// Nanoseconds of the monotonic clock by which the present command must be through.
  private var commandEnd: Int64 = .max
  /// The same, once the run was asked to end.
  private var stopEnd: Int64?

  /// What the server said while libcurl spoke with it. libcurl gives its lines to this, which must not keep the
  /// connection alive.
  private final class Said {
    /// The last line; of a line that long nobody needs more.
    var last = ""
    func take(_ line: UnsafeRawBufferPointer) { last = String(decoding: line.prefix(500), as: UTF8.self) }
  }

  /// Connects and logs in. Where no mechanism is asked for, the password goes as it is, by SASL or, where the server has
  /// no SASL for it, by the protocol's own command; what libcurl thinks stronger where both are offered (GSSAPI, NTLM)
  /// needs more than a password, and fails without it.
  /// - Parameter isStopped: asked at least once a second while it waits.
  /// - Throws: what went wrong, and what the server said.
  static func open(
    _ settings: ServerSettings, isStopped: @escaping () -> Bool
  ) throws(MailboxTrouble) -> ServerConnection {
    if settings.credentials.mechanism == nil {
      do {
        return try ServerConnection(settings, loginOptions: "AUTH=PLAIN;AUTH=LOGIN", isStopped).connected()
      } catch {
        // Nobody refused it: it was not offered.
        guard error.kind == .login, error.answer == nil else { throw error }
      }
    }
    return try ServerConnection(settings, loginOptions: nil, isStopped).connected()
  }

  /// Nothing is sent before `connected`.
  private init(_ settings: ServerSettings, loginOptions: String?, _ isStopped: @escaping () -> Bool) {
    let said = Said()
    (self.settings, self.said, self.isStopped) = (settings, said, isStopped)
    easy = EasyHandle { said.take($0) }
    easy.set(.url, settings.url)
    easy.set(.connectOnly, 1)
    // libcurl's own limits only back up those that are kept here.
    easy.set(.connectTimeoutMilliseconds, Int(4_000 * settings.timeout) + 2_000)
    easy.set(.responseTimeoutSeconds, Int(settings.timeout) + 2)
    easy.secure(settings.security, verify: settings.verify, authorities: settings.caFile)
    easy.logIn(settings.credentials)
    if let loginOptions { easy.set(.loginOptions, loginOptions) }
    multi = MultiHandle(easy, now: Self.now())
  }

  deinit {
    multi.close()
    buffer.deallocate()
  }

  /// Ends it without a word to the other side.
  func close() { multi.close() }

  // MARK: Connecting

  /// Until the login is through.
  private func connected() throws(MailboxTrouble) -> ServerConnection {
    let begun = Self.now()
    var result: CurlResult?
    while result == nil {
      let now = Self.now()
      let limit = easy.isConnected ? 3 * settings.timeout : settings.timeout
      let end = begun + Int64(limit * 1e9)
      guard now < end else { throw overdue(limit) }
      if isStopped() { throw stopped() }
      var polled = multi.watched.map { pollfd(fd: $0.key, events: $0.value, revents: 0) }
      let due = min(multi.timerDue ?? .max, end, now + 1_000_000_000)
      let wait = Int32((max(0, due - now) + 999_999) / 1_000_000)
      if poll(&polled, nfds_t(polled.count), wait) > 0 {
        for one in polled where one.revents != 0 && result == nil {
          result = multi.advance(one.fd, one.revents, now: Self.now())
        }
      }
      if result == nil, let due = multi.timerDue, due <= Self.now() {
        result = multi.advance(nil, 0, now: Self.now())
      }
    }
    guard result == .ok, easy.activeSocket != nil else {
      throw MailboxTrouble(
        connecting: result ?? .ok, text: easy.errorText, isConnected: easy.isConnected, said: said.last, settings)
    }
    return self
  }

  private func overdue(_ seconds: Double) -> MailboxTrouble {
    let time = "within \(Int(seconds.rounded(.up))) s (inbound.timeout sets the limit)"
    guard easy.isConnected else {
      return MailboxTrouble(
        .unreachable, mailbox: settings.label,
        problem: "no connection \(time); is the name right, and does a firewall let us through?")
    }
    let advice =
      said.last.isEmpty && settings.security != .implicit
      ? "; if this port is for TLS from the start, write \(settings.kind.rawValue)s:// in inbound.mailbox" : ""
    return MailboxTrouble(
      said.last.isEmpty ? .unreachable : .dialogue, mailbox: settings.label,
      problem: "\(said.last.isEmpty ? "no greeting" : "the login was not through") \(time)\(advice)",
      answer: said.last)
  }

  // MARK: Carrying

  /// A command begins: its answer is due within `commandTimeout`, or less. Once the run was asked to end it has a few
  /// seconds: what is under way is finished, so that it need not be done again.
  func begin(within seconds: Double? = nil) {
    stopEnd = nil
    commandEnd = Self.now() + Int64(min(seconds ?? .infinity, settings.commandTimeout) * 1e9)
  }

  /// Sends all of it.
  func send(_ octets: [UInt8]) throws(MailboxTrouble) {
    var sent = 0
    while sent < octets.count {
      // After `.again` the same octets at the same address: OpenSSL insists on it.
      let transfer = octets.withUnsafeBytes { easy.send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
      switch transfer {
      case .bytes(let count): sent += count
      case .again: try wait(for: Int16(POLLOUT), since: Self.now())
      case .end(let reason): throw lost(reason)
      }
    }
  }

  /// Waits for octets, and gives what has come, at least one.
  func receive<T>(_ take: (UnsafeRawBufferPointer) throws -> T) throws -> T {
    let since = Self.now()
    while true {
      // What keeps coming must not hold up a run without end either.
      try checkTime(Self.now())
      switch easy.receive(into: buffer) {
      case .bytes(let count): return try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      case .again: try wait(for: Int16(POLLIN), since: since)
      case .end(let reason): throw lost(reason)
      }
    }
  }

  private func wait(for events: Int16, since: Int64) throws(MailboxTrouble) {
    guard let socket = easy.activeSocket else { throw lost("the connection was lost") }
    let silenceEnd = since + Int64(settings.timeout * 1e9)
    while true {
      let now = Self.now()
      try checkTime(now)
      if now >= silenceEnd {
        throw MailboxTrouble(
          .dialogue, mailbox: settings.label,
          problem:
            "the server has said nothing for \(Int(settings.timeout.rounded(.up))) s; inbound.timeout sets the limit")
      }
      let due = min(commandEnd, silenceEnd, stopEnd ?? .max, now + 1_000_000_000)
      let left = (due - now + 999_999) / 1_000_000
      var polled = pollfd(fd: socket, events: events, revents: 0)
      if poll(&polled, 1, Int32(left)) > 0 { return }
    }
  }

  private func checkTime(_ now: Int64) throws(MailboxTrouble) {
    if stopEnd == nil, isStopped() { stopEnd = now + Self.grace }
    if let stopEnd, now >= stopEnd { throw stopped() }
    guard now >= commandEnd else { return }
    throw MailboxTrouble(
      .dialogue, mailbox: settings.label,
      problem:
        "an answer took longer than \(Int(settings.commandTimeout.rounded(.up))) s; inbound.message_timeout sets "
        + "the limit")
  }

  private func lost(_ reason: String) -> MailboxTrouble {
    MailboxTrouble(.dialogue, mailbox: settings.label, problem: "\(reason) in the middle of it; the next run goes on")
  }

  private func stopped() -> MailboxTrouble {
    MailboxTrouble(.stopped, mailbox: settings.label, problem: "the run was asked to end")
  }

  /// Of a clock that does not step.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
