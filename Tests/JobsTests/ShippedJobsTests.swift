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
    let jobs = try ["dispatch", "digest", "maintain"].map {
      try JobFile(file: repository.appending(path: "jobs/\($0).yaml").path(), steps: Stages.steps.map(\.rawValue))
    }
    #expect(jobs.map(\.name) == ["dispatch", "digest", "maintain"])
    #expect(jobs[0].steps == ["collect", "fan-out", "deliver"])
    #expect(jobs[0].deadline == .minutes(4))
    #expect(jobs.map(\.lock) == ["dispatch", "digest", "maintain"])
    #expect(Set(jobs.flatMap(\.steps)) == Set(Stages.steps.map(\.rawValue)))
  }

  @Test("a job's file may name every stage that there is, and nothing else")
  func everyStage() throws {
    let site = try TestSite()
    #expect(site.stages.all.map { type(of: $0).step } == Stages.steps)
    #expect(Set(Stages.steps).count == Stages.steps.count)
  }
}
