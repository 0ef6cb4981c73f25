import Forum
import Mistakes

/// The phrases of all languages: built in, or an administrator's own (rule M7).
///
/// A directory may hold `words.<language>`, or `<language>/words`, with single phrases; what it does not hold is built
/// in.
public struct PhraseBook: Sendable {
  /// One for each of the six languages.
  private let catalogues: [Language: Catalogue]

  /// What Watchpost has by itself, read once.
  public static let builtIn: PhraseBook = {
    var mistakes: [Mistake] = []
    let catalogues = Language.allCases.map {
      Catalogue(builtInText($0), file: fileName($0), language: $0, mistakes: &mistakes)
    }
    precondition(mistakes.isEmpty, "built-in phrases: \(mistakes)")
    return PhraseBook(catalogues)
  }()

  private init(_ catalogues: [Catalogue]) {
    self.catalogues = Dictionary(uniqueKeysWithValues: catalogues.map { ($0.language, $0) })
  }

  /// - Parameters:
  ///   - directory: the administrator's own files; nil for none.
  ///   - mistakes: whatever is wrong in them is added here; the book is then of no use.
  public init(directory: String?, mistakes: inout [Mistake]) {
    guard let directory else {
      self = .builtIn
      return
    }
    self.init(
      Language.allCases.map { language in
        var catalogue = PhraseBook.builtIn[language]
        for name in [PhraseBook.fileName(language), "\(language.rawValue)/words"] {
          let file = "\(directory)/\(name)"
          guard let source = TextFile.read(file, mistakes: &mistakes) else { continue }
          catalogue = Catalogue(source, file: file, language: language, base: catalogue, mistakes: &mistakes)
        }
        return catalogue
      })
  }

  /// The phrases of a language, complete.
  public subscript(language: Language) -> Catalogue { catalogues[language]! }

  /// The file of a language's phrases, for all who write them in one directory.
  public static func fileName(_ language: Language) -> String { "words.\(language.rawValue)" }

  /// The built-in file of a language, for an administrator to change.
  public static func builtInText(_ language: Language) -> String {
    let bytes =
      switch language {
      case .ar: PackageResources.words_ar
      case .en: PackageResources.words_en
      case .es: PackageResources.words_es
      case .fr: PackageResources.words_fr
      case .ru: PackageResources.words_ru
      case .zh: PackageResources.words_zh
      }
    return String(decoding: bytes, as: UTF8.self)
  }
}
