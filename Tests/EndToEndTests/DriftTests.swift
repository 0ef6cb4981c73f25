import Foundation
import Jobs
import Testing

/// What is said in two places says the same.
@Suite("Drift", .timeLimit(.minutes(10)))
struct DriftTests {
  @Test("O2: the README's table of exit codes is the program's")
  func exitCodes() throws {
    let readme = try Repository.text("README.md")
    let rows = section("Exit codes", readme).split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
    let table = rows.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(table == ExitStatus.allCases.map { ["\($0.rawValue)", $0.meaning] })
  }

  @Test("O2: the codes in crontab.example and in the root's help are the program's")
  func exitCodesElsewhere() async throws {
    let crontab = try Repository.text("crontab.example")
    let listed = crontab.matches(of: #/(?m)^#   (\d+) +\S/#).compactMap { Int32($0.1) }
    #expect(listed == ExitStatus.allCases.map(\.rawValue))
    let help = try await Program.run(["--help"]).output
    let codes = help.split(separator: "Exit status:").last.map(String.init) ?? ""
    #expect(
      codes.matches(of: #/\b(\d+) /#).compactMap { Int32($0.1) }.prefix(ExitStatus.allCases.count).elementsEqual(
        ExitStatus.allCases.map(\.rawValue)))
  }

  @Test("The README's table of commands names every command there is")
  func commandsInReadme() async throws {
    let table = section("Operate", try Repository.text("README.md"))
    let names = try await subcommands(of: "")
    #expect(names.count >= 9)
    for name in names where !["init", "demo"].contains(name) {
      #expect(table.contains("| `watchpost \(name)"), "\(name) is not in the README's table")
    }
  }

  @Test(
    "Every command that the documents name exists",
    arguments: ["README.md", "crontab.example", "CONTRIBUTING.md", "config/watchpost.yaml", "CHANGELOG.md"])
  func commandsExist(_ document: String) async throws {
    let text = try Repository.text(document)
    let names = Set(
      text.matches(of: #/(?m)(?:`|^|[ \t])watchpost ([a-z]+)(?![a-z.])/#).map {
        String($0.1)
      })
    let known = try await subcommands(of: "") + ["help"]
    let prose: Set<String> = ["is", "and", "starts", "works", "takes"]
    for name in names.subtracting(prose) { #expect(known.contains(name), "\(document) speaks of `watchpost \(name)`") }
  }

  @Test("O5: crontab.example runs every job in jobs/, and no other")
  func crontab() throws {
    let lines = try Repository.text("crontab.example").split(separator: "\n").filter { !$0.hasPrefix("#") }
    let run = lines.compactMap { line in
      line.firstMatch(of: #/watchpost run ([a-z-]+)$/#).map { String($0.1) }
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: Repository.path("jobs"))
    #expect(run.sorted() == files.map { $0.replacing(".yaml", with: "") }.sorted())
  }

  @Test(
    "What `init` places is what the repository shows",
    arguments: [
      "jobs/dispatch.yaml", "jobs/digest.yaml", "jobs/inbound.yaml", "jobs/maintain.yaml",
      "sources/django-machina.yaml",
      "sources/Mappings.md", "pages/EmbeddedForum.md", "pages/Templates.md", "pages/SeveralHosts.md",
      "pages/Backups.md", "pages/Privacy.md",
    ])
  func placedFiles(_ name: String) async throws {
    let site = try await TestInstallation()
    let pages = [
      "Mappings": "ForumSources/ForumSources.docc", "EmbeddedForum": "ForumSources/ForumSources.docc",
      "Templates": "Composition/Composition.docc", "SeveralHosts": "Ledger/Ledger.docc",
      "Backups": "Ledger/Ledger.docc", "Privacy": "Ledger/Ledger.docc",
    ]
    let file = name.split(separator: "/")[1]
    let page = pages[String(file.prefix { $0 != "." })].map { "Sources/\($0)/\(file)" }
    let shown = page ?? (name.hasPrefix("sources") ? "config/\(name)" : name)
    #expect(try String(contentsOfFile: site.directory("site/\(name)"), encoding: .utf8) == Repository.text(shown))
  }

  /// A section of a Markdown document, up to the next heading.
  private func section(_ title: String, _ text: String) -> String {
    guard let start = text.range(of: "## \(title)\n") else { return "" }
    let rest = text[start.upperBound...]
    return String(rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)])
  }
}
