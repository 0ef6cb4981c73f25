import Forum
import Logging
import Relay
import SQL

/// Runs a job's steps in order and says what they did.
public struct JobRun {
  private let context: StageContext
  private let stop: StopSignal
  private let stages: [any Stage]

  /// Of one run; a run that begins later is made anew, with its own stop signal.
  public init(_ stages: Stages) {
    self.init(stages.context, stages.all, stop: stages.stop)
  }

  /// With stages of the caller's own; of two with one step, the first is taken.
  init(_ context: StageContext, _ stages: [any Stage], stop: StopSignal) {
    self.context = context
    self.stop = stop
    self.stages = stages
  }

  /// Runs the steps until they are done, the stop signal is set, or one finds the forum or the ledger unusable. What a
  /// step has committed stays; the next run goes on there.
  public func run(job: String, steps: [Step]) throws -> RunReport {
    let startedAt = context.now()
    var reports: [StepReport] = []
    var status = ExitStatus.done
    loop: for step in steps {
      if stop.requested {
        status = .workLeft
        break loop
      }
      var report = StepReport(step.rawValue)
      let trouble = try self.trouble { try run(step, &report) }
      if let trouble {
        report.warnings.append(trouble.words)
        report.status = trouble.status
      }
      reports.append(report)
      status = worse(status, report.status)
      if trouble != nil { break loop }
    }
    if stop.requested, status == .done { status = .workLeft }
    // At the end, so that what several steps have to say stands together in cron's mail.
    for step in reports {
      for warning in step.warnings {
        context.log.warning("\(context.masked(warning))", metadata: ["step": "\(step.step)"])
      }
    }
    let report = RunReport(job: job, startedAt: startedAt, endedAt: context.now(), steps: reports, status: status)
    if report.isEventful { try remember(report) }
    return report
  }

  /// What the admin is told if the forum or the ledger turns out to be of no use; nil if all went well. What heals by
  /// waiting is `unavailable`; what somebody has to mend is not.
  private func trouble(_ body: () throws -> Void) throws -> (words: String, status: ExitStatus)? {
    do {
      try body()
      return nil
    } catch let error as ForumError {
      switch error.kind {
      case .unavailable: return (error.description, .unavailable)
      case .query, .row, .key: return (error.description, .configuration)
      }
    } catch let error as DatabaseError where error.kind == .unavailable {
      return (error.description, .unavailable)
    }
  }

  /// A ledger that cannot be used is in the report already; there is nowhere else to write it down.
  private func remember(_ report: RunReport) throws {
    do {
      try context.ledger.recordRun(
        job: report.job, startedAt: report.startedAt, endedAt: report.endedAt, exitCode: Int(report.status.rawValue),
        report: report.json)
    } catch let error as DatabaseError where error.kind == .unavailable && report.status == .unavailable {}
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
