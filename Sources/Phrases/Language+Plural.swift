import Forum
import Text

extension Language {
  /// Of the language's own words; names and titles within them find theirs by themselves (rule M7).
  public var direction: TextDirection { isRightToLeft ? .rtl : .ltr }

  /// The plural categories of whole numbers that mails count with, of those that CLDR names (Unicode Technical
  /// Standard 35, part 3; the `many` of Spanish and French begins at a million).
  var pluralCategories: [PluralCategory] {
    switch self {
    case .ar: [.zero, .one, .two, .few, .many, .other]
    case .en, .es, .fr: [.one, .other]
    case .ru: [.one, .few, .many, .other]
    case .zh: [.other]
    }
  }

  /// The form that goes with a number, 0 or more, by CLDR's rules for whole numbers.
  func pluralCategory(of count: Int) -> PluralCategory {
    let units = count % 10
    let hundreds = count % 100
    switch self {
    case .zh: return .other
    case .en, .es: return count == 1 ? .one : .other
    case .fr: return count <= 1 ? .one : .other
    case .ru:
      if units == 1, hundreds != 11 { return .one }
      return (2...4).contains(units) && !(12...14).contains(hundreds) ? .few : .many
    case .ar:
      switch count {
      case 0: return .zero
      case 1: return .one
      case 2: return .two
      default: return (3...10).contains(hundreds) ? .few : hundreds >= 11 ? .many : .other
      }
    }
  }
}

/// CLDR's plural categories.
enum PluralCategory: String, CaseIterable, Sendable { case zero, one, two, few, many, other }
