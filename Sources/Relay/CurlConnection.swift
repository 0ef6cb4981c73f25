import Curl
import Mail

/// An SMTP connection that libcurl makes (name lookup, TCP, TLS, EHLO, STARTTLS, AUTH) and then carries bytes over.
///
/// Not thread-safe; does not block, save that closing while a name is being looked up may wait for the resolver.
final class CurlConnection {
  /// How far connecting has come.
  enum Progress {
    case pending
    case connected(Capabilities)
    case failed(RelayTrouble)
  }

  /// The connection's socket, once connected.
  private(set) var socket: Int32 = -1

  private let settings: RelaySettings
  private let easy: EasyHandle
  private let multi: MultiHandle
  /// libcurl gives its lines to this, which must not keep the connection alive.
  private let said: Said
  /// When the present wait began, in nanoseconds of the run's clock.
  private var since: Int64
  /// When the connection was begun.
  private let begun: Int64
  /// TCP has connected.
  private var isConnected = false
  /// Replies that had come when they were looked at last.
  private var seen = 0

  /// What the relay said while libcurl connected.
  private final class Said {
    var replies: [Reply] = []
    private var reader = ReplyReader()

    /// A line of a reply. What is no reply libcurl itself refuses.
    func take(_ line: UnsafeRawBufferPointer) {
      try? reader.read(line) { if replies.count < Self.most { replies.append($0) } }
    }

    /// More than connecting takes; a server that talks without end must not fill the memory.
    private static let most = 50
  }

  /// Prepares; nothing is sent before the first ``advance(_:_:now:)``.
  /// - Parameters:
  ///   - target: where it goes; nil: where the host's name leads.
  ///   - now: nanoseconds of the run's clock.
  init(settings: RelaySettings, target: String? = nil, now: Int64) {
    let said = Said()
    self.settings = settings
    self.said = said
    easy = EasyHandle { said.take($0) }
    easy.configure(settings)
    if let target { easy.connect(to: target) }
    multi = MultiHandle(easy, now: now)
    begun = now
    since = now
  }

  /// Descriptors to poll while connecting, with the events of `poll`.
  var watched: [Int32: Int16] { multi.watched }
  /// When ``advance(_:_:now:)`` is due without any event, in nanoseconds of the run's clock.
  var timerDue: Int64? { min(multi.timerDue ?? .max, deadline) }

  /// The address that was reached last; nil if none was.
  var address: String? { isConnected ? easy.address : nil }

  /// Ends it without a word; QUIT is the dialogue's to say.
  func close() { multi.close() }

  // MARK: Connecting

  /// Goes on connecting: `descriptor` has `events` (of `poll`), or nil when the timer is due.
  func advance(_ descriptor: Int32?, _ events: Int16, now: Int64) -> Progress {
    let result = multi.advance(descriptor, events, now: now)
    if !isConnected, easy.isConnected {
      isConnected = true
      since = now
    }
    if let result { return conclude(result) }
    if said.replies.count != seen {
      seen = said.replies.count
      since = now
    }
    return now >= deadline ? .failed(overdue(after: limit)) : .pending
  }

  /// Seconds that the present wait may take (RFC 5321 section 4.5.3.2).
  private var limit: Double {
    let timeouts = settings.timeouts
    return !isConnected ? timeouts.connect : said.replies.isEmpty ? settings.greetingLimit : timeouts.hello
  }

  private var deadline: Int64 { since + Int64(limit * 1e9) }

  private func overdue(after seconds: Double) -> RelayTrouble {
    RelayTrouble(overdue: seconds, isConnected: isConnected, replies: said.replies, settings: settings)
  }

  /// The trouble that it is to have waited until now, if that is longer than a relay needs which works; else nil.
  func longWait(now: Int64) -> RelayTrouble? {
    let seconds = Double(now - begun) / 1e9
    return seconds < settings.timeouts.connect ? nil : overdue(after: seconds)
  }

  /// libcurl is through: either mail can be sent, or the trouble is put into words.
  private func conclude(_ result: CurlResult) -> Progress {
    guard result == .ok else {
      return .failed(RelayTrouble(curl: result, text: easy.errorText, replies: said.replies, settings: settings))
    }
    // After STARTTLS there are two EHLO replies; the second is the one that counts (RFC 3207 section 4.2). A successful
    // AUTH answers 235, so the last 250 is EHLO's.
    let hello = said.replies.last { $0.code == 250 }
    let capabilities = hello.map(Capabilities.init(ehlo:)) ?? Capabilities()
    if let credentials = settings.credentials, !said.replies.contains(where: { $0.code == 235 }) {
      // libcurl goes on without AUTH where EHLO does not offer it.
      return .failed(RelayTrouble(noAUTHFor: credentials, hello, capabilities, settings))
    }
    guard let socket = easy.activeSocket else {
      return .failed(RelayTrouble(.connect, relay: settings.name, problem: "the connection was lost at once"))
    }
    self.socket = socket
    return .connected(capabilities)
  }

  // MARK: Carrying

  /// As `EasyHandle.receive(into:)`.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> EasyHandle.Transfer { easy.receive(into: buffer) }

  /// As `EasyHandle.send(_:)`.
  func send(_ bytes: UnsafeRawBufferPointer) -> EasyHandle.Transfer { easy.send(bytes) }
}

extension EasyHandle {
  /// Everything that libcurl has to know of the relay.
  fileprivate func configure(_ settings: RelaySettings) {
    let scheme = settings.security == .implicit ? "smtps" : "smtp"
    // libcurl takes the name out of the path, and decodes it: an address literal has brackets (RFC 3986 section 3.3).
    let name = settings.heloName.replacing("[", with: "%5B").replacing("]", with: "%5D")
    set(.url, "\(scheme)://\(settings.urlHost):\(settings.port)/\(name)")
    set(.connectOnly, 1)
    // libcurl's own limits only back up those that `CurlConnection` keeps: it knows one for everything.
    let timeouts = settings.timeouts
    set(.connectTimeoutMilliseconds, Int((timeouts.connect + timeouts.greeting + 12 * timeouts.hello) * 1_000) + 1_000)
    set(.responseTimeoutSeconds, Int(max(timeouts.greeting, timeouts.hello)) + 2)
    secure(settings.security, verify: settings.verify, authorities: settings.caFile)
    if let credentials = settings.credentials { logIn(credentials) }
  }
}
