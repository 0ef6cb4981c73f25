import Foundation
import Mail
import Mistakes

extension Kind<String> {
  /// Text of which something can be seen, on one line, without control characters or characters that turn the reading
  /// direction (rule X1).
  /// - Parameter maxOctets: in UTF-8, for what goes into a header.
  public static func text(maxLength: Int = 200, maxOctets: Int = .max) -> Kind<String> {
    let octets = maxOctets == .max ? "" : ", \(maxOctets) octets in UTF-8"
    return .scalar(form: "a text of at most \(maxLength) characters\(octets)", write: yamlText) {
      (text) throws(Refusal) in
      guard text.count <= maxLength else { throw Refusal("the text is longer than \(maxLength) characters") }
      guard text.utf8.count <= maxOctets else {
        throw Refusal("the text takes \(text.utf8.count) octets in UTF-8", "shorten it to at most \(maxOctets)")
      }
      guard !text.unicodeScalars.contains(where: isUnprintable) else {
        throw Refusal("the text has a line break or another control character", "write it on one line")
      }
      guard text.unicodeScalars.contains(where: isVisible) else { throw Refusal("the text is empty") }
      return text
    }
  }

  /// A file or directory; a relative path is relative to the directory of the file it is written in.
  public static var path: Kind<String> {
    Kind(form: "a path, absolute or relative to this file's directory", write: yamlText, rebase: rebased) {
      (written, base) throws(Refusal) in
      let text = try Kind.text(maxLength: 4000).parse(written, base)
      guard text.firstRange(of: "://") == nil else { throw Refusal("\(quoted(text)) is no path of a file") }
      return rebased(text, base)
    }
  }

  /// An SQLite file, of which a relative path is relative to the directory of the file it is written in, or a
  /// PostgreSQL database by libpq's URI.
  public static var database: Kind<String> {
    let form = "the path of an SQLite file, or postgresql://[user@]host[:port]/name"
    return Kind(form: form, write: yamlText, rebase: rebasedDatabase) { (written, base) throws(Refusal) in
      guard case .text(let text) = written, let scheme = text.firstRange(of: "://") else {
        return try Kind.path.parse(written, base)
      }
      guard isPostgresURI(text) else {
        throw Refusal("\(text[..<scheme.lowerBound]):// is no database that Watchpost knows", "give \(form)")
      }
      guard !hasPassword(text) else {
        throw Refusal(
          "a password stands in the address of the database",
          "put it where libpq looks for it: ~/.pgpass, a service file (?service=…) or PGPASSWORD")
      }
      return text
    }
  }

  /// A libpq URI has no path of this machine in it; all else is a file.
  private static func rebasedDatabase(_ text: String, _ base: String) -> String {
    isPostgresURI(text) ? text : rebased(text, base)
  }

  /// Both spellings that libpq takes.
  static func isPostgresURI(_ text: String) -> Bool {
    text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
  }

  /// `user:password@` before the host, or a parameter of that name.
  private static func hasPassword(_ uri: String) -> Bool {
    let rest = uri.drop { $0 != ":" }.dropFirst(3)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
    return user.contains(":") || rest.contains("?password=") || rest.contains("&password=")
  }

  /// A domain name, lower-cased; internationalised ones in their `xn--` form.
  static var domain: Kind<String> {
    .scalar(form: "a domain name", write: yamlText) { (text) throws(Refusal) in
      let name = text.lowercased()
      guard Host.isName(name) else {
        throw Refusal("\(quoted(text)) is no domain name", "write it as in forum.example.org, in ASCII (xn--…)")
      }
      // A local part and a token must find room before it (RFC 5321 4.5.3.1.3).
      guard name.utf8.count <= 180 else { throw Refusal("\(quoted(text)) is longer than 180 letters") }
      return name
    }
  }

  /// What a client may call itself; see `Host.isGreeting`. Names are lower-cased.
  static var greeting: Kind<String> {
    .scalar(form: "a full domain name, or an address in brackets such as [192.0.2.1]", write: yamlText) {
      (text) throws(Refusal) in
      guard Host.isGreeting(text) else {
        throw Refusal(
          "\(quoted(text)) is no full domain name",
          "write it as in mail.example.org, in ASCII (xn--…), or an address as [192.0.2.1] or [IPv6:2001:db8::1]")
      }
      return text.hasPrefix("[") ? text : text.lowercased()
    }
  }

  /// The first part of a local part. With its token it must stay within 64 octets (RFC 5321 4.5.3.1.1, rule I2).
  static var prefix: Kind<String> {
    .scalar(form: "1 to 10 of a-z, 0-9 and -, beginning with a letter", write: yamlText) { (text) throws(Refusal) in
      guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy(\.isNameOctet), ("a"..."z").contains(text.first!)
      else { throw Refusal("\(quoted(text)) cannot begin an address", "use 1 to 10 of a-z, 0-9 and -") }
      return text
    }
  }

  /// The name of a file without its ending, or of a lock: letters, digits, `-` and `_`.
  public static var name: Kind<String> {
    .scalar(form: "a name of 1 to 64 letters, digits, - and _", write: yamlText) { (text) throws(Refusal) in
      let letters = text.utf8.allSatisfy { $0.isLetterOrDigit || "-_".utf8.contains($0) }
      guard (1...64).contains(text.utf8.count), letters else {
        throw Refusal("\(quoted(text)) is no name", "use letters, digits, - and _, at most 64; no path, no ending")
      }
      return text
    }
  }

  /// `https://host[:port][/path]` without a closing slash; `http` for a loopback host alone.
  /// - Parameter why: it must be `https`.
  static func webBase(_ why: String) -> Kind<String> {
    .scalar(form: "an https address", write: yamlText) { (text) throws(Refusal) in
      guard let url = URL(string: text), let host = url.host(), !host.isEmpty, url.user() == nil, url.query() == nil,
        url.fragment() == nil, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\".utf8.contains($0) })
      else { throw Refusal("\(quoted(text)) is no web address", "write it as https://forum.example.org/mail") }
      guard url.scheme == "https" || url.scheme == "http" && Host.isLoopback(host) else {
        throw Refusal("\(quoted(text)) is not https", why)
      }
      guard text.utf8.count <= 300 else { throw Refusal("\(quoted(text)) is longer than 300 letters") }
      return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
  }

  /// An IANA time zone.
  public static var zone: Kind<String> {
    .scalar(form: "an IANA time zone such as Africa/Nairobi", write: yamlText) { (text) throws(Refusal) in
      if text == "UTC" { return text }
      let letters = text.utf8.allSatisfy { $0.isLetterOrDigit || "-/_+".utf8.contains($0) }
      guard letters, text.contains("/"), TimeZone(identifier: text) != nil else {
        throw Refusal("\(quoted(text)) is no time zone", "write it as in Africa/Nairobi, or UTC")
      }
      return text
    }
  }
}

/// Whether a reader sees anything of it: no white space, byte order mark or other invisible sign.
private func isVisible(_ scalar: Unicode.Scalar) -> Bool {
  let properties = scalar.properties
  return !properties.isWhitespace && properties.generalCategory != .format && !properties.isNoncharacterCodePoint
}

/// A path as it is from here: a relative one begins at the directory.
private let rebased: @Sendable (_ path: String, _ directory: String) -> String = { path, directory in
  if path.hasPrefix("/") { return path }
  let rest = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  if directory.isEmpty || directory == "." { return rest }
  return directory.hasSuffix("/") ? directory + rest : directory + "/" + rest
}

extension Kind<Address> {
  /// A mail address whose domain is in ASCII. It is the admin's own: what has to be quoted first to be one is more
  /// likely a slip of theirs than somebody's real address.
  static var address: Kind<Address> {
    let write: @Sendable (Address) -> String = { yamlText($0.description) }
    return .scalar(form: "a mail address", write: write) { (text) throws(Refusal) in
      guard let address = try? Address(text), Host.isName(address.domain),
        "\(address)".hasPrefix("\"") == text.hasPrefix("\"")
      else {
        throw Refusal("\(quoted(text)) is no mail address", "write it as name@domain, without a display name")
      }
      return address
    }
  }
}

/// A text as a YAML scalar: plain where that is safe, else in double quotation marks (YAML 1.2, 7.3).
func yamlText(_ text: String) -> String {
  let words: Set = ["true", "false", "yes", "no", "on", "off", "null"]
  let opensPlain = text.unicodeScalars.first.map {
    $0.properties.isAlphabetic || "/.0123456789".unicodeScalars.contains($0)
  }
  let isPlain = text.unicodeScalars.allSatisfy {
    $0.properties.isAlphabetic || "0123456789 ._/@+-:()".unicodeScalars.contains($0)
  }
  let isSafe = text.firstRange(of: ": ") == nil && !text.hasSuffix(":") && !text.hasSuffix(" ")
  if opensPlain == true, isPlain, isSafe, !words.contains(text.lowercased()) { return text }
  var out = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": out += "\\\(scalar)"
    case "\n": out += "\\n"
    case "\t": out += "\\t"
    default:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      out += isUnprintable(scalar) ? "\\u" + String(repeating: "0", count: 4 - digits.count) + digits : String(scalar)
    }
  }
  return out + "\""
}
