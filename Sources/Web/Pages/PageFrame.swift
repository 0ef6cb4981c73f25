import Forum
import Phrases

/// What stands around every page, and the words for it.
struct PageFrame {
  /// The forum's name.
  let site: String
  /// What the pages' addresses begin with, without host and closing slash.
  let base: String
  let helpdesk: String?
  let words: Catalogue
  /// The language that the visitor picked for these pages; links and forms keep it.
  let picked: Language?
  /// What tells one version of the style sheet from another, so that browsers may keep it for long.
  let version: String

  /// A phrase without placeholders.
  func callAsFunction(_ phrase: Phrase) -> String { words.plain(phrase) }

  /// A phrase with what fills it, escaped and isolated.
  func callAsFunction(_ phrase: Phrase, _ values: [String: String]) -> HTML {
    HTML(markup: words[phrase].filledHTML(values))
  }

  /// The address of a page, as the pages' own links and forms have it.
  /// - Parameter query: without the language.
  func address(_ page: String, _ query: [(String, String)] = []) -> String {
    let query = query + (picked.map { [("lang", $0.rawValue)] } ?? [])
    return "\(base)/\(page)" + (query.isEmpty ? "" : "?\(Visit.encoded(query))")
  }

  /// What the visitor is told about what they have just done.
  struct Said {
    var phrase: Phrase
    var values: [String: String] = [:]
    var isBad = false
  }

  /// A whole page.
  /// - Parameters:
  ///   - heading: its `h1`, and with what is said and the forum's name its title.
  ///   - here: the page's own address behind `base`, for the same page in other languages; nil where there is none.
  ///   - script: whether the page offers the device's time zone.
  func page(
    _ heading: String, said: Said? = nil, here: String? = nil, signOut: HTML? = nil, script: Bool = false, _ body: HTML
  ) -> String {
    let language = words.language
    let direction = language.isRightToLeft ? "rtl" : "ltr"
    let notice = said.map { said -> HTML in
      // Read out first: a page that has just been loaded announces nothing by its role alone.
      "<div class=\"said\(HTML(markup: said.isBad ? " bad" : ""))\" role=\"\(said.isBad ? "alert" : "status")\" tabindex=\"-1\" autofocus><p>\(self(said.phrase, said.values))</p></div>\n"
    }
    let told = said.map { "\(words[$0.phrase].filled($0.values)) · " } ?? ""
    let scripted: HTML? = script ? "<script src=\"\(base)/zone.js?\(version)\" defer></script>\n" : nil
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)" dir="\(direction)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(told)\(heading)</title>
      <link rel="stylesheet" href="\(base)/style.css?\(version)">
      \(scripted)</head>
      <body>
      <header><p>\(isolated: site)</p></header>
      <main>
      <h1>\(isolated: heading)</h1>
      \(notice)\(body)</main>
      <footer>
      \(signOut)\(here.map(languages))\(help)</footer>
      </body>
      </html>

      """
    return page.markup
  }

  /// The same page in the other languages, each by its own name.
  private func languages(_ here: String) -> HTML {
    let others = Language.allCases.filter { $0 != words.language }
    let links = others.map { one -> HTML in
      "<li><a href=\"\(base)/\(here)?lang=\(one.rawValue)\" lang=\"\(one.rawValue)\" hreflang=\"\(one.rawValue)\" dir=\"\(one.isRightToLeft ? "rtl" : "ltr")\">\(one.ownName)</a></li>\n"
    }
    return "<nav aria-label=\"\(self(.pageLanguages))\"><ul>\n\(links)</ul></nav>\n"
  }

  private var help: HTML? {
    guard let helpdesk else { return nil }
    return "<p class=\"soft\">\(self(.helpdesk)) <a href=\"mailto:\(helpdesk)\"><bdi>\(helpdesk)</bdi></a></p>\n"
  }
}

extension Language {
  /// As its readers call it.
  var ownName: String {
    switch self {
    case .ar: "العربية"
    case .en: "English"
    case .es: "Español"
    case .fr: "Français"
    case .ru: "Русский"
    case .zh: "中文"
    }
  }

  /// The best of the six for what a browser says (RFC 9110 section 12.5.4); nil where it names none of them.
  init?(accepted header: String) {
    var best: (language: Language, weight: Double)?
    for part in header.prefix(400).split(separator: ",") {
      let pieces = part.split(separator: ";")
      guard let tag = pieces.first?.filter({ $0 != " " }), let language = Language(tag: String(tag)) else { continue }
      let weight =
        pieces.dropFirst().compactMap { piece -> Double? in
          let text = piece.filter { $0 != " " }
          return text.hasPrefix("q=") ? Double(text.dropFirst(2)) : nil
        }.first ?? 1
      if weight > (best?.weight ?? 0) { best = (language, weight) }
    }
    guard let best else { return nil }
    self = best.language
  }
}
