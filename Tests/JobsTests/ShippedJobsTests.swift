import Foundation
import Jobs
import Settings
import Testing
import Time

/// The jobs' files that come with Watchpost, and the steps that there are.
@Suite struct ShippedJobsTests {
  private let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test("O5: the jobs that come with Watchpost load and cover every step")
  func shippedJobs() throws {
    let jobs = try ["dispatch", "digest", "inbound", "maintain"].map {
      try JobFile(file: repository.appending(path: "jobs/\($0).yaml").path(), steps: Stages.steps.map(\.rawValue))
    }
    #expect(jobs.map(\.name) == ["dispatch", "digest", "inbound", "maintain"])
    #expect(jobs[0].steps == ["collect", "fan-out", "deliver"])
    #expect(jobs[0].deadline == .minutes(4))
    #expect(jobs.map(\.lock) == ["dispatch", "digest", "inbound", "maintain"])
    #expect(Set(jobs.flatMap(\.steps)) == Set(Stages.steps.map(\.rawValue)))
  }

  @Test("E6: crontab.example starts each job as often as its file says, and no others")
  func crontab() throws {
    let lines = try String(contentsOf: repository.appending(path: "crontab.example"), encoding: .utf8).split(
      separator: "\n")
    let entries = lines.compactMap { $0.firstMatch(of: /^(\S+) +(\S+) +\* +\* +\* +watchpost run (\S+)$/) }
    #expect(entries.count == lines.count { $0.contains("watchpost run ") && !$0.hasPrefix("#") })
    var longest: [String: Int64] = [:]
    for entry in entries {
      let starts = try (0..<48 * 60).filter { minute in
        try fits(minute % 60, entry.1, below: 60) && fits(minute / 60 % 24, entry.2, below: 24)
      }
      longest[String(entry.3)] = zip(starts, starts.dropFirst()).map { Int64($1 - $0) * 60 }.max()
    }
    let files = try ["dispatch", "digest", "inbound", "maintain"].map {
      try JobFile(file: repository.appending(path: "jobs/\($0).yaml").path(), steps: Stages.steps.map(\.rawValue))
    }
    #expect(longest == Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.every!.seconds) }))
  }

  /// Whether a number is of a field of a crontab: `*`, `7`, or either or a span with a step.
  private func fits(_ value: Int, _ field: Substring, below bound: Int) throws -> Bool {
    let match = try #require(field.wholeMatch(of: /(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?/))
    let first = match.1.flatMap { Int($0) } ?? 0
    let last = match.2.flatMap { Int($0) } ?? (match.1 == nil ? bound - 1 : first)
    return (first...last).contains(value) && (value - first).isMultiple(of: match.3.flatMap { Int($0) } ?? 1)
  }

  @Test("a job's file may name every stage that there is, and nothing else")
  func everyStage() throws {
    let site = try TestSite()
    #expect(site.stages.all.map { type(of: $0).step } == Stages.steps)
    #expect(Set(Stages.steps).count == Stages.steps.count)
  }
}
