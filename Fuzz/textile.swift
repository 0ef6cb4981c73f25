@testable import Composition

/// A post in Textile becomes a tree that is no deeper and no larger than its limits, whose links lead to the web or to a
/// mailbox, and which says of itself where something is missing.
func fuzz(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  requireHarmless(TextileReader.read(text, base: SafeURL("https://e.org/a"), limit: 20_000), text)
  _ = TextileReader.read(text, base: nil, limit: 100)
}
