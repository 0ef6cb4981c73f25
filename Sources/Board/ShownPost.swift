import Forum
import Time

/// A post as somebody sees it.
public struct ShownPost: Hashable, Sendable {
  /// Its key, which is the number that readers know it by.
  public let key: String
  /// Where it stands now.
  public let threadKey: String
  /// What it answers in the same thread, if that can be seen.
  public let parent: Parent?
  /// nil: a guest's, or of somebody whom the forum has forgotten.
  public let authorKey: String?
  /// Empty for nobody's.
  public let authorName: String
  /// ISO 3166-1 alpha-2; nil: not known.
  public let authorCountry: String?
  /// Empty where it has none of its own.
  public let subject: String
  /// As it was written; hostile until it is composed. Its beginning where `isCut`.
  public var body: String
  /// The page had no room for the whole: `Board.post` has it.
  public var isCut = false
  /// How the body is written.
  public let format: BodyFormat
  /// BCP 47 language of the text, if it is known.
  public let language: String?
  /// Others than visible ones are shown to moderators, and pending ones to their author.
  public let visibility: Visibility
  /// When it was written.
  public let createdAt: Timestamp
  /// When it was approved, if it was.
  public let visibleAt: Timestamp?
  /// When its text was changed the last time; nil: never.
  public let editedAt: Timestamp?
  /// In their order.
  public var files: [ShownFile] = []

  /// The post that another one answers.
  public struct Parent: Hashable, Sendable {
    /// Its number.
    public let key: String
    /// Empty for nobody's.
    public let authorName: String
  }
}

/// A file of a post, without what is in it.
public struct ShownFile: Hashable, Sendable {
  /// Its key.
  public let key: String
  /// As people called it; hostile until it is composed.
  public let name: String
  /// nil: not known.
  public let octets: Int?
  /// The media type that its octets tell; nil: not known.
  public let type: String?
  /// Where it lies elsewhere; nil: with us, or nowhere.
  public let url: String?
  /// `Board.file` has it.
  public let isHere: Bool
}

/// A post with where it stands.
public struct PlacedPost: Hashable, Sendable {
  /// What it says.
  public var post: ShownPost
  /// Its thread.
  public let thread: Thread
  /// Its discussion, with what the reader may do there.
  public let entry: DiscussionEntry
}

/// A post that was asked for by its number.
public struct FoundPost: Hashable, Sendable {
  /// With its whole text.
  public let placed: PlacedPost
  /// The page of its thread on which it stands, from 1.
  public let page: Int
}

/// A page of a thread.
public struct ThreadPage: Hashable, Sendable {
  /// Its discussion, with what the reader may do there.
  public let entry: DiscussionEntry
  /// What it is.
  public let thread: Thread
  /// The key of its theme; nil: none.
  public let themeKey: String?
  /// The oldest first.
  public let posts: [ShownPost]
  /// Which page, from 1 to `pages`.
  public let number: Int
  /// At least 1.
  public let pages: Int
  /// Of all pages, as the reader sees them.
  public let total: Int
}

/// How the octets of a page are shared among texts: short ones are whole, and what they leave is the long ones'.
enum BodyShares {
  /// How many octets of each text are shown.
  /// - Parameters:
  ///   - sizes: in octets.
  ///   - total: octets of all of them together.
  static func shares(_ sizes: [Int], total: Int) -> [Int] {
    var shares = sizes
    var (left, count) = (total, sizes.count)
    // The shortest first: each gets all it wants, or an equal part of what is left.
    for index in sizes.indices.sorted(by: { (sizes[$0], $0) < (sizes[$1], $1) }) {
      shares[index] = min(sizes[index], left / count)
      left -= shares[index]
      count -= 1
    }
    return shares
  }

  /// The posts with their texts cut to a page's octets, at the end of a character.
  static func cut(_ posts: [ShownPost], sizes: [Int], total: Int) -> [ShownPost] {
    zip(posts, zip(sizes, shares(sizes, total: total))).map { post, octets in
      var post = post
      let (size, share) = octets
      if share < size {
        post.body = post.body.prefix(octets: share)
        post.isCut = true
      }
      return post
    }
  }
}

extension String {
  /// As many whole characters as have so many octets.
  func prefix(octets: Int) -> String {
    if utf8.count <= octets { return self }
    var end = utf8.index(startIndex, offsetBy: octets)
    // Back to where a character begins; one that has more octets than a page is left out.
    while end > startIndex, end.samePosition(in: self) == nil { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
