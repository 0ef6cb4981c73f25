import Forum
import Foundation
import Mistakes
import Mustache
import Phrases

/// The layouts and phrases of mails in six languages: built in, or an administrator's own (rule M7).
///
/// A directory may hold `instant.txt`, `instant.html`, `digest.txt`, `digest.html`, `entry.txt`, `entry.html`,
/// `notice.txt` and `notice.html` for all languages, the same files in a folder named after a language for that one, and `words.<language>` (or
/// `<language>/words`) with single phrases. What it does not hold is built in. Whatever is wrong is found when the set
/// is made, not when a mail is sent.
public struct TemplateSet: Sendable {
  /// All layouts for each language: the admin's own for it, else their own for all, else the built-in one.
  private let templates: [Language: [TemplateName: MustacheTemplate]]
  /// Overlaid by themselves: a folder with layouts alone leaves the phrases built in.
  private let phrases: PhraseBook
  /// Not said in any mail.
  private let unsaid: Set<Phrase>

  /// What Watchpost has by itself.
  public static let builtIn: TemplateSet = {
    do { return try TemplateSet(directory: nil) } catch { preconditionFailure("built-in templates: \(error)") }
  }()

  /// - Parameters:
  ///   - directory: the administrator's own files; nil for none.
  ///   - takesReplies: where a forum takes none by mail, no mail speaks of them, nor says that a thread takes none any more.
  /// - Throws: everything that is wrong in them, with file and line.
  public init(directory: String?, takesReplies: Bool = true) throws(ConfigurationError) {
    unsaid = takesReplies ? [] : [.noAnswers]
    var mistakes: [Mistake] = []
    var templates: [Language: [TemplateName: MustacheTemplate]] = [:]
    if let directory { mistakes += Self.strayFiles(in: directory) }
    let shared = Self.load(from: directory, mistakes: &mistakes)
    for language in Language.allCases {
      let own = Self.load(from: directory.map { "\($0)/\(language.rawValue)" }, mistakes: &mistakes)
      templates[language] = Self.builtInTemplates.merging(shared) { $1 }.merging(own) { $1 }
    }
    phrases = PhraseBook(directory: directory, mistakes: &mistakes)
    guard mistakes.isEmpty else { throw ConfigurationError(mistakes) }
    self.templates = templates
  }

  /// The built-in files, for an administrator to change.
  public func export() -> [(name: String, contents: String)] {
    TemplateName.allCases.map { ($0.rawValue, Self.text($0)) }
      + Language.allCases.map { (PhraseBook.fileName($0), PhraseBook.builtInText($0)) }
  }

  /// The phrases of a language.
  func words(_ language: Language) -> Catalogue { phrases[language] }

  /// A phrase without placeholders; empty if it is not said.
  func said(_ phrase: Phrase, _ language: Language) -> String {
    unsaid.contains(phrase) ? "" : words(language).plain(phrase)
  }

  /// Renders a layout. Values that are nil leave their tag empty and their section out; `words` is filled in here.
  func render(_ name: TemplateName, _ language: Language, _ values: [String: String?]) -> String {
    var context: [String: Any] = values.compactMapValues { $0 }
    var words = words(language).forTemplates
    for phrase in unsaid { words[phrase.rawValue] = nil }
    context["words"] = words
    return templates[language]![name]!.render(context)
  }

  // MARK: - Loading

  /// Parsed once for the process; a mistake in them is one of ours and traps.
  private static let builtInTemplates: [TemplateName: MustacheTemplate] = {
    var mistakes: [Mistake] = []
    var result: [TemplateName: MustacheTemplate] = [:]
    for name in TemplateName.allCases {
      result[name] = parse(text(name), name, file: name.rawValue, mistakes: &mistakes)
    }
    precondition(mistakes.isEmpty, "built-in templates: \(mistakes)")
    return result
  }()

  /// The layouts that lie in a directory; those that are not there are left out.
  private static func load(
    from directory: String?, mistakes: inout [Mistake]
  ) -> [TemplateName: MustacheTemplate] {
    guard let directory else { return [:] }
    var result: [TemplateName: MustacheTemplate] = [:]
    for name in TemplateName.allCases {
      let file = "\(directory)/\(name.rawValue)"
      guard let source = TextFile.read(file, mistakes: &mistakes) else { continue }
      result[name] = parse(source, name, file: file, mistakes: &mistakes)
    }
    return result
  }

  /// Files that look like ours and are not: a slip in a name would otherwise change nothing and say nothing.
  private static func strayFiles(in directory: String) -> [Mistake] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
      return [Mistake(directory, "is no directory; make it, or correct the setting")]
    }
    return misnamedFiles(in: directory) + strayFolders(in: directory)
  }

  /// Only files that end or begin like ours: notes and pictures may lie beside.
  private static func misnamedFiles(in directory: String) -> [Mistake] {
    let layouts = TemplateName.allCases.map(\.rawValue)
    let shared = Set(layouts + Language.allCases.map(PhraseBook.fileName))
    let places =
      [(directory, shared)] + Language.allCases.map { ("\(directory)/\($0.rawValue)", Set(layouts + ["words"])) }
    return places.flatMap { place, names in
      files(in: place).filter { file in
        !names.contains(file) && (file.hasSuffix(".txt") || file.hasSuffix(".html") || file.hasPrefix("words"))
      }.map { file in
        Mistake(
          "\(place)/\(file)",
          "is no template; here there may be \(names.sorted().joined(separator: ", "))")
      }
    }
  }

  /// Folders with templates that no language has: `FR`, `fr-CA`, `french`.
  private static func strayFolders(in directory: String) -> [Mistake] {
    let languages = Language.allCases.map(\.rawValue)
    let ours = Set(TemplateName.allCases.map(\.rawValue) + ["words"])
    return files(in: directory).filter { folder in
      !languages.contains(folder) && !ours.isDisjoint(with: files(in: "\(directory)/\(folder)"))
    }.map { folder in
      Mistake(
        "\(directory)/\(folder)",
        "is the folder of no language; those are \(languages.joined(separator: ", ")); rename it or move it away")
    }
  }

  /// The names in a directory, sorted, without hidden ones; none if it is no directory.
  private static func files(in directory: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return files.filter { !$0.hasPrefix(".") }.sorted()
  }

  /// Cleans, checks, then lets the library parse. nil if anything is wrong.
  private static func parse(
    _ source: String, _ name: TemplateName, file: String, mistakes: inout [Mistake]
  ) -> MustacheTemplate? {
    MailContentType.register()
    var source = source.multiLine()
    if !source.hasSuffix("\n") { source += "\n" }
    let found = TemplateChecker.mistakes(in: source, name: name, file: file)
    mistakes += found
    guard found.isEmpty else { return nil }
    do {
      return try MustacheTemplate(
        string: "{{% CONTENT_TYPE:\(name.isHTML ? MailContentType.name : "TEXT")}}\n" + source)
    } catch {
      mistakes.append(Mistake(file, mustache: error))
      return nil
    }
  }
}

/// The library's own escaping looks at characters, and misses a `<` that a combining mark follows.
private struct MailContentType: MustacheContentType {
  static let name = "MAIL-HTML"

  /// As everywhere in a mail, octet by octet.
  func escapeText(_ text: String) -> String { text.htmlEscaped }

  /// The library keeps its content types by name, for the whole process; registered once, before the first template is
  /// parsed.
  static func register() { _ = registered }
  private static let registered: Void = MustacheContentTypes.register(MailContentType(), named: name)
}

extension Mistake {
  /// The library's error in an administrator's words; its line counts the one that `parse` put before the file's.
  fileprivate init(_ file: String, mustache error: any Error) {
    guard let located = error as? MustacheTemplate.ParserError else {
      self.init(file, "\(error)")
      return
    }
    let text =
      switch located.error as? MustacheTemplate.Error {
      case .sectionCloseNameIncorrect?: "this tag closes a section that is not the last one opened"
      case .expectedSectionEnd?: "a section is never closed; write {{/name}} for every {{#name}} and {{^name}}"
      case .unfinishedName?: "a tag's name has letters that no name has, or is not closed"
      default: "\(located.error)"
      }
    self.init(file, line: max(located.context.lineNumber - 1, 1), text)
  }
}

// MARK: - Built in

extension TemplateSet {
  /// The built-in file of a layout.
  private static func text(_ name: TemplateName) -> String {
    let bytes =
      switch name {
      case .instantText: PackageResources.instant_txt
      case .instantHTML: PackageResources.instant_html
      case .digestText: PackageResources.digest_txt
      case .digestHTML: PackageResources.digest_html
      case .entryText: PackageResources.entry_txt
      case .entryHTML: PackageResources.entry_html
      case .noticeText: PackageResources.notice_txt
      case .noticeHTML: PackageResources.notice_html
      }
    return String(decoding: bytes, as: UTF8.self)
  }
}
