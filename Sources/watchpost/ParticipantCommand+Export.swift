import ArgumentParser
import Foundation
import Glibc
import Jobs
import Ledger

extension ParticipantCommand {
  /// `watchpost participant export PERSON`: all that is kept of somebody, for them.
  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write down all that is kept of somebody, as JSON.",
      discussion: """
        One object: `exported`, `participant` as the forum has them, and a list for each matter: preferences, watches, \
        suppressions, posts, decisions, messages, attempts, failures, events, received mail, replies, sign-ins, audit \
        entries, and so on. What others wrote or are named by is left out: mail as it came, what replies quoted, which \
        admin gave a command, and in which words why. What the forum keeps besides, the forum has to tell.
        """)
    @OptionGroup var about: PersonArgument
    @Option(
      help: ArgumentHelp("A new file, which its owner alone may read; default: standard output.", valueName: "file"))
    var output: String?
    @OptionGroup var option: ConfigurationOption

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(option)
        let known = try KnownPerson(about.person, installation)
        let person = try installation.ledger.people(keys: [known.key], isRecording: false)[known.key]
        if person?.isErased == true {
          throw Failure(.usage, "they were erased, and nothing is kept that tells who they were")
        }
        guard let output else { return try write(known, person, installation) { try put($0, to: STDOUT_FILENO) } }
        let file = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
          throw Failure(.usage, "--output: \(output): \(String(cString: strerror(errno)))")
        }
        do {
          try write(known, person, installation) { try put($0, to: file) }
          guard Glibc.close(file) == 0 else { throw unwritable }
        } catch {
          // Half of it would look like all of it.
          unlink(output)
          throw error
        }
      }
    }

    /// Rows that are in memory at once.
    private static let page = 1000

    private func write(
      _ known: KnownPerson, _ person: Person?, _ installation: Installation, _ put: (String) throws -> Void
    ) throws {
      try put("{\"exported\":\(jsonLine(installation.now().description)),\n\"key\":\(jsonLine(known.key))")
      if let participant = known.participant {
        try put(",\n\"participant\":\(jsonLine(installation.members.report(of: participant)))")
      }
      for section in Ledger.exportSections {
        try put(",\n\"\(section.name)\":[")
        var (isFirst, after) = (true, [Int64]?.none)
        while let person {
          let page = try installation.ledger.export(section, of: person, after: after, limit: Self.page)
          for row in page.rows {
            try put((isFirst ? "\n" : ",\n") + jsonLine(row))
            isFirst = false
          }
          guard let next = page.next else { break }
          after = next
        }
        try put("]")
      }
      try put("}\n")
    }

    private var unwritable: Failure {
      Failure(.unavailable, "\(output ?? "standard output"): \(String(cString: strerror(errno)))")
    }

    private func put(_ text: String, to file: Int32) throws {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        if count > 0 { rest = rest.dropFirst(count) } else if count < 0, errno != EINTR { throw unwritable }
      }
    }
  }
}
