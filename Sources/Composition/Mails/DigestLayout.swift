import Phrases
import Text

/// The layouts of digests in one language, rendered once.
struct DigestLayout: Sendable {
  /// A part of the layout, behind what a hole is filled with.
  struct Section: Sendable {
    /// `contents`, `posts`, or nil at the start.
    let hole: Hole?
    /// What the layout has from there to the next big hole.
    let rest: Fragment
  }

  /// The text's layout, cut at its holes for contents and posts.
  let text: [Section]
  /// The HTML's, likewise.
  let html: [Section]
  /// The text without a line that ends the mail for the eye (`-- `), for digests that go on behind it.
  let preamble: [Section]
  /// The heading of the table of contents.
  let contents: DigestEntry.Piece

  /// Renders the layouts with marks for all that a single digest knows.
  init(_ words: Catalogue, _ composer: Composer) {
    contents = DigestEntry.heading([words.plain(.contents)], level: 2, words.language.direction)
    var shared = PostValues.personal(words, composer.settings)
    shared["heading"] = Hole.heading.mark
    shared["summary"] = Hole.summary.mark
    shared["preview"] = Hole.preview.mark
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

  /// The pieces between the big holes are made ready for either encoding here, once for all digests.
  private static func sections(_ rendered: String) -> [Section] {
    Layout(rendered).split(at: [.contents, .posts]).map { Section(hole: $0.hole, rest: Fragment($0.layout)) }
  }
}
