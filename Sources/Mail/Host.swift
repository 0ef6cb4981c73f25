#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Names of hosts and domains, as the domain name system and a TCP connection have them.
public enum Host {
  /// True for a lower-case ASCII name of letters, digits and hyphens in labels of at most 63 octets, 253 in all (RFC
  /// 1035 section 2.3.4); a name with A-labels (`xn--…`) is one.
  public static func isName(_ name: String) -> Bool {
    (1...253).contains(name.utf8.count) && hasGoodLabels(name) { $0.isNameOctet }
  }

  /// True if every label between the dots has 1 to 63 octets that pass, and no hyphen at either end (RFC 5891 section
  /// 4.2.3.1). The dot at the end of a fully qualified name makes an empty label, which is refused.
  static func hasGoodLabels(_ name: String, _ passes: (UInt8) -> Bool) -> Bool {
    name.utf8.split(separator: .dot, omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.count) && label.first != .hyphen && label.last != .hyphen && label.allSatisfy(passes)
    }
  }

  /// True for what a client may call itself in EHLO: a full domain name, with a dot, of whose labels the last is no
  /// number (RFC 5321 section 2.3.5, RFC 3696 section 2), or an address literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]`
  /// (RFC 5321 section 4.1.3).
  public static func isGreeting(_ name: String) -> Bool {
    if name.hasPrefix("[") { return isLiteral(inBrackets: name) }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    return isName(name.lowercased()) && labels.count > 1 && labels.last?.contains { !("0"..."9").contains($0) } == true
  }

  /// What to call ourselves in EHLO where nobody has said: this machine's name if it is a full one, else the domain that
  /// mails come from, which is one; a relay may turn away who gives neither (RFC 5321 sections 2.3.5 and 4.1.4). Where not
  /// even that has a dot, nothing leaves this machine.
  public static func greeting(machine: String, domain: String) -> String {
    let name = machine.lowercased()
    if isGreeting(name), !isLoopback(name), !name.hasSuffix(".localdomain") { return name }
    return isGreeting(domain) ? domain : "[127.0.0.1]"
  }

  /// True for an address literal with its brackets.
  static func isLiteral(inBrackets text: String) -> Bool {
    text.hasPrefix("[") && text.hasSuffix("]") && isLiteral(text.dropFirst().dropLast())
  }

  /// What stands between a literal's brackets.
  private static func isLiteral(_ address: Substring) -> Bool {
    // What is behind a NUL the C library would not see.
    guard address.utf8.allSatisfy({ $0.isNameOctet || ".:".utf8.contains($0) || (65...90).contains($0) }) else {
      return false
    }
    if address.lowercased().hasPrefix("ipv6:") {
      var octets = in6_addr()
      return inet_pton(AF_INET6, String(address.dropFirst(5)), &octets) == 1
    }
    var octets = in_addr()
    return inet_pton(AF_INET, String(address), &octets) == 1
  }

  /// True for names and addresses that mean this machine: `localhost` and names below it (RFC 6761 section 6.3),
  /// 127.0.0.0/8, `::1` with or without brackets.
  public static func isLoopback(_ host: String) -> Bool {
    let bare = (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host).lowercased()
    if bare == "localhost" || bare.hasSuffix(".localhost") || bare == "::1" { return true }
    let octets = bare.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
  }
}
