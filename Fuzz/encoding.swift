import Mail

/// A text comes back as it was given from each transfer encoding (RFC 2045 section 6), in lines that every relay takes.
func fuzz(_ input: [UInt8]) {
  let text = withCRLF(input)
  let best = TransferEncoding.best(for: input)
  for encoding in TransferEncoding.allCases where encoding != .sevenBit || best == .sevenBit {
    let octets = written { encoding.append(text: input, to: &$0) }
    let ended = octets.suffix(2) == [13, 10] ? octets : octets + [13, 10]
    let lines = require(crlfLines(ended), "\(encoding): a CR or LF alone")
    require(lines.allSatisfy { $0.count <= 76 }, "\(encoding): a line of \(lines.map(\.count).max() ?? 0) octets")
    require(lines.joined().allSatisfy { $0 == 9 || (32...126).contains($0) }, "\(encoding): not ASCII text")
    let read: [UInt8]? =
      switch encoding {
      case .sevenBit: octets
      case .quotedPrintable: decodedQuotedPrintable(octets)
      case .base64: decodedBase64(octets)
      }
    require(read == text, "\(encoding): it reads as \(read.map { String(decoding: $0, as: UTF8.self) } ?? "nothing")")
    guard encoding != .base64 else { continue }
    for line in lines {
      require(line.last != 32 && line.last != 9, "\(encoding): white space at the end of a line")
      let isFragile = line.first == UInt8(ascii: ".") || line.starts(with: "From ".utf8)
      require(!isFragile, "\(encoding): a line that relays change")
    }
  }
}
