/// What a caller got wrong.
public enum CompositionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ring does not hold the key that the post was journalled under.
  case noKey(UInt8)
  /// All posts of a digest's part were withdrawn; rule D2 knows no empty digest, so it must not be sent.
  case emptyDigest

  /// As an admin reads it, with the remedy.
  public var description: String {
    switch self {
    case .noKey(let number):
      "signing key \(number) is missing from the key file; put it back: mails about older posts are signed with it"
    case .emptyDigest: "a digest needs at least one post"
    }
  }
}
