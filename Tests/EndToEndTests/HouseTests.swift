import Foundation
import Testing

/// CONTRIBUTING.md's picture of the sources, and the sources themselves.
@Suite("The house", .timeLimit(.minutes(1)))
struct HouseTests {
  /// The longest that a source or test may be, in lines.
  private static let longestFile = 400

  @Test("Every module is introduced in CONTRIBUTING.md, and every module that is introduced there exists")
  func introduced() throws {
    let page = try Repository.text("CONTRIBUTING.md")
    let start = try #require(page.range(of: "\n## The house\n")).upperBound
    let end = try #require(page.range(of: "\n### A post's way\n")).lowerBound
    let introduced = page[start..<end].matches(of: #/(?m)^- \*\*([A-Za-z, ]+)\*\*: /#)
      .flatMap { $0.1.split(separator: ", ").map(String.init) }
    #expect(introduced.sorted() == (try modules()).sorted())
  }

  @Test("A module opens with what it does, what it refuses, and what its failures do")
  func openers() throws {
    for module in try modules() where module.first != "C" || module.dropFirst().first?.isLowercase == true {
      let name = module == "watchpost" ? "Watchpost" : module
      let opener = try Repository.text("Sources/\(module)/\(name).swift").split(separator: "\n").prefix { line in
        line.hasPrefix("//") && !line.hasPrefix("///")
      }.joined(separator: "\n")
      #expect(opener.hasPrefix("// \(module): "), "\(module)")
      for question in ["What it does", "What it refuses", "When it fails"] {
        #expect(opener.contains("\n// \(question): "), "\(module) does not say: \(question)")
      }
    }
  }

  @Test("Every file that CONTRIBUTING.md sends somebody to is there")
  func pointers() throws {
    let pointers = try Repository.text("CONTRIBUTING.md").matches(
      of: #/`((?:Sources|Tests|Fuzz|Benchmarks)\/[^`…<> ]+)`/#
    )
    .map { String($0.1) }
    #expect(pointers.count > 40, "hardly a path is found: they look otherwise than they did")
    for pointer in pointers {
      #expect(FileManager.default.fileExists(atPath: Repository.path(pointer)), "there is no \(pointer)")
    }
  }

  @Test("No file is too long to be read at a sitting, and none is a drawer")
  func sizes() throws {
    let drawers: Set = [
      "utils", "util", "utilities", "helper", "helpers", "types", "common", "misc", "shared", "extensions",
    ]
    for root in ["Sources", "Tests"] {
      let files = try FileManager.default.subpathsOfDirectory(atPath: Repository.path(root))
      for file in files {
        let name = (file as NSString).lastPathComponent.split(separator: ".").first ?? ""
        #expect(!drawers.contains(name.lowercased()), "\(root)/\(file)")
        guard file.hasSuffix(".swift") else { continue }
        let lines = try Repository.text("\(root)/\(file)").count { $0.isNewline }
        #expect(lines <= HouseTests.longestFile, "\(root)/\(file) has \(lines) lines")
      }
    }
  }

  private func modules() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Repository.path("Sources")).filter { !$0.contains(".") }
  }
}
