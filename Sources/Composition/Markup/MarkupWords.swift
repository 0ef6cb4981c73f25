import Text

/// Words that stand in a mail for what it does not show, in the mail's own language.
struct MarkupWords: Sendable {
  /// Of the mail.
  var language: LanguageTag?
  var direction: TextDirection
  /// For a picture of which nothing is known.
  var image: String
  /// What stands before and behind a picture's name.
  var imageNamed: (before: String, after: String)

  static let english = MarkupWords(
    language: LanguageTag("en"), direction: .ltr, image: "image", imageNamed: ("image: ", ""))

  /// Words among those of the author, which they must not turn around.
  func ours(_ text: String) -> Markup {
    .element(
      Markup.Element(
        tag: .span, attributes: Markup.Attributes(direction: direction, language: language, isOurs: true),
        children: [.text(text)]))
  }
}

/// A post's text, read.
struct ReadMarkup: Sendable {
  var nodes: [Markup]
  /// False where words are left out, for the text is too long.
  var isComplete: Bool
  /// False where something is left out that is no words: a field to write in, a drawing.
  var isAllShown: Bool
}
