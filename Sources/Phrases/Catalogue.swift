import Forum
import Mistakes

/// The phrases of one language, complete.
public struct Catalogue: Sendable {
  /// Decides plural forms and dates.
  public let language: Language
  /// Every phrase, once the catalogue was read without a mistake.
  private var phrases: [Phrase: PhraseText] = [:]
  /// One text for each plural form of the language, and for no other.
  private var posts: [PluralCategory: PhraseText] = [:]
  /// The names of the months, January first, as a date has them.
  public private(set) var months: [String] = []
  /// The same for dates without a year.
  public private(set) var shortMonths: [String] = []
  /// The names of the days, Monday first, as they stand by themselves.
  public private(set) var weekdays: [String] = []
  /// What templates find as `{{words.…}}`.
  public private(set) var forTemplates: [String: String] = [:]

  /// Reads a catalogue: lines `name = text`, empty lines, and comments that open with `#`.
  /// - Parameters:
  ///   - file: its name, for mistakes.
  ///   - base: where the phrases that the catalogue leaves out come from; nil: it may leave none out.
  ///   - mistakes: whatever is wrong is added here; the result is then of no use.
  init(
    _ source: String, file: String, language: Language, base: Catalogue? = nil, mistakes: inout [Mistake]
  ) {
    self.language = language
    if let base {
      (phrases, posts) = (base.phrases, base.posts)
      (months, shortMonths, weekdays) = (base.months, base.shortMonths, base.weekdays)
    }
    var seen: Set<String> = []
    let lines = source.multiLine().lines
    for (index, line) in lines.enumerated() {
      let line = line.trimmingSpaces()
      if line.isEmpty || line.hasPrefix("#") { continue }
      func report(_ text: String) { mistakes.append(Mistake(file, line: index + 1, text)) }
      guard let equals = line.firstIndex(of: "=") else {
        report("not a phrase; a phrase is written as `name = text`")
        continue
      }
      let name = String(line[..<equals].trimmingSpaces())
      let text = String(line[line.index(after: equals)...].trimmingSpaces())
      guard seen.insert(name).inserted else {
        report("`\(name)` stands here a second time; remove one of the two")
        continue
      }
      if let problem = set(name, text) { report(problem) }
    }
    if base == nil { reportMissing(file: file, line: lines.count, &mistakes) }
    for phrase in Phrase.allCases where phrase.isForTemplates {
      forTemplates[phrase.rawValue] = phrases[phrase]?.filled()
    }
  }

  /// Returns what is wrong, if anything is.
  private mutating func set(_ name: String, _ text: String) -> String? {
    guard !text.isEmpty else { return "`\(name)` has no text; write one behind the `=`" }
    guard let phrase = PhraseText(text, language.direction) else {
      return "`\(name)`: a brace has no partner; placeholders look like {site}"
    }
    let expected: Set<String>
    if name.hasPrefix("posts.") {
      let names = language.pluralCategories.map { "posts." + $0.rawValue }
      guard names.contains(name), let category = PluralCategory(rawValue: String(name.dropFirst(6))) else {
        return "`\(name)` is no plural form of this language; those are \(names.joined(separator: ", "))"
      }
      // "One post" and "two posts" may be words of their own.
      expected = ["count"]
      guard phrase.placeholders.isSubset(of: expected) else { return Self.wrongPlaceholders(name, expected) }
      posts[category] = phrase
      return nil
    }
    guard let key = Phrase(rawValue: name) else {
      return "there is no phrase `\(name)`; `watchpost init DIRECTORY --templates` writes a file with all of them"
    }
    guard phrase.placeholders == key.placeholders else { return Self.wrongPlaceholders(name, key.placeholders) }
    if [.months, .monthsShort, .weekdays].contains(key) {
      let names = text.split(separator: "," as Character).map { String($0.trimmingSpaces()) }
      let (count, word) = key == .weekdays ? (7, "seven") : (12, "twelve")
      guard names.count == count else { return "`\(name)` has \(names.count) names; write \(word), apart by commas" }
      switch key {
      case .months: months = names
      case .monthsShort: shortMonths = names
      default: weekdays = names
      }
    }
    phrases[key] = phrase
    return nil
  }

  /// A placeholder too few would leave the mail without its site or number, one too many would stay empty.
  private static func wrongPlaceholders(_ name: String, _ expected: Set<String>) -> String {
    if expected.isEmpty { return "`\(name)` is not filled in; remove what stands in braces" }
    let names = expected.sorted().map { "{\($0)}" }.joined(separator: ", ")
    return "`\(name)` is filled in with \(names); use these and no other"
  }

  /// At the file's last line, where a phrase would be added.
  private func reportMissing(file: String, line: Int, _ mistakes: inout [Mistake]) {
    for phrase in Phrase.allCases where phrases[phrase] == nil {
      mistakes.append(Mistake(file, line: line, "the phrase `\(phrase.rawValue)` is missing"))
    }
    for category in language.pluralCategories where posts[category] == nil {
      mistakes.append(Mistake(file, line: line, "the phrase `posts.\(category)` is missing"))
    }
  }

  /// The text of a phrase; a complete catalogue has all.
  public subscript(phrase: Phrase) -> PhraseText {
    guard let text = phrases[phrase] else { preconditionFailure("no phrase \(phrase) in \(language)") }
    return text
  }

  /// A phrase without placeholders.
  public func plain(_ phrase: Phrase) -> String { self[phrase].filled() }

  /// “12 posts”, in the form that the number asks for.
  public func posts(_ count: Int) -> String {
    guard let text = posts[language.pluralCategory(of: count)] else {
      preconditionFailure("no plural form for \(count) in \(language)")
    }
    return text.filled(["count": String(count)])
  }
}
