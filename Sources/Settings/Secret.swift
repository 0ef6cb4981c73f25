import Mistakes

/// A value that is never printed (rule O3): its description and its mirror say only that it is there.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Private, and no mirror leads to it: only `reveal` does.
  private let value: String

  /// The caller vouches for a text that can stand on one line.
  public init(_ value: String) { self.value = value }

  /// The secret itself, for the one place that needs it.
  public func reveal() -> String { value }

  /// Never the value: a secret that is logged or printed by mistake is not told (rule X2).
  public var description: String { "(secret)" }
  /// What `dump`, a debugger and a failed expectation show.
  public var debugDescription: String { description }
  /// What reflection shows of a structure that holds one.
  public var customMirror: Mirror { Mirror(reflecting: description) }
}

extension Kind<Secret> {
  /// At most 4096 octets without a control character. No refusal repeats any of it; it is written back as `(secret)`,
  /// never as itself.
  static var secret: Kind<Secret> {
    .scalar(form: "a text, kept secret") { (text) throws(Refusal) in
      guard !text.isEmpty else { throw Refusal("the secret is empty", "leave it out if there is none") }
      guard text.utf8.count <= 4096, !text.unicodeScalars.contains(where: isUnprintable) else {
        throw Refusal("the secret has a control character or more than 4096 bytes")
      }
      return Secret(text)
    }
  }
}
