import Mail
import Mistakes
import Text

/// Where mail is fetched from, as `inbound.mailbox` names it.
public enum MailboxURL: Hashable, Sendable, CustomStringConvertible {
  /// A mailbox on a server, by IMAP or POP3.
  case server(MailboxServer)
  /// A Maildir on this machine.
  case maildir(path: String)

  /// As the configuration writes it, with the port also where it is the usual one.
  public var description: String {
    switch self {
    case .server(let server): server.description
    case .maildir(let path): "maildir:\(path)"
    }
  }
}

/// A mailbox on a server.
public struct MailboxServer: Hashable, Sendable, CustomStringConvertible {
  /// How it is spoken with (RFC 3501, RFC 1939).
  public enum Kind: String, Hashable, Sendable { case imap, pop3 }

  /// How it is spoken with.
  public let kind: Kind
  /// TLS from the first octet (RFC 8314 section 3.2), else STARTTLS as the settings say.
  public let isTLS: Bool
  /// Who signs in; not empty, without control characters.
  public let user: String
  /// A name or an address, an IPv6 address without brackets.
  public let host: String
  /// 1...65535; without one 993, 143, 995 or 110.
  public let port: Int
  /// The folder, in Unicode; nil: none was named, which is `INBOX`. Never with POP3.
  public let folder: String?

  /// `imaps://forum@mail.example.org:993/INBOX`, percent-encoded as it is read.
  public var description: String {
    let keeps = { (octet: UInt8) in octet.isLetterOrDigit || "-._~@".utf8.contains(octet) }
    let path = folder.map { "/" + $0.percentEncoded { keeps($0) || $0 == UInt8(ascii: "/") } } ?? ""
    return "\(kind.rawValue)\(isTLS ? "s" : "")://\(user.percentEncoded(keeping: keeps))@"
      + "\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
  }
}

extension Kind<MailboxURL> {
  /// Refuses a password in it, and whatever could change a command (rule X1): controls and octets that are no UTF-8.
  static var mailbox: Kind<MailboxURL> {
    let form = "imaps://user@host/folder, imap://…, pop3s://user@host, pop3://… or maildir:/path"
    let write: @Sendable (MailboxURL) -> String = { yamlText($0.description) }
    return Kind(form: form, write: write) { (written, base) throws(Refusal) in
      guard case .text(let text) = written else { throw Refusal("one mailbox is expected, not a list") }
      if text.hasPrefix("maildir:") {
        let path = String(text.dropFirst("maildir:".count))
        guard !path.isEmpty, !path.hasPrefix("//") else { throw Refusal("\(quoted(text)) names no directory") }
        return .maildir(path: try Kind<String>.path.parse(.text(path), base))
      }
      return .server(try readServer(text, "write \(form)"))
    }
  }
}

/// Two protocols, with TLS from the start and without, and the port that each listens on (RFC 8314 section 3, RFC 3501
/// section 2.1, RFC 1939 section 3).
private let mailboxSchemes: [(text: String, kind: MailboxServer.Kind, isTLS: Bool, port: Int)] = [
  ("imaps://", .imap, true, 993), ("imap://", .imap, false, 143), ("pop3s://", .pop3, true, 995),
  ("pop3://", .pop3, false, 110),
]

/// The user may have an `@` of its own: the last one before the path counts.
private func readServer(_ text: String, _ advice: String) throws(Refusal) -> MailboxServer {
  guard let scheme = mailboxSchemes.first(where: { text.hasPrefix($0.text) }) else {
    throw Refusal("\(quoted(text)) is no mailbox", advice)
  }
  let rest = text.dropFirst(scheme.text.count)
  let authority = rest.prefix { $0 != "/" }
  let path = rest[authority.endIndex...].dropFirst()
  guard let at = authority.lastIndex(of: "@") else { throw Refusal("\(quoted(text)) names no user", advice) }
  guard !authority[..<at].contains(":") else {
    throw Refusal(
      "a password stands in the address of the mailbox", "set inbound.password_file; a : in the user is written %3A")
  }
  guard let user = decoded(authority[..<at]), !user.isEmpty else {
    throw Refusal("\(quoted(text)) has no user that can be read", "write what is special in it as %25 and the like")
  }
  let (host, port) = try readHostAndPort(
    authority[authority.index(after: at)...], text: text, usual: scheme.port, advice)
  guard scheme.kind == .imap || path.isEmpty else { throw Refusal("POP3 has no folders", "end it behind the host") }
  guard let folder = decoded(path) else {
    throw Refusal("\(quoted(text)) has no folder that can be read", "write what is special in it as %25 and the like")
  }
  return MailboxServer(
    kind: scheme.kind, isTLS: scheme.isTLS, user: user, host: host, port: port, folder: folder.isEmpty ? nil : folder)
}

/// What stands behind percent signs; nil for what is no text on one line.
private func decoded(_ text: Substring) -> String? {
  var octets: [UInt8] = []
  var rest = text.utf8
  while let octet = rest.popFirst() {
    guard octet == UInt8(ascii: "%") else {
      octets.append(octet)
      continue
    }
    guard let pair = String(rest.prefix(2)), pair.utf8.count == 2, pair.utf8.allSatisfy(\.isLetterOrDigit),
      let code = UInt8(pair, radix: 16)
    else { return nil }
    octets.append(code)
    rest = rest.dropFirst(2)
  }
  guard let text = String(validating: octets, as: UTF8.self), !text.unicodeScalars.contains(where: isUnprintable) else {
    return nil
  }
  return text.utf8.count <= 500 ? text : nil
}

/// How to sign in to a mailbox (rule S7).
public enum MailboxAuthentication: String, Sendable, CaseIterable {
  /// The strongest that the server offers and libcurl knows.
  case automatic = "auto"
  /// RFC 4616, and the older LOGIN that some servers know alone. Both show the password to the server.
  case plain, login
  /// RFC 2195; the password itself does not travel.
  case cramMD5 = "cram-md5"
  /// An access token in place of a password.
  case xoauth2
}
