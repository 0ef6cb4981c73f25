import Crypto

/// The signing keys by their numbers; the largest number is the current one. Older ones still verify (rule I2).
public struct KeyRing: Sendable {
  /// HMACs that have taken in their key and nothing else: a copy of one costs half of what a new one does.
  private let keys: [UInt8: HMAC<SHA256>]
  /// The number of the key that signs what is new.
  public let current: UInt8

  /// Why keys are refused.
  public enum Invalid: Error, Equatable, CustomStringConvertible, Sendable {
    /// A key file without keys, or a ring made of nothing.
    case none
    /// The number of a key with less than 32 bytes, the length of SHA-256's output (RFC 2104 section 3).
    case tooShort(UInt8)

    /// As an admin reads it, with the remedy; never any part of a key.
    public var description: String {
      switch self {
      case .none: "there is no signing key; `watchpost init` makes one"
      case .tooShort(let number): "signing key \(number) is shorter than 32 bytes"
      }
    }
  }

  /// - Parameters:
  ///   - keys: secrets of at least 32 bytes, by number.
  ///   - realm: what tokens are signed for besides; those that were signed for another do not verify.
  public init(_ keys: [UInt8: [UInt8]], realm: String? = nil) throws(Invalid) {
    guard let newest = keys.keys.max() else { throw .none }
    if let short = keys.first(where: { $0.value.count < 32 }) { throw .tooShort(short.key) }
    self.keys = keys.mapValues { key in
      var keyed = HMAC<SHA256>(key: SymmetricKey(data: key))
      // Closed by an octet that no name has, so that none begins another.
      if let realm { keyed.update(data: Array(realm.utf8) + [0]) }
      return keyed
    }
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

  /// What tells whether a secret has changed, without telling anything of it: 80 bits of its HMAC under the current key.
  public func digest(of secret: String) -> String {
    guard let key = keys[current] else { preconditionFailure("a ring without its current key") }
    return base32(mac([current, 0xFF] + Array(secret.utf8), key))
  }

  /// The name, without ending, of a file that came with a message: 32 letters and digits, 160 bits of an HMAC under the
  /// current key, so that nobody guesses it and the same file has it again.
  /// - Parameters:
  ///   - message: names the message, and no other.
  ///   - number: which of its files.
  public func fileName(message: String, number: Int) -> String {
    guard var keyed = keys[current] else { preconditionFailure("a ring without its current key") }
    keyed.update(data: [current, 0xFE] + Array("\(number) \(message)".utf8))
    return base32(Array(keyed.finalize().prefix(20)))
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

/// 80 bits: a forger who may try a thousand addresses a second finds one in 10^13 years, and the local part stays
/// within 64 octets (rule I2).
private let macLength = 10

/// The first bytes of the HMAC. Of the two bounds that RFC 2104 section 5 gives for a cut one, 80 bits and half of the
/// hash, it keeps the first: the second would take 26 letters of a local part that has 64.
private func mac(_ bytes: [UInt8], _ keyed: HMAC<SHA256>) -> [UInt8] {
  var keyed = keyed
  keyed.update(data: bytes)
  return Array(keyed.finalize().prefix(macLength))
}

/// Looks at every byte wherever the first difference stands, so that the time taken tells nothing of it (rule X2).
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

/// nil where the bytes end within a number, or it has more than 63 bits. A number can be written with needless zero
/// bytes, which nobody gains by: the signature is over the bytes.
private func readVarint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
  var value: UInt64 = 0
  for shift in stride(from: UInt64(0), to: 63, by: 7) {
    guard let byte = bytes.popFirst() else { return nil }
    value |= UInt64(byte & 0x7F) << shift
    if byte < 0x80 { return value }
  }
  return nil
}
