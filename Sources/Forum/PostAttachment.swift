/// A file that a post has in the forum. Mails name it, with its size and its link, and never carry it.
///
/// It has no right of its own: who may read the post hears of it with the post, and nobody else does.
public struct PostAttachment: Hashable, Sendable {
  /// The key of the post.
  public var post: String
  /// As people called it; hostile until it is composed.
  public var name: String
  /// How large it is; nil where the forum does not say.
  public var octets: Int?
  /// Where it can be had; nil where the forum does not say.
  public var url: String?

  /// A file of a post.
  public init(post: String, name: String, octets: Int? = nil, url: String? = nil) {
    self.post = post
    self.name = name
    self.octets = octets
    self.url = url
  }
}
