/// No 0, 1, 8 or 9, which are taken for letters when somebody types an address.
private let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

/// RFC 4648 section 6 in lower case, without padding.
func base32(_ bytes: [UInt8]) -> String {
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count * 8 + 4) / 5)
  var buffer: UInt32 = 0
  var bits: UInt32 = 0
  for byte in bytes {
    buffer = (buffer << 8) | UInt32(byte)
    bits += 8
    while bits >= 5 {
      bits -= 5
      text.append(alphabet[Int((buffer >> bits) & 31)])
    }
  }
  if bits > 0 { text.append(alphabet[Int((buffer << (5 - bits)) & 31)]) }
  return String(decoding: text, as: UTF8.self)
}

/// Reads what `base32` wrote, in either case of letters. nil for any other letter, padding included, and for bits left
/// over that are not 0: each octet string has one text, so that no change of a token's text goes unseen.
func base32Decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
  var bytes: [UInt8] = []
  var buffer: UInt32 = 0
  var bits: UInt32 = 0
  for letter in text {
    let value: UInt8
    switch letter {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = letter - UInt8(ascii: "a")
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = letter - UInt8(ascii: "A")
    case UInt8(ascii: "2")...UInt8(ascii: "7"): value = letter - UInt8(ascii: "2") + 26
    default: return nil
    }
    buffer = (buffer << 5) | UInt32(value)
    bits += 5
    if bits >= 8 {
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
    }
  }
  // The bits left over are padding: a canonical token has them zero.
  return bits < 5 && buffer & ((1 << bits) - 1) == 0 ? bytes : nil
}
