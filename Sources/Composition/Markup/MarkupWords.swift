/// Words that stand in a mail for what it does not show, in the mail's own language.
struct MarkupWords: Sendable {
  /// For a picture of which nothing is known.
  var image: String
  /// What stands before and behind a picture's name.
  var imageNamed: (before: String, after: String)

  static let english = MarkupWords(image: "image", imageNamed: ("image: ", ""))
}

/// A post's text, read.
struct ReadMarkup: Sendable {
  var nodes: [Markup]
  /// False where words are left out, for the text is too long.
  var isComplete: Bool
  /// False where something is left out that is no words: a field to write in, a drawing.
  var isAllShown: Bool
}
