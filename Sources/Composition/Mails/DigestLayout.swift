/// The layouts of digests in one language, rendered once.
struct DigestLayout: Sendable {
  /// A part of the layout, behind what a hole is filled with.
  struct Section: Sendable {
    /// `contents`, `posts`, or nil at the start.
    let hole: Hole?
    let rest: Fragment
  }

  let text: [Section]
  let html: [Section]
  /// The text without a line that ends the mail for the eye (`-- `), for digests that go on behind it.
  let preamble: [Section]
  let words: Words

  init(_ words: Words, _ composer: Composer) {
    self.words = words
    var shared = PostValues.personal(words, composer.settings)
    shared["heading"] = Hole.heading.mark
    shared["summary"] = Hole.summary.mark
    shared["contents"] = Hole.contents.mark
    shared["posts"] = Hole.posts.mark
    shared["why"] = Hole.why.mark
    shared["account"] = words[.account].filled(["address": Hole.account.mark])
    let rendered = wrappedLines(
      composer.templates.render(.digestText, words.language, shared), longerThan: proseWidth)
    shared["account"] = words[.account].filledHTML(["address": Hole.account.mark])
    text = Self.sections(rendered)
    preamble = Self.sections(
      rendered.lines
        .filter { $0 != "-- " }.joined(separator: "\n"))
    html = Self.sections(composer.templates.render(.digestHTML, words.language, shared))
  }

  private static func sections(_ rendered: String) -> [Section] {
    Layout(rendered).split(at: [.contents, .posts]).map { Section(hole: $0.hole, rest: Fragment($0.layout)) }
  }
}

/// The pieces of one body of a digest, in their order, each with the post whose links it holds.
struct DigestPlan {
  private(set) var pieces: [(fragment: Fragment, post: Int?)] = []

  mutating func add(_ fragment: Fragment, post: Int? = nil) { pieces.append((fragment, post)) }

  static let blankLine = Fragment("\n")
  private static let listEnd = Fragment("</ul>\n")
  private static let itemEnd = Fragment("</ul>\n</li>\n")

  enum Form { case text, html }

  /// - Parameters:
  ///   - sections: the layout.
  ///   - withPosts: false leaves the hole for the posts empty.
  init(
    _ sections: [DigestLayout.Section], _ groups: DigestGroups, _ entries: [DigestEntry], _ form: Form,
    subjectsOnly: Bool, withPosts: Bool
  ) {
    for section in sections {
      switch section.hole {
      case .contents: addContents(groups, entries, form, subjectsOnly: subjectsOnly)
      case .posts where withPosts:
        for post in groups.order { add(form == .text ? entries[post].text : entries[post].html, post: post) }
      default: break
      }
      add(section.rest)
    }
  }

  private mutating func addContents(
    _ groups: DigestGroups, _ entries: [DigestEntry], _ form: Form, subjectsOnly: Bool
  ) {
    func pick(_ contents: DigestEntry.Contents) -> Fragment { form == .text ? contents.text : contents.html }
    for (index, discussion) in groups.discussions.enumerated() {
      if form == .text, index > 0 { add(Self.blankLine) }
      add(pick(entries[discussion[0][0]].discussion))
      for thread in discussion {
        add(pick(entries[thread[0]].thread))
        for post in thread { add(pick(subjectsOnly ? entries[post].subjectLine : entries[post].line), post: post) }
        if form == .html { add(Self.itemEnd) }
      }
      if form == .html { add(Self.listEnd) }
    }
  }
}

/// The posts of a digest by discussion and thread: groups in the order of their first posts, posts in the order given
/// (rule D2).
struct DigestGroups {
  /// Indices of posts by discussion and thread.
  private(set) var discussions: [[[Int]]] = []

  var order: [Int] { discussions.flatMap { $0.flatMap { $0 } } }

  init(_ posts: [PreparedPost]) {
    var places: [String: Int] = [:]
    var threads: [[String: Int]] = []
    for (index, post) in posts.enumerated() {
      let place = places[post.copy.discussion.key] ?? discussions.count
      if place == discussions.count {
        places[post.copy.discussion.key] = place
        discussions.append([])
        threads.append([:])
      }
      if let thread = threads[place][post.copy.thread.key] {
        discussions[place][thread].append(index)
      } else {
        threads[place][post.copy.thread.key] = discussions[place].count
        discussions[place].append([index])
      }
    }
  }
}
