import Mail
import Mistakes

/// Where mail goes, as `delivery.transport` names it.
public enum TransportURL: Hashable, Sendable, CustomStringConvertible {
  /// An SMTP relay. `isTLS`: TLS from the first byte (`smtps`, RFC 8314 3.3), else STARTTLS as the settings say.
  /// `host` is a name or an address, an IPv6 address without brackets.
  case smtp(host: String, port: Int, isTLS: Bool)
  /// A Maildir on this machine, for trying things out: each message a file in `new/`.
  case maildir(path: String)

  /// As the configuration writes it, with the port also where it is the usual one.
  public var description: String {
    switch self {
    case .maildir(let path): "maildir:\(path)"
    case .smtp(let host, let port, let isTLS):
      "\(isTLS ? "smtps" : "smtp")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }

  /// True if what is sent does not leave this machine.
  public var isLoopback: Bool {
    switch self {
    case .smtp(let host, _, _): Host.isLoopback(host)
    case .maildir: true
    }
  }
}

extension Kind<TransportURL> {
  /// Refuses what the dialogue could be changed by (rule X1): white space, controls, a user or password. Scheme and
  /// host alone decide; what follows the port is an error, not passed over.
  static var transport: Kind<TransportURL> {
    Kind(form: "smtp://host:port, smtps://host:port or maildir:/path", write: \.description) {
      (written, base) throws(Refusal) in
      guard case .text(let text) = written else { throw Refusal("one relay is expected, not a list") }
      if text.hasPrefix("maildir:") {
        let path = String(text.dropFirst("maildir:".count))
        guard !path.isEmpty, !path.hasPrefix("//") else { throw Refusal("\(quoted(text)) names no directory") }
        return .maildir(path: try Kind<String>.path.parse(.text(path), base))
      }
      return try readRelay(text)
    }
  }
}

/// The parts of a relay's address. Without a port it is 587 or, for TLS from the start, 465 (RFC 6409 section 3.1, RFC
/// 8314 section 3.3).
private func readRelay(_ text: String) throws(Refusal) -> TransportURL {
  let advice = "write smtp://host:587, smtps://host:465 or maildir:/path"
  let schemes = ["smtp://": (isTLS: false, port: 587), "smtps://": (isTLS: true, port: 465)]
  guard let scheme = schemes.first(where: { text.hasPrefix($0.key) }) else {
    throw Refusal("\(quoted(text)) is no way to send mail", advice)
  }
  var rest = text.dropFirst(scheme.key.count)
  if rest.hasSuffix("/") { rest = rest.dropLast() }
  if rest.contains("@") {
    throw Refusal("a user or password does not belong here", "set smtp.user and smtp.password_file")
  }
  let (host, port) = try readHostAndPort(rest, text: text, usual: scheme.value.port, advice)
  return .smtp(host: host, port: port, isTLS: scheme.value.isTLS)
}

/// `host`, `host:port`, `[address]` or `[address]:port`.
/// - Parameters:
///   - text: all that was written, for the mistake.
///   - usual: the port where none is given.
///   - ports: those that may be given.
func readHostAndPort(
  _ rest: Substring, text: String, usual: Int, ports: ClosedRange<Int> = 1...65_535, _ advice: String
) throws(Refusal) -> (host: String, port: Int) {
  let hostEnd = rest.firstIndex(of: "]") ?? rest.startIndex
  guard let colon = rest[hostEnd...].firstIndex(of: ":") else { return (try readHost(rest, advice), usual) }
  guard let port = Int(rest[rest.index(after: colon)...]), ports.contains(port) else {
    throw Refusal("\(quoted(text)) has no port in \(ports.lowerBound)...\(ports.upperBound)", advice)
  }
  return (try readHost(rest[..<colon], advice), port)
}

/// A lower-case name, an IPv4 address, or an IPv6 address without the brackets that it must be written in. Whether the
/// address is one is for the system to say; here only its letters are looked at (rule X1).
private func readHost(_ host: Substring, _ advice: String) throws(Refusal) -> String {
  if host.hasPrefix("["), host.hasSuffix("]") {
    let address = host.dropFirst().dropLast()
    guard address.contains(":"), address.utf8.allSatisfy({ "0123456789abcdefABCDEF:.".utf8.contains($0) }) else {
      throw Refusal("\(quoted(String(host))) is no IPv6 address", advice)
    }
    return String(address)
  }
  let name = host.lowercased()
  guard Host.isName(name) else { throw Refusal("\(quoted(String(host))) is no host name", advice) }
  return name
}

/// Whether the connection to an `smtp://` relay is turned into TLS (rule S7, RFC 3207).
public enum StartTLS: String, Sendable, CaseIterable {
  /// Required, except to a loopback address.
  case automatic = "auto"
  /// The relay must offer it, and its certificate must be good.
  case required
  /// No TLS at all, which another machine's relay gets only with `smtp.allow_plain_text`.
  case never
}

/// How to sign in to the relay (rule S7).
public enum SMTPAuthentication: String, Sendable, CaseIterable {
  /// RFC 4616, and the older LOGIN that some relays know alone. Both show the password to the relay.
  case plain, login
  /// RFC 2195; the password itself does not travel.
  case cramMD5 = "cram-md5"
  /// An access token in place of a password; or no signing in.
  case xoauth2, none
}
