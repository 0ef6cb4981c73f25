import Ledger
import Logging
import Mistakes
import Relay
import SQL

/// Runs a job's steps in order and says what they did.
public struct JobRun {
  private let context: StageContext
  private let stop: StopSignal
  private let stages: [any Stage]
  /// How far ahead the ledger's moments may lie.
  private let bounds: MomentBounds

  /// Of one run; a run that begins later is made anew, with its own stop signal.
  public init(_ stages: Stages) {
    self.init(stages.context, stages.all, stages.deliver.bounds, stop: stages.stop)
  }

  /// With stages of the caller's own; of two with one step, the first is taken.
  init(
    _ context: StageContext, _ stages: [any Stage], _ bounds: MomentBounds = DeliverStage.Settings().bounds,
    stop: StopSignal
  ) {
    self.context = context
    self.bounds = bounds
    self.stop = stop
    self.stages = stages
  }

  /// Runs the steps until they are done, the stop signal is set, or one cannot go on. What a step has committed stays;
  /// the next run goes on there.
  /// - Throws: what nobody foresaw, after what the steps had to say is told.
  public func run(job: String, steps: [Step]) throws -> RunReport {
    let startedAt = context.now()
    var reports: [StepReport] = []
    var bug: (any Error)?
    /// False if the run cannot go on.
    func take(_ name: String, _ body: (inout StepReport) throws -> Void) -> Bool {
      var report = StepReport(name)
      defer { if name != ClockCheck.name || report.isTelling { reports.append(report) } }
      do {
        try body(&report)
        return true
      } catch {
        report.status = ExitStatus(error)
        if report.status == .software { bug = error } else { report.warnings += words(of: error) }
        return false
      }
    }
    var goesOn = take(ClockCheck.name) { try ClockCheck(context: context, bounds: bounds).run(&$0) }
    for step in steps where goesOn && !stop.requested { goesOn = take(step.rawValue) { try run(step, &$0) } }
    // At the end, so that what several steps have to say stands together in cron's mail.
    for step in reports { tell(step.warnings, of: step.step) }
    if let bug { throw bug }
    let status = reports.map(\.status).reduce(stop.requested ? .workLeft : .done, worse)
    var report = RunReport(job: job, startedAt: startedAt, endedAt: context.now(), steps: reports, status: status)
    if report.isEventful { try remember(&report) }
    return report
  }

  /// One sentence for each thing that somebody has to see to.
  private func words(of error: any Error) -> [String] {
    (error as? ConfigurationError)?.mistakes.map(\.description) ?? ["\(error)"]
  }

  private func tell(_ warnings: [String], of step: String) {
    for warning in warnings { context.log.warning("\(context.masked(warning))", metadata: ["step": "\(step)"]) }
  }

  /// Writes the run down. A ledger that cannot be used just then hides nothing of what the steps did: the report is
  /// handed over all the same, and says so unless a step has said it already.
  private func remember(_ report: inout RunReport) throws {
    do {
      try context.ledger.recordRun(
        job: report.job, startedAt: report.startedAt, endedAt: report.endedAt, exitCode: Int(report.status.rawValue),
        report: report.json)
    } catch let error as DatabaseError where error.kind == .unavailable {
      guard report.status != .unavailable, let last = report.steps.indices.last else { return }
      report.steps[last].warnings.append(error.description)
      tell([error.description], of: report.steps[last].step)
      report.status = worse(report.status, .unavailable)
    }
  }

  /// What somebody has to mend outweighs what cannot be used for now, and that what is merely left.
  private func worse(_ a: ExitStatus, _ b: ExitStatus) -> ExitStatus {
    [.configuration, .unavailable].first { a == $0 || b == $0 } ?? (a == .done ? b : a)
  }

  /// Takes one step; one that is exclusive only if no other process, on any host, is at it.
  private func run(_ step: Step, _ report: inout StepReport) throws {
    guard let stage = stages.first(where: { type(of: $0).step == step }) else {
      preconditionFailure("there is no step \(step)")
    }
    guard type(of: stage).isExclusive else { return try stage.run(&report) }
    // Into the report itself, not a copy: what it did before an error stays in it.
    let isOurs: Void? = try context.ledger.exclusively(step.rawValue) { try stage.run(&report) }
    if isOurs == nil { report.count("done elsewhere", 1, isWaiting: true) }
  }
}
