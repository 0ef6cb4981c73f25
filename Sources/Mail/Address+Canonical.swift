import Foundation

extension Address {
  /// The domain as it is compared and kept everywhere: in A-labels, lower-case, so that `bücher.example` and
  /// `xn--bcher-kva.example` are one. As written where it has no A-labels.
  public var canonicalDomain: String { Address.canonicalDomain(domain) }

  /// The canonical form of a domain's name as somebody wrote it.
  public static func canonicalDomain(_ domain: String) -> String {
    if domain.isASCII { return domain.lowercased() }
    return asciiDomain(domain) ?? domain.lowercased()
  }

  /// The address as it is compared and kept: `ana@xn--bcher-kva.example`. Two addresses with one canonical form are
  /// taken for one mailbox.
  ///
  /// Only the host that receives may give case in a local part a meaning (RFC 5321 section 2.4), and none in use does:
  /// to tell `Ana@` from `ana@` would mail who asked not to be mailed.
  public var canonical: String {
    let local = localPart.lowercased()
    let composed = local.isASCII ? local : local.precomposedStringWithCanonicalMapping
    return "\(Address.written(composed))@\(canonicalDomain)"
  }
}
