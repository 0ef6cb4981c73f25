import Testing

@testable import Tokens

/// Tokens that people write where others read (rule I2).
@Suite struct MaskingTests {
  let ring: KeyRing
  let token: String

  init() throws {
    ring = try KeyRing([1: [UInt8](0..<32)])
    token = ring.token(for: .reply(person: 17, post: 41), key: 1)
  }

  @Test("I2: a token is masked wherever it stands in a text, in whatever form a mail program would read it")
  func forms() {
    let (head, rest) = (token.prefix(9), token.dropFirst(9))
    let encoded = head + "%" + String(rest.first!.asciiValue!, radix: 16) + rest.dropFirst()
    for form in [token, token.uppercased(), "\(head)\u{200B}\(rest)", "\(head)\u{AD}\(rest)", String(encoded)] {
      #expect(
        ring.masked("to reply+\(form)@x.example, or <\(form).0@x.example>")
          == "to reply+…@x.example, or <….0@x.example>")
      #expect(ring.masked("mailto:reply%2B\(form)%40x.example") == "mailto:reply%2B…%40x.example")
    }
  }

  @Test("I2: what is no token of ours stays as it is")
  func others() throws {
    let foreign = try KeyRing([1: [UInt8](1..<33)]).token(for: .reply(person: 17, post: 41), key: 1)
    for text in [
      "", foreign, "\(token)x", "a\(token)", String(token.dropLast()), String(repeating: "a", count: 100_000), "100 %",
      "%ZZ %4 %", "Rindfleischetikettierungsüberwachung",
    ] {
      #expect(ring.masked(text) == text)
    }
  }
}
