import ArgumentParser
import Board
import Forum
import Foundation
import Jobs
import Stories

extension ForumCommand {
  /// `watchpost forum import FILE.csv`
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take people in from a file of comma-separated values.",
      discussion: """
        The file is CSV in UTF-8, and its first line names the columns: name and address, and if you like language, \
        zone, country, roles, discussions; several roles or discussions in a cell are separated by semicolons. A person \
        is known by the address: somebody who is there already is changed to what the file says, and given its roles \
        and memberships; an empty cell changes nothing, and nothing is taken away. To import a file twice is to import \
        it once.

        If a row is wrong none is imported; each is told with its line and what to write.
        """)
    @Argument(help: "The file; `-` is standard input.", completion: .file(extensions: ["csv"]))
    var file: String
    @Flag(help: "Only tell what would be done.")
    var dryRun = false
    @Flag(help: "Import the good rows though others are wrong.")
    var skipBad = false
    @Option(help: "Why, for the audit log.")
    var reason: String?
    @OptionGroup var option: ConfigurationOption
    @Flag(
      help:
        "As JSON: an object with added, changed, unchanged, dryRun, imported, and mistakes, each with line and words.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let board = try installation.embeddedBoard()
        let people = try board.peopleFile(try octets())
        let isReadable = !people.mistakes.contains(where: \.isFatal)
        let mayWrite = isReadable && (people.mistakes.isEmpty || skipBad)
        let done =
          isReadable
          ? try board.take(people.people, isDry: dryRun || !mayWrite, isSkipping: skipBad) : ImportReport()
        let mistakes = (people.mistakes + done.mistakes).sorted { $0.line < $1.line }
        let isImported = mayWrite && !dryRun && (done.mistakes.isEmpty || skipBad)
        if isImported, done.added + done.changed > 0 {
          var report = CommandReport("forum import", (file as NSString).lastPathComponent, reason: reason)
          report.tell(
            "\(done.added) added, \(done.changed) changed, \(mistakes.count) left out", done.added + done.changed)
          try installation.record(report)
        }
        tell(done, mistakes, isImported: isImported)
        if !mistakes.isEmpty, !skipBad || !isReadable { throw ExitCode(ExitStatus.usage.rawValue) }
      }
    }

    private func octets() throws -> [UInt8] {
      do {
        if file == "-" { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
        return Array(try Data(contentsOf: URL(filePath: file)))
      } catch {
        throw Failure(.usage, "\(file): it cannot be read: \((error as NSError).localizedDescription)")
      }
    }

    /// Wrong rows go where errors go.
    private func tell(_ done: ImportReport, _ mistakes: [PeopleFile.Mistake], isImported: Bool) {
      if json {
        return print(
          jsonLine(
            ImportedReport(
              added: done.added, changed: done.changed, unchanged: done.unchanged, dryRun: dryRun, imported: isImported,
              mistakes: mistakes.map { .init(line: $0.line, words: $0.words) })))
      }
      for one in mistakes.prefix(100) { printError("\(file):\(one.line): \(one.words)") }
      if mistakes.count > 100 { printError("\(file): and \(mistakes.count - 100) rows more") }
      let counts = "\(done.added) added, \(done.changed) changed, \(done.unchanged) unchanged"
      if isImported {
        print(mistakes.isEmpty ? "Imported: \(counts)." : "Imported: \(counts); \(mistakes.count) rows left out.")
        print("Next: watchpost forum list")
      } else if mistakes.isEmpty || skipBad && !mistakes.contains(where: \.isFatal) {
        print("It would be: \(counts). Nothing was imported.\nNext: watchpost forum import \(file.asArgument)")
      } else {
        print("Nothing was imported: \(mistakes.count == 1 ? "a row is" : "\(mistakes.count) rows are") wrong.")
      }
    }
  }
}

/// What an import did; its keys are an interface.
private struct ImportedReport: Encodable {
  struct Mistake: Encodable {
    var line: Int
    var words: String
  }

  var added, changed, unchanged: Int
  var dryRun, imported: Bool
  var mistakes: [Mistake]
}
