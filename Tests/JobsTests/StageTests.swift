import Forum
import Identifiers
import Ledger
import Mistakes
import SQL
import TestSupport
import Testing

@testable import Jobs

/// A stage that does what a test says.
private struct ScriptedStage<Name: StageName>: Stage {
  static var step: Step { Name.step }
  static var isExclusive: Bool { Name.isExclusive }
  var script: @Sendable (inout StepReport) throws -> Void
  func run(_ report: inout StepReport) throws { try script(&report) }
}

private protocol StageName {
  static var step: Step { get }
  static var isExclusive: Bool { get }
}

private enum First: StageName {
  static let step = Step(rawValue: "first")
  static let isExclusive = false
}

private enum Second: StageName {
  static let step = Step(rawValue: "second")
  static let isExclusive = true
}

/// A database that writes nothing any more.
private struct ReadOnlyDatabase: SQL.Database {
  let base: any SQL.Database
  var dialect: Dialect { base.dialect }
  func read<T>(_ body: (any Connection) throws -> T) throws -> T { try base.read(body) }
  func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    throw DatabaseError(.unavailable, "the disk is full")
  }
  func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? { try base.exclusively(name, body) }
  func clock() throws -> Int64? { try base.clock() }
}

@Suite("Stages and what a run makes of them")
struct StageTests {
  /// Runs one stage that others may do meanwhile, then one that only one process does at a time.
  private func run(
    _ first: @escaping @Sendable (inout StepReport) throws -> Void,
    _ second: @escaping @Sendable (inout StepReport) throws -> Void = { _ in }, on site: TestSite? = nil
  ) throws -> RunReport {
    let site = try site ?? TestSite()
    let stages: [any Stage] = [ScriptedStage<First>(script: first), ScriptedStage<Second>(script: second)]
    return try JobRun(site.context, stages, stop: site.stop).run(job: "own", steps: [First.step, Second.step])
  }

  @Test("O5: every stage has a step of its own, and a job's file may name exactly those")
  func steps() throws {
    let stages = try TestSite().stages.all
    #expect(stages.map { type(of: $0).step } == Stages.steps)
    #expect(Set(Stages.steps).count == Stages.steps.count)
    #expect(
      Stages.steps.map(\.description) == [
        "collect", "fan-out", "digest", "deliver", "prune", "receive", "handle", "post", "probe",
      ])
    #expect(stages.filter { !type(of: $0).isExclusive }.map { type(of: $0).step } == [.deliver])
  }

  @Test("O2: a run takes the stages that it is given, in the order of its steps, and tells what each counted")
  func order() throws {
    let report = try run({ $0.count("one", 1) }, { $0.count("two", 2) })
    #expect(report.line == "own: first one 1; second two 2 (0 s)" && report.status == .done)
    let site = try TestSite()
    let backwards = try JobRun(
      site.context, [ScriptedStage<Second> { _ in }, ScriptedStage<First> { _ in }], stop: site.stop
    ).run(job: "own", steps: [First.step, Second.step])
    #expect(backwards.steps.map(\.step) == ["first", "second"])
  }

  @Test(
    "O2: what a stage did before it failed is in the report, and later steps are not taken", arguments: [true, false])
  func failsHalfWay(isExclusive: Bool) throws {
    let half: @Sendable (inout StepReport) throws -> Void = {
      $0.count("done", 3)
      $0.warnings.append("something is odd")
      throw ForumError(.row, "post 7 has no author")
    }
    let report = isExclusive ? try run({ _ in }, half) : try run(half)
    #expect(report.steps.last?.step == (isExclusive ? "second" : "first"))
    #expect(report.steps.last?.count("done") == 3)
    #expect(report.steps.last?.words == ["something is odd", "post 7 has no author"])
    #expect(report.steps.last?.status == .configuration && report.status == .configuration)
  }

  @Test(
    "O2: a forum that heals by waiting is 69, one that somebody has to mend 78",
    arguments: zip(
      [ForumError.Kind.unavailable, .query, .row, .key],
      [Jobs.ExitStatus.unavailable, .configuration, .configuration, .configuration]))
  func forumErrors(_ kind: ForumError.Kind, _ status: Jobs.ExitStatus) throws {
    let site = try TestSite()
    let report = try run({ _ in throw ForumError(kind, "in words") }, on: site)
    #expect(report.status == status && report.steps.map(\.words) == [["in words"]])
    #expect(try site.ledger.lastRuns().first?.exitCode == Int(status.rawValue))
  }

  @Test(
    "O2: what is wrong in an admin's file is 78, mistake by mistake, and hides nothing that earlier steps warned of")
  func mistakes() throws {
    let site = try TestSite()
    let error = ConfigurationError([
      Mistake("words.fr", line: 3, "no phrase"), Mistake("words.fr", line: 9, "no partner"),
    ])
    let report = try run({ $0.warnings.append("something is odd") }, { _ in throw error }, on: site)
    #expect(report.status == .configuration)
    #expect(report.steps.map(\.words) == [["something is odd"], error.mistakes.map(\.description)])
    #expect(try site.ledger.lastRuns().first?.exitCode == 78)
  }

  @Test("O2: a ledger that goes when the run is written down is 69, and the report says all the same what was done")
  func notWrittenDown() throws {
    let site = try TestSite()
    var context = site.context
    context.members.ledger = Ledger(ReadOnlyDatabase(base: site.fixture.ledgerFile))
    let stage = ScriptedStage<First> { $0.count("done", 3) }
    let report = try JobRun(context, [stage], stop: site.stop).run(job: "own", steps: [First.step])
    #expect(report.status == .unavailable)
    #expect(report.steps.first?.count("done") == 3 && report.steps.first?.words == ["the disk is full"])
  }

  @Test("O2: a ledger that cannot be used is 69; any other error of a database, and every bug, ends the run itself")
  func otherErrors() throws {
    #expect(try run({ _ in throw DatabaseError(.unavailable, "locked") }).status == .unavailable)
    #expect(throws: DatabaseError.self) { try run { _ in throw DatabaseError(.constraint, "two of them") } }
    #expect(throws: CancellationError.self) { try run({ _ in }, { _ in throw CancellationError() }) }
  }

  @Test(
    "O2: of two steps' statuses the one that asks for a person outweighs the one that heals, and that what is left",
    arguments: [
      ([Jobs.ExitStatus.done, .done], Jobs.ExitStatus.done), ([.done, .workLeft], .workLeft),
      ([.workLeft, .done], .workLeft),
      ([.workLeft, .unavailable], .unavailable), ([.unavailable, .workLeft], .unavailable),
      ([.unavailable, .configuration], .configuration), ([.configuration, .unavailable], .configuration),
      ([.configuration, .workLeft], .configuration), ([.configuration, .done], .configuration),
    ])
  func outweighs(_ steps: [Jobs.ExitStatus], _ status: Jobs.ExitStatus) throws {
    let report = try run({ $0.status = steps[0] }, { $0.status = steps[1] })
    #expect(report.status == status && report.steps.map(\.status) == steps)
  }

  @Test(
    "O1: an exclusive step that another process is at is left to it; one that is not exclusive is taken all the same",
    .enabled(if: TestDatabase.isPostgres, "on SQLite all runs are this machine's, and the job's lock parts them"))
  func elsewhere() throws {
    let site = try TestSite()
    let other = try site.fixture.anotherLedger()
    let outcome: RunReport? = try other.exclusively("second") {
      try run({ $0.count("one", 1) }, { $0.count("two", 2) }, on: site)
    }
    let report = try #require(outcome)
    #expect(report.steps.first?.count("one") == 1)
    #expect(report.steps.last?.count("two") == 0 && report.steps.last?.count("done elsewhere") == 1)
    #expect(report.status == .done)
  }

  @Test("O3: what merely waits makes no run eventful; what was done, or a status, does")
  func eventful() throws {
    #expect(try !run({ $0.count("one", 1, isWaiting: true) }).isEventful)
    #expect(try !run({ $0.count("one", 0) }).isEventful)
    #expect(try run({ $0.count("one", 1) }).isEventful)
    #expect(try run({ $0.status = .workLeft }).isEventful)
  }
}
