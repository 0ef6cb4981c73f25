import Foundation

/// A domain's A-labels (RFC 5890 section 2.3.2.1): `bücher.example` is `xn--bcher-kva.example`; nil if it has none.
///
/// By Foundation's URL, whose own tables do it. libcurl could, but reads the name in the process's locale, which under
/// cron is mostly C.
func asciiDomain(_ domain: String) -> String? {
  guard let host = URL(string: "http://\(domain)/")?.host(percentEncoded: false), !host.isEmpty,
    host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") })
  else { return nil }
  return host.lowercased()
}
