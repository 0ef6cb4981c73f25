/// What a server is told to log us in.
public struct Credentials: Hashable, Sendable, CustomStringConvertible {
  /// How user and secret are shown to the server; the raw value is the SASL name (RFC 4616, RFC 2195; LOGIN and XOAUTH2
  /// have no RFC).
  public enum Mechanism: String, Sendable, CaseIterable {
    case plain = "PLAIN"
    case login = "LOGIN"
    case cramMD5 = "CRAM-MD5"
    /// The secret is an OAuth 2.0 bearer token.
    case xoauth2 = "XOAUTH2"
  }

  /// The name to log in with; not empty, without control characters.
  public var user: String
  /// A password, or a token where the mechanism is `xoauth2`. Never logged, never in an error.
  public var secret: String
  /// nil lets libcurl choose the strongest that both know.
  public var mechanism: Mechanism?

  /// Whoever uses them looks at them first.
  public init(user: String, secret: String, mechanism: Mechanism? = nil) {
    self.user = user
    self.secret = secret
    self.mechanism = mechanism
  }

  /// Without the secret (O3).
  public var description: String { "\(user) (\(mechanism?.rawValue ?? "any mechanism"))" }
}

/// How a connection is kept from being read or changed on the way (rule S7).
public enum Security: String, Sendable, CaseIterable {
  /// Clear text.
  case none
  /// STARTTLS (RFC 3207, RFC 2595), required: a server that does not offer it is a trouble, never a reason to go on in
  /// clear.
  case startTLS
  /// TLS from the first octet (RFC 8314 section 3).
  case implicit
}

extension EasyHandle {
  /// TLS as it is wanted; with `Security.implicit` the URL's scheme says so.
  /// - Parameters:
  ///   - verify: the certificate's chain and name are checked.
  ///   - authorities: a PEM file of those to trust; nil: the system's.
  public func secure(_ security: Security, verify: Bool, authorities: String?) {
    if security == .startTLS { set(.useTLS, EasyHandle.requireTLS) }
    set(.verifyPeer, verify ? 1 : 0)
    set(.verifyHost, verify ? 2 : 0)
    if let authorities { set(.authorities, authorities) }
  }

  /// Who logs in, and how; a token goes another way than a password.
  public func logIn(_ credentials: Credentials) {
    set(.user, credentials.user)
    if let mechanism = credentials.mechanism { set(.loginOptions, "AUTH=\(mechanism.rawValue)") }
    switch credentials.mechanism {
    case .xoauth2: set(.bearerToken, credentials.secret)
    case .plain, .login, .cramMD5, nil: set(.password, credentials.secret)
    }
  }
}
