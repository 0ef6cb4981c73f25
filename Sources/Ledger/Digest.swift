import Identifiers
import Time

/// A written digest.
public struct Digest: Hashable, Sendable {
  /// Its number, which its parts' Message-IDs are made of.
  public let id: DigestID
  /// Why it was written.
  public let kind: DigestCause
  /// The number of the key that signs its parts' Message-IDs.
  public let signingKey: UInt8
  /// In all parts together, when it was written.
  public let posts: Int
  /// When which post is in which part was settled.
  public let writtenAt: Timestamp
}
