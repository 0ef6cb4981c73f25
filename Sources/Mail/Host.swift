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

  /// True for names and addresses that mean this machine: `localhost` and names below it (RFC 6761 section 6.3),
  /// 127.0.0.0/8, `::1` with or without brackets.
  public static func isLoopback(_ host: String) -> Bool {
    let bare = (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host).lowercased()
    if bare == "localhost" || bare.hasSuffix(".localhost") || bare == "::1" { return true }
    let octets = bare.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
  }
}
