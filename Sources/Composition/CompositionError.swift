/// What a caller got wrong.
public enum CompositionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ring does not hold the key that the post was journalled under.
  case noKey(UInt8)
  /// All posts of a digest's part were withdrawn; rule D2 knows no empty digest, so it must not be sent.
  case emptyDigest
  /// The place within a notice's JSON that cannot be read, which may have been written by a newer version.
  case unreadableNotice(String)

  /// As an admin reads it, with the remedy.
  public var description: String {
    switch self {
    case .noKey(let number):
      "signing key \(number) is missing from the key file; put it back: mails about older posts are signed with it"
    case .emptyDigest: "a digest needs at least one post"
    case .unreadableNotice(let place):
      "a notice cannot be read at `\(place)`; a newer version may have written it: run that one"
    }
  }
}
