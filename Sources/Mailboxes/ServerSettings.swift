import Curl
import Mail
import Mistakes

/// A mailbox on a server, and how much may be asked of it.
public struct ServerSettings: Sendable {
  /// How it is spoken with.
  public enum Kind: String, Sendable, CaseIterable {
    /// RFC 3501.
    case imap
    /// RFC 1939, with UIDL.
    case pop3
  }

  /// How it is spoken with.
  public var kind: Kind
  /// A host name or an IP address without brackets.
  public var host: String
  /// 1...65535.
  public var port: Int
  /// Clear text goes only to loopback, unless `allowClearText` (rule S7).
  public var security: Security
  /// Who logs in.
  public var credentials: Credentials
  /// Check the certificate's chain and name. False only for tests and servers that the admin knows.
  public var verify = true
  /// A PEM file of the authorities to trust instead of the system's.
  public var caFile: String?
  /// Permits `security: .none` with a host that is not loopback.
  public var allowClearText = false
  /// The folder's name in Unicode; looked at for IMAP alone.
  public var folder = "INBOX"
  /// Octets of a message at most.
  public var maxSize = 25_000_000
  /// Seconds to wait for a connection, and whenever the server says nothing.
  public var timeout = 60.0
  /// Seconds that one command may take with all of its answer, a whole message at most.
  public var commandTimeout = 600.0

  /// What has no default that could be right; the rest is set afterwards. Nothing is checked here.
  public init(kind: Kind, host: String, port: Int, security: Security, credentials: Credentials) {
    self.kind = kind
    self.host = host
    self.port = port
    self.security = security
    self.credentials = credentials
  }

  /// `imaps://forum@mail.example.org/INBOX`, for people; a port that is not the usual one stands in it.
  var label: String {
    let isTLS = security == .implicit
    let usual = kind == .imap ? (isTLS ? 993 : 143) : (isTLS ? 995 : 110)
    let place = "\(scheme)://\(credentials.user)@\(urlHost)" + (port == usual ? "" : ":\(port)")
    return kind == .imap ? "\(place)/\(folder)" : place
  }

  /// Scheme, host and port, for libcurl.
  var url: String { "\(scheme)://\(urlHost):\(port)/" }

  private var scheme: String { kind.rawValue + (security == .implicit ? "s" : "") }
  /// As it stands in a URL (RFC 3986 section 3.2.2).
  private var urlHost: String { host.contains(":") ? "[\(host)]" : host }

  /// - Throws: the first setting that cannot work, by its name as declared here.
  func validate() throws(Mistake) {
    guard !host.isEmpty, host.utf8.allSatisfy({ $0.isLetterOrDigit || "-._:".utf8.contains($0) }) else {
      throw Mistake("", key: "host", "“\(host)” is no host name and no IP address; give one, without port or path")
    }
    if security == .none, !Host.isLoopback(host), !allowClearText {
      throw Mistake(
        "", key: "security",
        "plain text to \(host), which is not this machine, could be read and changed on the way; use starttls or "
          + "implicit TLS, or allow clear text explicitly")
    }
    for (key, text) in [("credentials", credentials.user), ("credentials", credentials.secret), ("folder", folder)] {
      guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw Mistake("", key: key, "it is empty or has a control character, such as a line end")
      }
    }
  }
}
