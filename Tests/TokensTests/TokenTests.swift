import Identifiers
import Mail
import Testing

@testable import Tokens

private let firstKey = [UInt8](0..<32)
private let secondKey = [UInt8](100..<132)
private let subjects: [TokenSubject] = [
  .reply(person: 1, post: 2), .reply(person: 0, post: 0),
  .reply(person: PersonID(1 << 40), post: JournalPosition(1 << 40)),
  .digestPart(person: 77, delivery: 1_000_000), .bounce(delivery: 1), .bounce(delivery: DeliveryID(.max)),
  .stop(person: 12_345, post: 0), .reply(person: PersonID(.max), post: JournalPosition(.max)),
  .stop(person: 127, post: 128), .stop(person: 127, post: 0, day: 20_785), .signIn(person: 77, link: 12_345),
  .notice(person: 77, delivery: 1_000_000), .confirm(person: 77, received: 4_711),
]

/// Reply addresses, reverse-paths and links that are signed (rules I2, B1, X2).
@Suite struct TokenTests {
  let ring: KeyRing

  init() throws { ring = try KeyRing([1: firstKey]) }

  @Test("I2: what was signed is read back, in any case of letters", arguments: subjects)
  func roundTrip(subject: TokenSubject) {
    let token = ring.token(for: subject, key: 1)
    #expect(ring.verify(token) == subject)
    #expect(ring.verify(token.uppercased()) == subject)
    #expect(ring.verify(token[...]) == subject)
    #expect(ring.token(for: subject, key: 1) == token, "the same subject gives the same token (M4)")
  }

  @Test("I4: a kept file's name has 160 bits of an HMAC: the same for the same file, another for any other and any key")
  func fileNames() throws {
    let name = ring.fileName(message: "m", number: 1)
    #expect(name.utf8.count == 32 && name.utf8.allSatisfy { (97...122).contains($0) || (50...55).contains($0) })
    #expect(ring.fileName(message: "m", number: 1) == name)
    let others = [
      ring.fileName(message: "m", number: 2), ring.fileName(message: "n", number: 1),
      ring.fileName(message: "1 m", number: 1), try KeyRing([1: secondKey]).fileName(message: "m", number: 1),
    ]
    #expect(Set(others + [name]).count == 5)
    #expect(ring.verify(name) == nil)
  }

  @Test("I2: a token is lower-case letters and digits alone", arguments: subjects)
  func alphabet(subject: TokenSubject) {
    #expect(ring.token(for: subject, key: 1).utf8.allSatisfy { (97...122).contains($0) || (50...55).contains($0) })
  }

  @Test("I2: with ids up to 2^40 every address stays within the 64 octets of a local part (RFC 5321 4.5.3.1.1)")
  func length() throws {
    var longest = 0
    for bits in 0...40 {
      let id = Int64(1) << bits
      for subject in [
        TokenSubject.reply(person: PersonID(id), post: JournalPosition(id)),
        .digestPart(person: PersonID(id), delivery: DeliveryID(id)), .bounce(delivery: DeliveryID(id)),
        .stop(person: PersonID(id), post: JournalPosition(id)), .notice(person: PersonID(id), delivery: DeliveryID(id)),
        .confirm(person: PersonID(id), received: id),
      ] { longest = max(longest, ring.token(for: subject, key: 1).utf8.count) }
    }
    #expect("reply+".utf8.count + longest <= 64)
    // The longest prefix that the settings allow has 16 octets.
    #expect(16 + 1 + longest <= 64)
    #expect(longest == 39)
    _ = try Address("bounces+\(ring.token(for: .bounce(delivery: DeliveryID(1 << 40)), key: 1))@example.org")
  }

  @Test("I2: every change of one character breaks a token", arguments: subjects)
  func everyChangeFails(subject: TokenSubject) {
    let token = Array(ring.token(for: subject, key: 1).utf8)
    for index in token.indices {
      for letter in Array("abcdefghijklmnopqrstuvwxyz234567018+-=. ".utf8) where letter != token[index] {
        var changed = token
        changed[index] = letter
        #expect(ring.verify(String(decoding: changed, as: UTF8.self)) == nil)
      }
      var shorter = token
      shorter.remove(at: index)
      #expect(ring.verify(String(decoding: shorter, as: UTF8.self)) == nil)
      for letter in Array("a7".utf8) {
        var longer = token
        longer.insert(letter, at: index)
        #expect(ring.verify(String(decoding: longer, as: UTF8.self)) == nil)
      }
    }
    for end in ["a", "aa", "aaaaaaaa", "=", "\n", "\0"] {
      #expect(ring.verify(String(decoding: token, as: UTF8.self) + end) == nil)
    }
  }

  @Test("X2: the comparison, in constant time, covers every bit of the code and of what it signs")
  func everyBitCounts() {
    let token = ring.token(for: .reply(person: 300, post: 70_000), key: 1)
    let bits = token.utf8.count * 5 / 8 * 8
    for bit in 0..<bits {
      var letters = Array(token.utf8).map { $0 >= 97 ? $0 - 97 : $0 - 50 + 26 }
      letters[bit / 5] ^= 16 >> UInt8(bit % 5)
      let changed = letters.map { $0 < 26 ? $0 + 97 : $0 - 26 + 50 }
      #expect(ring.verify(String(decoding: changed, as: UTF8.self)) == nil, "bit \(bit)")
    }
  }

  @Test("I2: after a rotation new tokens carry the new key, old ones still verify, and a removed key verifies nothing")
  func rotation() throws {
    let old = ring.token(for: .bounce(delivery: 5), key: ring.current)
    let both = try KeyRing([1: firstKey, 2: secondKey])
    #expect(both.current == 2)
    #expect(both.verify(old) == .bounce(delivery: 5))
    let new = both.token(for: .bounce(delivery: 5), key: both.current)
    #expect(new != old)
    #expect(both.verify(new) == .bounce(delivery: 5))
    #expect(ring.verify(new) == nil)
    #expect(try KeyRing([2: secondKey]).verify(old) == nil)
    // M4: a post journalled under key 1 keeps its ids.
    #expect(both.token(for: .bounce(delivery: 5), key: 1) == old)
    #expect(both.holds(1) && both.holds(2) && !both.holds(3))
  }

  @Test("I2: a token that was signed for one ledger verifies for none besides, under the same keys")
  func realms() throws {
    let rings = try [nil, "1a", "1", "a1"].map { try KeyRing([1: firstKey], realm: $0) }
    for subject in subjects {
      for (index, ring) in rings.enumerated() {
        let token = ring.token(for: subject, key: 1)
        #expect(rings.map { $0.verify(token) != nil } == rings.indices.map { $0 == index })
      }
    }
  }

  @Test func anotherSecretUnderTheSameNumberVerifiesNothing() throws {
    let other = try KeyRing([1: secondKey])
    for subject in subjects { #expect(other.verify(ring.token(for: subject, key: 1)) == nil) }
  }

  @Test("B1, I2: a token of one kind is none of another")
  func kinds() {
    let tokens = [
      ring.token(for: .reply(person: 3, post: 4), key: 1), ring.token(for: .digestPart(person: 3, delivery: 4), key: 1),
      ring.token(for: .stop(person: 3, post: 4), key: 1), ring.token(for: .bounce(delivery: 3), key: 1),
    ]
    #expect(Set(tokens).count == tokens.count)
    #expect(ring.verify(tokens[0]) == .reply(person: 3, post: 4))
    #expect(ring.verify(tokens[2]) == .stop(person: 3, post: 4))
    // The kind is the second byte and is signed: letters 2 to 4 of the token hold it.
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
      let swapped = tokens[b].prefix(4) + tokens[a].dropFirst(4)
      #expect(ring.verify(swapped) == nil)
    }
  }

  @Test("X3: no text, however odd, is more than no token")
  func hostileText() {
    for text in [
      "", "a", "reply", "\0", "é", "ａｂｃ", "🙂", String(repeating: "a", count: 60),
      String(repeating: "a", count: 1_000_000),
      String(repeating: "7", count: 60), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ae======",
    ] { #expect(ring.verify(text) == nil) }
    var state: UInt64 = 42
    for _ in 0..<20_000 {
      let text = (0..<40).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Array("abcdefghijklmnopqrstuvwxyz234567".utf8)[Int(state >> 59)]
      }
      #expect(ring.verify(String(decoding: text, as: UTF8.self)) == nil)
    }
  }

  @Test("X2: a ring without keys, or with a short one, is refused")
  func weakKeys() {
    #expect(throws: KeyRing.Invalid.none) { try KeyRing([:]) }
    #expect(throws: KeyRing.Invalid.tooShort(2)) { try KeyRing([1: firstKey, 2: [1, 2, 3]]) }
    #expect("\(KeyRing.Invalid.tooShort(2))".contains("key 2 is shorter than 32 bytes"))
  }

  @Test("a token's text is an interface: mails in people's inboxes carry it")
  func goldenTokens() {
    // Computed apart from this program: HMAC-SHA-256 over key number, kind and LEB128 numbers, 10 bytes of it, base32.
    #expect(ring.token(for: .reply(person: 1, post: 2), key: 1) == "aeaqcavqdyntcxwvzrjd2ma")
    #expect(ring.token(for: .digestPart(person: 77, delivery: 1_000_000), key: 1) == "aebe3qeehuftzgmthqqvp7v67a")
    #expect(ring.token(for: .bounce(delivery: DeliveryID(1 << 40)), key: 1) == "aebybaeaqcacbl7uf6t3ewqq7jt2k")
    #expect(ring.token(for: .stop(person: 12_345, post: 0), key: 1) == "aeclsyaadd2tzbruci6besyn")
  }
}
