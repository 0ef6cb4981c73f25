import Foundation

extension Address {
  /// The address as every relay and every mail program can take it: its domain in A-labels (RFC 6531 section 3.2);
  /// itself where it is ASCII already. nil if only SMTPUTF8 can carry it: its local part is beyond ASCII, or its domain
  /// has no A-labels.
  /// - Parameter asciiDomain: gives a domain's A-labels; a cache, where many are asked for.
  public func inASCII(_ asciiDomain: (String) -> String? = Address.asciiDomain) -> Address? {
    if !needsSMTPUTF8 { return self }
    guard localPart.isASCII, let domain = asciiDomain(domain),
      let address = try? Address("\(Address.written(localPart))@\(domain)"), !address.needsSMTPUTF8
    else { return nil }
    return address
  }

  /// A domain's A-labels (RFC 5890 section 2.3.2.1): `bücher.example` is `xn--bcher-kva.example`; nil if it has none.
  ///
  /// By Foundation's URL, whose own tables do it. libcurl could, but reads the name in the process's locale, which
  /// under cron is mostly C.
  public static func asciiDomain(_ domain: String) -> String? {
    guard let host = URL(string: "http://\(domain)/")?.host(percentEncoded: false), !host.isEmpty,
      host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") })
    else { return nil }
    return host.lowercased()
  }
}
