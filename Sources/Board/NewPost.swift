import Forum

/// A post that somebody writes on a page.
public struct NewPost: Hashable, Sendable {
  /// The key of the thread that it goes to.
  public var thread: String
  /// The number of the post that it answers; nil: none in particular.
  public var parent: String?
  /// Empty: the thread's title will do.
  public var subject: String
  /// As it was typed.
  public var body: String
  /// How it is written.
  public var format: BodyFormat
  /// BCP 47 language of the text, if it is known.
  public var language: String?
  /// What comes with it.
  public var files: [NewFile]

  /// An answer in Markdown, unless more is said.
  public init(
    thread: String, parent: String? = nil, subject: String = "", body: String, format: BodyFormat = .markdown,
    language: String? = nil, files: [NewFile] = []
  ) {
    (self.thread, self.parent, self.subject, self.body) = (thread, parent, subject, body)
    (self.format, self.language, self.files) = (format, language, files)
  }
}

/// A thread that somebody begins on a page, with its first post.
public struct NewThread: Hashable, Sendable {
  /// The key of the discussion.
  public var discussion: String
  /// The key of one of its themes; nil: none.
  public var theme: String?
  /// As it was typed.
  public var title: String
  /// The first post; its thread is this one.
  public var post: NewPost

  /// - Parameter body: of the first post.
  public init(
    discussion: String, theme: String? = nil, title: String, body: String, format: BodyFormat = .markdown,
    language: String? = nil, files: [NewFile] = []
  ) {
    (self.discussion, self.theme, self.title) = (discussion, theme, title)
    post = NewPost(thread: "", body: body, format: format, language: language, files: files)
  }
}

/// A file that comes with a post.
public struct NewFile: Hashable, Sendable {
  /// Made fit to be shown by whoever took it (`String.fileName`).
  public var name: String
  /// What its octets tell (`FileKind`), as a media type: never what a browser said.
  public var type: String
  /// What is in it.
  public var content: [UInt8]

  /// A file.
  public init(name: String, type: String, content: [UInt8]) {
    (self.name, self.type, self.content) = (name, type, content)
  }
}

/// How much may come with a post.
public struct FileLimits: Hashable, Sendable {
  /// Files of one post.
  public var count: Int
  /// Octets of one file, and of all files of one post together.
  public var octets, totalOctets: Int

  /// Five files of 5 MB, 10 MB in all, unless it is said.
  public init(count: Int = 5, octets: Int = 5_000_000, totalOctets: Int = 10_000_000) {
    (self.count, self.octets, self.totalOctets) = (count, octets, totalOctets)
  }

  /// Why files are not taken; nil if they are.
  /// - Parameters:
  ///   - sizes: octets of each that is to come.
  ///   - present: octets of each that the post has already.
  func refusal(_ sizes: [Int], present: [Int] = []) -> BoardRefusal? {
    if sizes.isEmpty { return nil }
    if sizes.count + present.count > count { return .tooManyFiles(limit: count) }
    if sizes.contains(where: { $0 > octets }) { return .filesTooLarge(limit: octets) }
    return sizes.reduce(0, +) + present.reduce(0, +) > totalOctets ? .filesTooLarge(limit: totalOctets) : nil
  }
}
