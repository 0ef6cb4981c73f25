/// What a caller got wrong.
public enum CompositionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ring does not hold the key that the post was journalled under.
  case noKey(UInt8)
  case emptyDigest

  public var description: String {
    switch self {
    case .noKey(let number):
      "signing key \(number) is missing from the key file; put it back: mails about older posts are signed with it"
    case .emptyDigest: "a digest needs at least one post"
    }
  }
}
