import Mail
import Text

/// HTML under way, which `HTMLReader` is to read: of a size that is not gone beyond, with every text in it escaped.
struct HTMLDraft {
  /// What was written so far.
  private(set) var octets: [UInt8] = []
  /// Whether something found no room.
  private(set) var isCut = false
  private let limit: Int

  /// - Parameter limit: octets.
  init(limit: Int) { self.limit = limit }

  /// As a text.
  var html: String { String(decoding: octets, as: UTF8.self) }

  /// Adds tags, and what is fit to stand in HTML.
  mutating func write(_ html: String) {
    if octets.count + html.utf8.count > limit { isCut = true } else { octets += html.utf8 }
  }

  /// Adds a picture. Of an address that leads nowhere the words stay.
  mutating func writePicture(_ address: String, alternative: String) {
    let isLink = address.hasPrefix("/") || SafeURL(address) != nil
    let words = alternative.isEmpty && !isLink ? address : alternative
    write("<img src=\"\(address.htmlEscaped)\" alt=\"\(words.htmlEscaped)\">")
  }

  /// References to signs that a text may keep: their author meant the sign.
  enum References { case none, numbers, all }

  /// Adds what somebody wrote.
  mutating func escape(_ text: ArraySlice<UInt8>, keeping references: References = .none) {
    for (index, octet) in zip(text.indices, text) {
      guard octets.count < limit else {
        isCut = true
        return
      }
      switch octet {
      case UInt8(ascii: "<"): octets += "&lt;".utf8
      case UInt8(ascii: ">"): octets += "&gt;".utf8
      case UInt8(ascii: "\""): octets += "&quot;".utf8
      case UInt8(ascii: "&"): octets += (Self.opensReference(text[index...], references) ? "&" : "&amp;").utf8
      default: octets.append(octet)
      }
    }
  }

  /// `&#8220;` or `&eacute;`.
  private static func opensReference(_ text: ArraySlice<UInt8>, _ references: References) -> Bool {
    guard references != .none else { return false }
    let isNumber = text.dropFirst().first == UInt8(ascii: "#")
    if !isNumber, references == .numbers { return false }
    let name = text.dropFirst(isNumber ? 2 : 1).prefix(isNumber ? 8 : 32)
      .prefix { isNumber ? (0x30...0x39).contains($0) : $0.isLetterOrDigit }
    return !name.isEmpty && name.endIndex < text.endIndex && text[name.endIndex] == UInt8(ascii: ";")
  }
}
