/// The pieces of one body of a digest, in their order, each with the post whose links it holds.
struct DigestBody {
  /// `post` is an index into the digest's posts; nil for what belongs to the mail itself.
  private(set) var pieces: [(fragment: Fragment, post: Int?)] = []

  /// Adds a piece behind the others.
  mutating func add(_ fragment: Fragment, post: Int? = nil) { pieces.append((fragment, post)) }

  /// Between two discussions of a table of contents in text.
  static let blankLine = Fragment("\n")
  /// Closes the list that a discussion's heading opened.
  private static let listEnd = Fragment("</ul>\n")
  /// Closes the list and the item that a thread's heading opened.
  private static let itemEnd = Fragment("</ul>\n</li>\n")

  /// Which of an entry's two forms is meant.
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

  /// Each heading once, then its posts' lines (rule D2).
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
