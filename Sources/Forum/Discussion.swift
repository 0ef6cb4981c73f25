import Time

/// A time-limited discussion with threads: what the field calls a forum.
public struct Discussion: Hashable, Sendable {
  public var key: String
  public var title: String
  /// Its name in mail addresses and in `List-Id`: lower-case letters, digits and hyphens, at most 40.
  public var slug: String
  public var url: String?
  public var opensAt: Timestamp?
  /// nil: never closes.
  public var closesAt: Timestamp?

  public init(
    key: String, title: String, slug: String, url: String? = nil, opensAt: Timestamp? = nil, closesAt: Timestamp? = nil
  ) {
    self.key = key
    self.title = title
    self.slug = slug
    self.url = url
    self.opensAt = opensAt
    self.closesAt = closesAt
  }
}
