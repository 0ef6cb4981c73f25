import CCurl

/// One transfer or connection of libcurl's, owner of its easy handle from init to `close()`.
///
/// Not thread-safe; its methods do not block, save that closing while a name is being looked up may wait for the
/// resolver.
public final class EasyHandle {
  /// An option by the type of its value.
  public struct Option<Value> {
    let raw: CURLoption
    init(_ raw: CURLoption) { self.raw = raw }
  }

  /// What became of a piece of bytes.
  public enum Transfer: Equatable {
    case bytes(Int)
    /// Nothing for now: wait for the socket.
    case again
    /// The end: closed by the other side, or an error in words.
    case end(String)
  }

  let pointer: UnsafeMutableRawPointer
  private let errorBuffer: UnsafeMutablePointer<CChar>
  private var isOpen = true
  private var receiveLine: ((UnsafeRawBufferPointer) -> Void)?
  /// What libcurl reads and does not copy.
  private var connectTo: UnsafeMutablePointer<curl_slist>?

  /// - Parameter receiveLine: given each line that the server says while libcurl speaks with it, its line end included.
  public init(receiveLine: ((UnsafeRawBufferPointer) -> Void)? = nil) {
    _ = Self.initializeOnce
    guard let pointer = curl_easy_init() else { fatalError("libcurl has no memory") }
    self.pointer = pointer
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    self.receiveLine = receiveLine
    watchpost_curl_set_error_buffer(pointer, errorBuffer)
    set(.noSignal, 1)
    set(.proxy, "")  // Not even from the environment.
    // Ends with close(), at the latest in deinit.
    watchpost_curl_set_pointer(pointer, CURLOPT_HEADERDATA, Unmanaged.passUnretained(self).toOpaque())
    watchpost_curl_set_callback(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let context, let bytes else { return size * count }
      let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
      handle.receiveLine?(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    // Without it, what the server says goes to standard output.
    watchpost_curl_set_callback(pointer, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
  }

  deinit { close() }

  /// Ends it without a word to the other side. A handle that is in a `MultiHandle` is taken out of it first.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    receiveLine = nil
    curl_easy_cleanup(pointer)
    curl_slist_free_all(connectTo)
    errorBuffer.deallocate()
  }

  private static let initializeOnce: Void = {
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { fatalError("libcurl cannot be initialized") }
  }()

  /// Sets a number.
  public func set(_ option: Option<Int>, _ value: Int) { watchpost_curl_set_long(pointer, option.raw, value) }
  /// Sets a text, which libcurl copies.
  public func set(_ option: Option<String>, _ value: String) {
    watchpost_curl_set_string(pointer, option.raw, value)
  }

  /// Connects to a certain address of the URL's host; name and certificate stay the host's. Once at most.
  /// - Parameter target: an address, in brackets if it is an IPv6 one, with `:` and port.
  public func connect(to target: String) {
    precondition(connectTo == nil, "a handle connects to one place")
    connectTo = curl_slist_append(nil, "::\(target)")
    watchpost_curl_set_connect_to(pointer, connectTo)
  }

  /// The address that it has connected to last; nil if there is none.
  public var address: String? {
    watchpost_curl_get_primary_ip(pointer).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// libcurl's own words about what failed last; may be empty.
  public var errorText: String { String(cString: errorBuffer) }

  /// The name was looked up and TCP has connected.
  public var isConnected: Bool { watchpost_curl_get_connect_time(pointer) > 0 }

  /// The connection's socket; nil if there is none.
  public var activeSocket: Int32? {
    var socket: curl_socket_t = -1
    guard watchpost_curl_get_socket(pointer, &socket) == CURLE_OK, socket >= 0 else { return nil }
    return socket
  }

  /// Reads what has come. With TLS bytes may wait in libcurl where `poll` does not see them: read until `.again`.
  public func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    var count = 0
    let result = CurlResult(curl_easy_recv(pointer, buffer.baseAddress, buffer.count, &count))
    if result == .again { return .again }
    guard result == .ok else { return .end("the connection was lost: \(result)") }
    return count == 0 ? .end("the other side closed the connection") : .bytes(count)
  }

  /// Hands bytes to the kernel. After `.again` call with the same buffer: OpenSSL insists on it.
  public func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    var count = 0
    let result = CurlResult(curl_easy_send(pointer, bytes.baseAddress, bytes.count, &count))
    if result == .again { return .again }
    return result == .ok ? .bytes(count) : .end("the connection was lost: \(result)")
  }
}

extension EasyHandle.Option<Int> {
  /// Do no more than connect.
  public static var connectOnly: Self { Self(CURLOPT_CONNECT_ONLY) }
  /// For name lookup, TCP, TLS and what is said before the handle is connected.
  public static var connectTimeoutMilliseconds: Self { Self(CURLOPT_CONNECTTIMEOUT_MS) }
  /// Seconds to wait for any one reply.
  public static var responseTimeoutSeconds: Self { Self(CURLOPT_SERVER_RESPONSE_TIMEOUT) }
  /// `EasyHandle.requireTLS`, or nothing.
  public static var useTLS: Self { Self(CURLOPT_USE_SSL) }
  /// 1: the certificate's chain is checked.
  public static var verifyPeer: Self { Self(CURLOPT_SSL_VERIFYPEER) }
  /// 2: the certificate's name is checked.
  public static var verifyHost: Self { Self(CURLOPT_SSL_VERIFYHOST) }
  fileprivate static var noSignal: Self { Self(CURLOPT_NOSIGNAL) }
}

extension EasyHandle.Option<String> {
  /// Scheme, host and port; with SMTP the path is the name for EHLO.
  public static var url: Self { Self(CURLOPT_URL) }
  /// A PEM file of the authorities to trust.
  public static var authorities: Self { Self(CURLOPT_CAINFO) }
  /// Who logs in; without it libcurl does not log in.
  public static var user: Self { Self(CURLOPT_USERNAME) }
  /// The secret of every mechanism but XOAUTH2.
  public static var password: Self { Self(CURLOPT_PASSWORD) }
  /// An OAuth 2.0 access token, in place of a password.
  public static var bearerToken: Self { Self(CURLOPT_XOAUTH2_BEARER) }
  /// `AUTH=PLAIN` and the like.
  public static var loginOptions: Self { Self(CURLOPT_LOGIN_OPTIONS) }
  fileprivate static var proxy: Self { Self(CURLOPT_PROXY) }
}

extension EasyHandle {
  /// A value of `useTLS`: in clear text nothing is said beyond asking for TLS.
  public static let requireTLS = Int(CURLUSESSL_ALL.rawValue)
}
