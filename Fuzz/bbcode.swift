@testable import Composition

/// A post in BBCode becomes a tree that is no deeper and no larger than its limits, whose links lead to the web or to a
/// mailbox, and which says of itself where something is missing.
func fuzz(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  requireHarmless(BBCodeReader.read(text, base: SafeURL("https://e.org/a"), limit: 20_000), text)
  _ = BBCodeReader.read(text, base: nil, limit: 100)
}
