import Time

/// A time-limited discussion with threads: what the field calls a forum.
public struct Discussion: Hashable, Sendable {
  /// The discussion's name in the forum's own database; opaque.
  public var key: String
  /// As people wrote it, in any script; mails and commands make it harmless themselves.
  public var title: String
  /// Its name in mail addresses and in `List-Id`: lower-case letters, digits and hyphens, at most 40.
  public var slug: String
  /// The discussion on the web; nil where the forum does not tell.
  public var url: String?
  /// nil: it is open already.
  public var opensAt: Timestamp?
  /// nil: never closes.
  public var closesAt: Timestamp?
  /// It takes no answers, whatever its times say.
  public var isClosed: Bool

  /// - Parameter slug: empty where the forum has none.
  public init(
    key: String, title: String, slug: String, url: String? = nil, opensAt: Timestamp? = nil,
    closesAt: Timestamp? = nil, isClosed: Bool = false
  ) {
    self.key = key
    self.title = title
    self.slug = slug
    self.url = url
    self.opensAt = opensAt
    self.closesAt = closesAt
    self.isClosed = isClosed
  }

  /// Whether an answer that comes at a moment may be posted, as far as the discussion is concerned.
  public func takesAnswers(at moment: Timestamp) -> Bool { !isClosed && closesAt.map { moment < $0 } ?? true }
}
