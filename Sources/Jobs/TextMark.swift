import Crypto

/// What tells a post's text from others: its octets and a hash.
struct TextMark: Hashable {
  /// Of guests, and of people who were anonymised, so many octets make a text somebody's own.
  private static let longEnough = 30

  /// As the ledger keeps it.
  let text: String
  /// Whether it tells somebody's text from that of others who may have written the same.
  let isTelling: Bool

  init(_ body: String) {
    let octets = Array(body.utf8)
    let hash = SHA256.hash(data: octets).prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
    text = "\(octets.count) \(hash)"
    isTelling = octets.count >= TextMark.longEnough
  }
}
