import CCurl

/// How something that libcurl did ended (`CURLcode`).
public struct CurlResult: Hashable, Sendable, CustomStringConvertible {
  /// libcurl's number, 0 for success.
  public let code: UInt32

  init(_ code: CURLcode) { self.code = code.rawValue }

  /// It went well.
  public static let ok = CurlResult(CURLE_OK)
  /// Nothing to read or no room to write for now.
  public static let again = CurlResult(CURLE_AGAIN)
  /// The name has no address, or no name server answered.
  public static let couldNotResolveHost = CurlResult(CURLE_COULDNT_RESOLVE_HOST)
  /// Nobody listens there, or the way is barred.
  public static let couldNotConnect = CurlResult(CURLE_COULDNT_CONNECT)
  /// `connectTimeoutMilliseconds` or `responseTimeoutSeconds` is over.
  public static let timedOut = CurlResult(CURLE_OPERATION_TIMEDOUT)
  /// The certificate cannot be trusted, or is another host's.
  public static let peerNotVerified = CurlResult(CURLE_PEER_FAILED_VERIFICATION)
  /// TLS was asked for and is not to be had.
  public static let tlsNotOffered = CurlResult(CURLE_USE_SSL_FAILED)
  /// The server refused user and secret.
  public static let loginDenied = CurlResult(CURLE_LOGIN_DENIED)
  /// No AUTH mechanism that both sides know, or its dialogue went wrong.
  public static let authenticationFailed = CurlResult(CURLE_AUTH_ERROR)

  /// The file of trusted authorities cannot be used.
  public var isOfAuthorities: Bool {
    [CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR].contains { CurlResult($0) == self }
  }

  /// Who is there is not trusted, by its certificate: that mends nobody but an admin.
  public var isOfTrust: Bool { self == .peerNotVerified || isOfAuthorities }

  /// The TLS handshake failed.
  public var isOfHandshake: Bool {
    [CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_CIPHER].contains { CurlResult($0) == self }
  }

  /// libcurl's words.
  public var description: String { String(cString: curl_easy_strerror(CURLcode(rawValue: code))) }
}
