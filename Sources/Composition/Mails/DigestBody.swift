/// The pieces of one body of a digest, in their order, each with the post whose links it holds.
struct DigestBody {
  /// `post` is an index into the digest's posts; nil for what belongs to the mail itself.
  private(set) var pieces: [(fragment: Fragment, post: Int?)] = []

  /// Adds a piece behind the others.
  mutating func add(_ fragment: Fragment, post: Int? = nil) { pieces.append((fragment, post)) }

  /// Which of an entry's two forms is meant.
  enum Form {
    /// A text alone, or beside HTML.
    case text, companion
    case html
  }

  /// What of the posts stands in the body.
  enum Posts { case full, brief, none }

  private static let listStart = Fragment("<ul>\n")
  private static let listEnd = Fragment("</ul>\n")
  private static let blankLine = Fragment("\n")

  /// - Parameter layout: its sections are those of the form, or of the preamble to a digest that goes on behind it.
  init(
    _ sections: [DigestLayout.Section], _ layout: DigestLayout, _ groups: DigestGroups, _ entries: [DigestEntry],
    _ form: Form, _ posts: Posts, withContents: Bool
  ) {
    for section in sections {
      switch section.hole {
      // A reader of the text beside HTML has asked for less, and scrolls.
      case .contents where withContents && form != .companion: addContents(layout, groups, entries, form)
      case .posts where posts != .none: addPosts(groups, entries, form, isBrief: posts == .brief)
      default: break
      }
      add(section.rest)
    }
  }

  /// Each heading once, then its posts' lines (rule D2).
  private mutating func addContents(
    _ layout: DigestLayout, _ groups: DigestGroups, _ entries: [DigestEntry], _ form: Form
  ) {
    add(layout.contents, form)
    for discussion in groups.discussions {
      if groups.discussions.count > 1 { add(entries[discussion[0][0]].discussionLine, form) }
      for thread in discussion {
        add(entries[thread[0]].threadLine, form)
        if form == .html { add(Self.listStart) }
        for post in thread { add(entries[post].line, form, post: post) }
        if form == .html { add(Self.listEnd) }
      }
    }
    if form != .html { add(Self.blankLine) }
  }

  /// Each heading once, then its posts in order (rule D2).
  private mutating func addPosts(_ groups: DigestGroups, _ entries: [DigestEntry], _ form: Form, isBrief: Bool) {
    for discussion in groups.discussions {
      add(entries[discussion[0][0]].discussion, form)
      for thread in discussion {
        add(entries[thread[0]].thread, form)
        for post in thread {
          let entry = entries[post]
          if form == .companion, !isBrief {
            add(entry.companion, post: post)
          } else {
            add(isBrief ? entry.brief : entry.full, form, post: post)
          }
        }
      }
    }
  }

  private mutating func add(_ piece: DigestEntry.Piece, _ form: Form, post: Int? = nil) {
    add(form == .html ? piece.html : piece.text, post: post)
  }
}
