import Crypto
import Mail

/// Signed names that Watchpost puts into its mails and finds again in what comes back.
///
/// A token says what it names and carries an HMAC-SHA-256 over that, cut to 80 bits. It is lower-case base32 without
/// padding, so that mail systems that fold case leave it intact, and short enough for a 64-octet local part behind
/// `reply+`. It carries the ledger's own integers, never the forum's ids (rule M4).
///
/// Nothing here reads a clock or a file: keys come in as a `KeyRing`, lifetimes are judged by whoever asks.
public enum TokenSubject: Hashable, Sendable {
  /// One person and one post: the reply address and the Message-ID of a copy (rules M3, M4, I2).
  case reply(person: Int64, post: Int64)
  /// One part of a digest: its Message-ID.
  case digestPart(person: Int64, delivery: Int64)
  /// One delivery: the reverse-path (rule B1).
  case bounce(delivery: Int64)
  /// One person and what to stop: one-click unsubscribe (rule P2). `target` is 0 for everything.
  case stop(person: Int64, post: Int64)

  fileprivate var kind: UInt8 {
    switch self {
    case .reply: 1
    case .digestPart: 2
    case .bounce: 3
    case .stop: 4
    }
  }

  fileprivate var numbers: [Int64] {
    switch self {
    case .reply(let person, let post), .stop(let person, let post): [person, post]
    case .digestPart(let person, let delivery): [person, delivery]
    case .bounce(let delivery): [delivery]
    }
  }

  fileprivate init?(kind: UInt8, numbers: [Int64]) {
    switch (kind, numbers.count) {
    case (1, 2): self = .reply(person: numbers[0], post: numbers[1])
    case (2, 2): self = .digestPart(person: numbers[0], delivery: numbers[1])
    case (3, 1): self = .bounce(delivery: numbers[0])
    case (4, 2): self = .stop(person: numbers[0], post: numbers[1])
    default: return nil
    }
  }
}

/// The signing keys by their numbers; the largest number is the current one. Older ones still verify (rule I2).
public struct KeyRing: Sendable {
  /// HMACs that have taken in their key and nothing else: a copy of one costs half of what a new one does.
  private let keys: [UInt8: HMAC<SHA256>]
  /// The number of the key that signs what is new.
  public let current: UInt8

  /// Why keys are refused.
  public enum Invalid: Error, Equatable, CustomStringConvertible, Sendable {
    case none
    case tooShort(UInt8)

    public var description: String {
      switch self {
      case .none: "there is no signing key; `watchpost init` makes one"
      case .tooShort(let number): "signing key \(number) is shorter than 32 bytes"
      }
    }
  }

  /// - Parameter keys: secrets of at least 32 bytes, by number.
  public init(_ keys: [UInt8: [UInt8]]) throws(Invalid) {
    guard let newest = keys.keys.max() else { throw .none }
    if let short = keys.first(where: { $0.value.count < 32 }) { throw .tooShort(short.key) }
    self.keys = keys.mapValues { HMAC(key: SymmetricKey(data: $0)) }
    current = newest
  }

  /// Signs a subject with the numbered key; the caller knows that the ring holds it.
  public func token(for subject: TokenSubject, key number: UInt8) -> String {
    guard let key = keys[number] else { preconditionFailure("no signing key \(number) in the ring") }
    var bytes = [number, subject.kind]
    for value in subject.numbers { appendVarint(UInt64(bitPattern: value), to: &bytes) }
    bytes.append(contentsOf: mac(bytes, key))
    return base32(bytes)
  }

  /// True if the ring can sign and verify with the numbered key.
  public func holds(_ number: UInt8) -> Bool { keys[number] != nil }

  /// The subject of a token whose signature holds, else nil. Compares in constant time (rule X2).
  public func verify(_ token: some StringProtocol) -> TokenSubject? {
    guard token.utf8.count <= 60, let bytes = base32Decoded(token.utf8), bytes.count > 2 + macLength,
      let key = keys[bytes[0]]
    else { return nil }
    let signed = bytes.dropLast(macLength)
    guard constantTimeEqual(Array(bytes.suffix(macLength)), mac(Array(signed), key)) else { return nil }
    var rest = signed.dropFirst(2)
    var numbers: [Int64] = []
    while !rest.isEmpty {
      guard let value = readVarint(&rest) else { return nil }
      numbers.append(Int64(bitPattern: value))
    }
    return TokenSubject(kind: bytes[1], numbers: numbers)
  }
}

private let macLength = 10

private func mac(_ bytes: [UInt8], _ keyed: HMAC<SHA256>) -> [UInt8] {
  var keyed = keyed
  keyed.update(data: bytes)
  return Array(keyed.finalize().prefix(macLength))
}

private func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  guard a.count == b.count else { return false }
  return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// LEB128, so that small numbers stay short.
private func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
  var rest = value
  while rest >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
}

private func readVarint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
  var value: UInt64 = 0
  for shift in stride(from: UInt64(0), to: 63, by: 7) {
    guard let byte = bytes.popFirst() else { return nil }
    value |= UInt64(byte & 0x7F) << shift
    if byte < 0x80 { return value }
  }
  return nil
}

private let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

/// RFC 4648 section 6 in lower case, without padding.
private func base32(_ bytes: [UInt8]) -> String {
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

private func base32Decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
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
