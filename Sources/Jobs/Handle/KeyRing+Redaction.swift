import Tokens

extension KeyRing {
  /// A text in which nobody reads a token of ours, or an address of ours that had one: where a mail program left a piece
  /// of our mail in what a person wrote, nobody who reads the post gets their reply address or their links (rule I2).
  /// - Returns: the text, its tokens masked; and the lines that were nothing but such an address or link, which are left
  ///   out of it. Equal to the text that came in where nothing of ours stands in it.
  func withoutOurTokens(_ text: String, _ ours: OurAddresses) -> (text: String, left: [String]) {
    var left: [String] = []
    var kept: [Substring] = []
    var isChanged = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let whole = withoutAddresses(masked(String(line)), ours)
      if whole == line {
        kept.append(line)
        continue
      }
      isChanged = true
      let words = line.split(whereSeparator: \.isWhitespace)
      let clean = words.map { withoutAddresses(masked(String($0)), ours) }
      // What else stands on the line is the person's, or says what the address is for.
      if zip(words, clean).contains(where: { $0 == $1 && $0.contains { $0.isLetter || $0.isNumber } }) {
        kept.append(Substring(whole))
      } else {
        left.append(String(line))
      }
    }
    guard isChanged else { return (text, []) }
    while let last = kept.last, last.allSatisfy(\.isWhitespace) { kept.removeLast() }
    while let first = kept.first, first.allSatisfy(\.isWhitespace) { kept.removeFirst() }
    return (kept.joined(separator: "\n"), left)
  }

  /// The same of addresses with a token that cannot be verified, of an old key, or that a line's end has cut.
  private func withoutAddresses(_ text: String, _ ours: OurAddresses) -> String {
    guard text.utf8.contains(where: { $0 == 0x2B || $0 == 0x25 }) else { return text }
    var result = text
    for opening in [ours.reply, ours.bounce, ours.stop, ours.confirm].flatMap({ ["\($0)+", "\($0)%2b"] }) {
      var rest = result.startIndex..<result.endIndex
      while let found = result.range(of: opening, in: rest) {
        let end =
          result[found.upperBound...].firstIndex { !$0.isASCII || !($0.isLetter || $0.isNumber) } ?? result.endIndex
        let behind = result[end...].lowercased()
        let isAddress = ["@\(ours.domain)", "%40\(ours.domain)"].contains { behind.hasPrefix($0) }
        let isCut =
          (end == result.endIndex || result[end].isWhitespace)
          && result.utf8.distance(from: found.upperBound, to: end) >= 16
        guard isAddress || isCut else {
          rest = found.upperBound..<result.endIndex
          continue
        }
        let offset = result.utf8.distance(from: result.startIndex, to: found.upperBound)
        result.replaceSubrange(found.upperBound..<end, with: Self.mask)
        rest = result.utf8.index(result.startIndex, offsetBy: offset + Self.mask.utf8.count)..<result.endIndex
      }
    }
    return result
  }
}

extension String {
  /// Where lower-case ASCII stands next, in any case of letters.
  fileprivate func range(of opening: String, in range: Range<Index>) -> Range<Index>? {
    let octets = Array(opening.utf8)
    var place = range.lowerBound
    while place < range.upperBound {
      let view = utf8[place..<range.upperBound]
      if view.prefix(octets.count).elementsEqual(octets, by: { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }) {
        return place..<utf8.index(place, offsetBy: octets.count)
      }
      utf8.formIndex(after: &place)
    }
    return nil
  }
}
