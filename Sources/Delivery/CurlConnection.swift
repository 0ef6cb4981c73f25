import CCurl
import Glibc
import Mail

/// A connection that libcurl makes (name lookup, TCP, TLS, EHLO, STARTTLS, AUTH) and then carries bytes over.
///
/// Owns one easy handle and one multi handle, from init to ``close()``. The easy handle stays in its multi handle: taken
/// out, `curl_easy_send` fails. Each connection has a multi handle of its own, because a multi handle that opens a
/// connection first prunes the kept ones: those idle for 118 s (CURLOPT_MAXAGE_CONN), and those with input waiting, which
/// on a connection that we speak on ourselves is merely a reply that we have not read yet.
///
/// Not thread-safe; does not block, save that closing while a name is being looked up may wait for the resolver.
final class CurlConnection {
  enum Progress {
    case pending
    case connected(Capabilities)
    case failed(RelayTrouble)
  }

  enum Transfer: Equatable {
    case bytes(Int)
    case again
    /// The end: closed by the relay, or an error in words.
    case end(String)
  }

  /// Descriptors to poll while connecting, with the events of `poll`.
  private(set) var watched: [Int32: Int16] = [:]
  /// When ``advance(_:_:now:)`` is due without any event, in nanoseconds of the run's clock.
  private(set) var timerDue: Int64?
  /// The connection's socket, once connected.
  private(set) var socket: Int32 = -1

  private let settings: RelaySettings
  private let easy: UnsafeMutableRawPointer
  private let multi: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>
  private var now: Int64
  private var reader = ReplyReader()
  private var replies: [Reply] = []
  private var isOpen = true

  /// Prepares; nothing is sent before the first ``advance(_:_:now:)``.
  init(settings: RelaySettings, now: Int64) {
    _ = Self.initializeOnce
    guard let easy = curl_easy_init(), let multi = curl_multi_init() else { fatalError("libcurl has no memory") }
    (self.settings, self.easy, self.multi, self.now) = (settings, easy, multi, now)
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    configure()
    curl_multi_add_handle(multi, easy)
    timerDue = now
  }

  deinit { close() }

  /// Ends it without a word; QUIT is the dialogue's to say.
  func close() {
    guard isOpen else { return }
    isOpen = false
    curl_multi_remove_handle(multi, easy)
    curl_easy_cleanup(easy)
    curl_multi_cleanup(multi)
    errorText.deallocate()
    watched = [:]
    timerDue = nil
  }

  // MARK: Connecting

  /// Goes on connecting: `descriptor` has `events` (of `poll`), or nil when the timer is due.
  func advance(_ descriptor: Int32?, _ events: Int16, now: Int64) -> Progress {
    self.now = now
    var running: Int32 = 0
    if let descriptor {
      var mask: Int32 = 0
      if events & Int16(POLLIN | POLLHUP) != 0 { mask |= Int32(CURL_CSELECT_IN) }
      if events & Int16(POLLOUT) != 0 { mask |= Int32(CURL_CSELECT_OUT) }
      if events & Int16(POLLERR | POLLNVAL) != 0 { mask |= Int32(CURL_CSELECT_ERR) }
      curl_multi_socket_action(multi, descriptor, mask, &running)
    } else {
      timerDue = nil
      curl_multi_socket_action(multi, Self.timeout, 0, &running)
    }
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      if message.pointee.msg == CURLMSG_DONE { return conclude(watchpost_curl_message_result(message)) }
    }
    return .pending
  }

  private func conclude(_ result: CURLcode) -> Progress {
    watched = [:]
    timerDue = nil
    guard result == CURLE_OK else {
      return .failed(RelayTrouble(curl: result, text: String(cString: errorText), replies: replies, settings: settings))
    }
    // After STARTTLS there are two EHLO replies; the second is the one that counts (RFC 3207 section 4.2). A successful
    // AUTH answers 235, so the last 250 is EHLO's.
    let hello = replies.last { $0.code == 250 }
    let capabilities = hello.map(Capabilities.init(ehlo:)) ?? Capabilities()
    if let credentials = settings.credentials, !replies.contains(where: { $0.code == 235 }) {
      // libcurl goes on without AUTH where EHLO does not offer it.
      let problem = "it does not offer AUTH, but the configuration gives a user (\(credentials.user)) to log in with"
      return .failed(RelayTrouble(.auth, relay: settings.name, problem: problem, reply: hello))
    }
    var socket: curl_socket_t = -1
    guard watchpost_curl_get_socket(easy, &socket) == CURLE_OK, socket >= 0 else {
      return .failed(RelayTrouble(.connect, relay: settings.name, problem: "the connection was lost at once"))
    }
    self.socket = socket
    return .connected(capabilities)
  }

  // MARK: Carrying

  /// Reads what has come. With TLS bytes may wait in libcurl where `poll` does not see them: read until `.again`.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    var count = 0
    let result = curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
    if result == CURLE_AGAIN { return .again }
    guard result == CURLE_OK else { return .end("the connection was lost: \(words(result))") }
    return count == 0 ? .end("the relay closed the connection") : .bytes(count)
  }

  /// Hands bytes to the kernel. After `.again` call with the same buffer: OpenSSL insists on it.
  func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    var count = 0
    let result = curl_easy_send(easy, bytes.baseAddress, bytes.count, &count)
    if result == CURLE_AGAIN { return .again }
    return result == CURLE_OK ? .bytes(count) : .end("the connection was lost: \(words(result))")
  }

  private func words(_ result: CURLcode) -> String { String(cString: curl_easy_strerror(result)) }

  // MARK: Options

  private static let timeout: curl_socket_t = -1  // CURL_SOCKET_TIMEOUT, a macro that Swift does not import
  private static let initializeOnce: Void = {
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { fatalError("libcurl cannot be initialized") }
  }()

  private func configure() {
    let context = Unmanaged.passUnretained(self).toOpaque()  // Ends with close(), at the latest in deinit.
    let scheme = settings.security == .implicit ? "smtps" : "smtp"
    set(CURLOPT_URL, "\(scheme)://\(settings.urlHost):\(settings.port)/\(settings.heloName)")
    set(CURLOPT_CONNECT_ONLY, 1)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_PROXY, "")  // Not even from the environment.
    let milliseconds = Int(settings.timeouts.connect * 1_000)
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, (milliseconds + 999) / 1_000))
    if settings.security == .startTLS { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
    set(CURLOPT_SSL_VERIFYPEER, settings.verify ? 1 : 0)
    set(CURLOPT_SSL_VERIFYHOST, settings.verify ? 2 : 0)
    if let file = settings.caFile { set(CURLOPT_CAINFO, file) }
    if let credentials = settings.credentials { configure(credentials) }
    watchpost_curl_set_error_buffer(easy, errorText)
    watchpost_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
    watchpost_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let context, let bytes else { return size * count }
      let connection = Unmanaged<CurlConnection>.fromOpaque(context).takeUnretainedValue()
      connection.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    watchpost_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
    watchpost_curl_multi_set_socket_callback(multi, watchSocket, context)
    watchpost_curl_multi_set_timer_callback(multi, changeTimer, context)
  }

  private func configure(_ credentials: RelaySettings.Credentials) {
    set(CURLOPT_USERNAME, credentials.user)
    if let mechanism = credentials.mechanism { set(CURLOPT_LOGIN_OPTIONS, "AUTH=\(mechanism.rawValue)") }
    let isToken = credentials.mechanism == .xoauth2
    set(isToken ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD, credentials.secret)
  }

  private func set(_ option: CURLoption, _ value: Int) { watchpost_curl_set_long(easy, option, value) }
  private func set(_ option: CURLoption, _ value: String) { watchpost_curl_set_string(easy, option, value) }

  /// A line of a reply, while connecting. What is no reply libcurl itself refuses.
  private func take(_ line: UnsafeRawBufferPointer) {
    guard replies.count < ReplyReader.mostLines else { return }
    reader.append(line)
    while let reply = try? reader.next() { replies.append(reply) }
  }

  /// Two at most of the descriptor's events are wanted; none when libcurl lets go of it.
  fileprivate func watch(_ descriptor: Int32, _ what: Int32) {
    switch what {
    case CURL_POLL_IN: watched[descriptor] = Int16(POLLIN)
    case CURL_POLL_OUT: watched[descriptor] = Int16(POLLOUT)
    case CURL_POLL_INOUT: watched[descriptor] = Int16(POLLIN | POLLOUT)
    default: watched[descriptor] = nil
    }
  }

  /// -1 takes the timer away.
  fileprivate func setTimer(milliseconds: Int) {
    timerDue = milliseconds < 0 ? nil : now + Int64(milliseconds) * 1_000_000
  }
}

private func watchSocket(
  _: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer?,
  _: UnsafeMutableRawPointer?
) -> Int32 {
  if let context {
    Unmanaged<CurlConnection>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what)
  }
  return 0
}

private func changeTimer(_: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?) -> Int32
{
  if let context {
    Unmanaged<CurlConnection>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds: milliseconds)
  }
  return 0
}
