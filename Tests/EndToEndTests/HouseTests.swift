import Foundation
import Testing

/// CONTRIBUTING.md's picture of the sources, the pages that lead through them, and the sources themselves.
@Suite("The house", .timeLimit(.minutes(10)))
struct HouseTests {
  /// The longest that a source or test may be, in lines.
  private static let longestFile = 400

  @Test("Every module is introduced in CONTRIBUTING.md, and every module that is introduced there exists")
  func introduced() throws {
    let page = try Repository.text("CONTRIBUTING.md")
    let start = try #require(page.range(of: "\n## The house\n")).upperBound
    let end = try #require(page.range(of: "\n### A post's way\n")).lowerBound
    let house = page[start..<end]
    let introduced = house.matches(of: #/(?m)^- \*\*([A-Za-z, ]+)\*\*: /#)
      .flatMap { $0.1.split(separator: ", ").map(String.init) }
    #expect(introduced.sorted() == (try modules()).sorted())
    #expect(house.contains("\n- **TestSupport** (in `Tests`): "))
  }

  // MARK: Manuals

  @Test("A module opens with what it does, what it refuses, and what its failures do")
  func openers() throws {
    let swift = try modules().filter { !isOfC($0) }
    #expect(swift.count > 15, "hardly a module is found: they look otherwise than they did")
    for module in swift + ["TestSupport"] {
      let file = manual(of: module)
      let lines = try Repository.text(file).components(separatedBy: "\n").prefix { line in
        line.hasPrefix("//") && !line.hasPrefix("///")
      }
      #expect(lines.first?.hasPrefix("// \(module): ") == true, "\(file) does not open with `// \(module): …`")
      // Rows of a table cannot be broken.
      let wide = lines.filter { $0.count > 120 && !$0.hasPrefix("// |") }
      #expect(wide.isEmpty, "\(file): wider than 120 columns: \(wide)")
      var last = lines.startIndex
      for question in ["What it does", "What it refuses", "When it fails"] {
        let place = lines.indices.first { lines[$0].hasPrefix("// \(question): ") }
        guard let place else {
          Issue.record("\(file) does not say: \(question)")
          continue
        }
        #expect(place > last && lines[place - 1] == "//", "\(file): `\(question)` is no paragraph in its place")
        last = place
      }
    }
  }

  @Test("A module of C says at the head of its header what it is")
  func headers() throws {
    let modules = try modules().filter(isOfC)
    #expect(modules.count > 2, "hardly a module of C is found: they look otherwise than they did")
    for module in modules {
      #expect(try Repository.text(manual(of: module)).hasPrefix("// "), "\(module)")
    }
  }

  // MARK: Pages

  @Test("Sources/README.md names every module and every page, once")
  func index() throws {
    let links = links(in: try Repository.text("Sources/README.md")).map { $0.target }
    // What is linked to begins at `Sources`.
    func seenFromSources(_ file: String) -> String {
      file.hasPrefix("Sources/") ? String(file.dropFirst("Sources/".count)) : "../\(file)"
    }
    let pages = try pages()
    #expect(pages.count > 8, "hardly a page is found: \(pages)")
    let wanted = try (modules() + ["TestSupport"]).map(manual) + pages
    for file in wanted {
      // CONTRIBUTING.md is spoken of above the tables too.
      let times = links.count { $0 == seenFromSources(file) }
      #expect(times == 1 || times == 2 && file == "CONTRIBUTING.md", "Sources/README.md names \(file) \(times) times")
    }
  }

  @Test("Every relative link in a page leads to a file that is there, and to a heading in it")
  func followed() throws {
    var followed = 0
    for page in try pages() {
      let directory = page.split(separator: "/").dropLast().joined(separator: "/")
      for link in links(in: try Repository.text(page)) {
        let file = link.target.isEmpty ? page : directory.isEmpty ? link.target : "\(directory)/\(link.target)"
        guard FileManager.default.fileExists(atPath: Repository.path(file)) else {
          Issue.record("\(page): there is no \(link.target)")
          continue
        }
        followed += 1
        guard let anchor = link.anchor else { continue }
        let anchors = headings(in: try Repository.text(file)).map(anchorOfHeading)
        #expect(anchors.contains(anchor), "\(page): \(file) has no heading #\(anchor)")
      }
    }
    #expect(followed > 50, "hardly a link is found: they look otherwise than they did")
  }

  @Test("No page has links that work in DocC alone")
  func forge() throws {
    for page in try pages() {
      let text = try Repository.text(page)
      #expect(!text.contains("<doc:"), "\(page) has a link of DocC's: write a relative path")
      let symbols = text.matches(of: #/(?m)(?:^|[^`])(``[^`\n]+``)(?!`)/#).map { String($0.1) }
      #expect(symbols.isEmpty, "\(page) has \(symbols): one backtick on each side will do")
    }
  }

  @Test("Every file that a page sends somebody to is there")
  func pointers() throws {
    var pointers = 0
    // The changelog speaks of what was.
    for page in try pages() where page != "CHANGELOG.md" {
      let named = try Repository.text(page).matches(of: #/`((?:Sources|Tests|Fuzz|Benchmarks)\/[^`…<> ]+)`/#)
      for name in named.map({ String($0.1) }) {
        pointers += 1
        #expect(FileManager.default.fileExists(atPath: Repository.path(name)), "\(page): there is no \(name)")
      }
    }
    #expect(pointers > 100, "hardly a path is found: they look otherwise than they did")
  }

  @Test("What the compiler does not prove about threads is proved in Concurrency.md")
  func unproved() throws {
    let page = try Repository.text("Sources/Jobs/Jobs.docc/Concurrency.md")
    let part = try #require(page.range(of: "\n## What the compiler does not prove\n"))
    let marks = ["@unchecked " + "Sendable", "nonisolated" + "(unsafe)"]
    for file in try files(in: "Sources") where file.hasSuffix(".swift") {
      let text = try Repository.text(file)
      guard marks.contains(where: { text.contains($0) }) else { continue }
      #expect(page[part.upperBound...].contains("`\(file)`"), "\(file)")
    }
  }

  // MARK: Files

  @Test("No file is too long to be read at a sitting, and none is a drawer")
  func sizes() throws {
    let drawers: Set = [
      "utils", "util", "utilities", "helper", "helpers", "types", "common", "misc", "shared", "extensions",
    ]
    for file in try files(in: "Sources") + files(in: "Tests") {
      for part in file.split(separator: "/") {
        let name = part.split(separator: ".").first ?? part
        #expect(!drawers.contains(name.lowercased()), "\(file)")
      }
      guard file.hasSuffix(".swift") else { continue }
      let lines = try Repository.text(file).count { $0.isNewline }
      #expect(lines <= HouseTests.longestFile, "\(file) has \(lines) lines")
    }
  }

  // MARK: The repository

  /// The names of the directories in `Sources`.
  private func modules() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Repository.path("Sources"))
      .filter { !$0.hasPrefix(".") && isDirectory("Sources/\($0)") }.sorted()
  }

  private func isOfC(_ module: String) -> Bool {
    // One with a file of C in it has its header where SwiftPM looks for it.
    ["", "include/"].contains {
      FileManager.default.fileExists(atPath: Repository.path("Sources/\(module)/\($0)module.modulemap"))
    }
  }

  /// The file that says what a module is.
  private func manual(of module: String) -> String {
    switch module {
    case "TestSupport": "Tests/TestSupport/TestSupport.swift"
    case "watchpost": "Sources/watchpost/Watchpost.swift"
    case "CGumbo": "Sources/CGumbo/include/CGumbo.h"
    case let module where isOfC(module): "Sources/\(module)/shim.h"
    default: "Sources/\(module)/\(module).swift"
    }
  }

  /// Every page of the repository: not those of builds, of the demo and of tools.
  private func pages() throws -> [String] {
    let top = try FileManager.default.contentsOfDirectory(atPath: Repository.path("."))
      .filter { !$0.hasPrefix(".") && $0 != "demo" }.sorted()
    return try top.flatMap { try isDirectory($0) ? files(in: $0) : [$0] }.filter { $0.hasSuffix(".md") }
  }

  /// The files below a directory, as paths from the repository's root.
  private func files(in directory: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: Repository.path(directory)).sorted()
      .map { "\(directory)/\($0)" }.filter { !isDirectory($0) }
  }

  private func isDirectory(_ name: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: Repository.path(name), isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  // MARK: Markdown

  private struct Link {
    /// As it is written, without its anchor; empty for one within the page.
    let target: String
    let anchor: String?
  }

  /// The links of a page that do not lead out of the repository.
  private func links(in text: String) -> [Link] {
    text.matches(of: #/\]\(([^()\s]+)\)/#).map { String($0.1) }
      .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
      .map { link in
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return Link(target: parts[0], anchor: parts.count > 1 ? parts[1] : nil)
      }
  }

  private func headings(in text: String) -> [String] {
    text.matches(of: #/(?m)^#+ (.+)$/#).map { String($0.1) }
  }

  /// As forges make it: lower-case, without punctuation, with hyphens for spaces.
  private func anchorOfHeading(_ heading: String) -> String {
    heading.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }.replacing(" ", with: "-")
  }
}
