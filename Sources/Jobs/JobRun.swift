import Ledger
import Logging
import Mistakes
import Relay
import SQL
import Time

/// Runs a job's steps in order and says what they did.
public struct JobRun {
  /// Stands in reports beside the steps' names, where there is something to say.
  private static let witness = "witness"

  private let context: StageContext
  private let stop: StopSignal
  private let stages: [any Stage]
  private let witness: WitnessFile?
  private let book: RunBookFile?
  /// Nil: there is no deadline, and each step takes what it needs.
  private let time: RunTime?
  /// How far ahead the ledger's moments may lie.
  private let bounds: MomentBounds

  /// Of one run; a run that begins later is made anew, with its own stop signal. Without a deadline.
  public init(_ stages: Stages) {
    self.init(
      stages.context, stages.all, stages.deliver.bounds, stop: stages.stop, witness: stages.witness, book: stages.book)
  }

  /// Of one run whose steps share the time until its deadline (rule E4).
  /// - Parameters:
  ///   - deadline: seconds from the run's beginning; when it has come, the caller sets the stop signal.
  ///   - elapsed: since the run's beginning, by a clock that does not step.
  public init(_ stages: Stages, deadline: Int64, elapsed: @escaping @Sendable () -> Duration) {
    let time = RunTime(deadline: .seconds(deadline), elapsed: elapsed)
    var stages = stages
    stages.context = time.shared(by: stages.context)
    self.init(
      stages.context, stages.all, stages.deliver.bounds, stop: stages.stop, witness: stages.witness, book: stages.book,
      time)
  }

  /// With stages of the caller's own; of two with one step, the first is taken.
  init(
    _ context: StageContext, _ stages: [any Stage], _ bounds: MomentBounds = DeliverStage.Settings().bounds,
    stop: StopSignal, witness: WitnessFile? = nil, book: RunBookFile? = nil, _ time: RunTime? = nil
  ) {
    self.context = context
    self.bounds = bounds
    self.stop = stop
    self.stages = stages
    self.witness = witness
    self.book = book
    self.time = time
  }

  /// Runs the steps until they are done, the stop signal is set, or one cannot go on. What a step has committed stays;
  /// the next run goes on there.
  ///
  /// What lasts is told when it begins, grows and ends (rule E5), all else in each run; the exit status is that of what
  /// stands, told or not.
  /// - Parameters:
  ///   - tellsAll: what stands is told whether or not it was told before: to somebody who looks on.
  ///   - remarks: asked at the end, with the seconds that the run took: what else there is to tell.
  /// - Throws: what nobody foresaw, after what the steps had to say is told.
  public func run(
    job: String, steps: [Step], tellsAll: Bool = false, remarks: (_ seconds: Int64) throws -> [String] = { _ in [] }
  ) throws -> RunReport {
    let startedAt = context.now()
    var reports: [StepReport] = []
    var bug: (any Error)?
    let restored = checkWitness()
    if let restored { reports.append(restored) }
    /// False if the run cannot go on.
    func take(_ name: String, _ body: (inout StepReport) throws -> Void) -> Bool {
      var report = StepReport(name)
      defer { if name != ClockCheck.name || report.isTelling { reports.append(report) } }
      do {
        try body(&report)
        leaveWord(&report)
        return true
      } catch {
        // What it did before is done: mails that went out in a run that failed are mails that went out.
        leaveWord(&report)
        report.status = ExitStatus(error)
        if report.status == .software { bug = error } else { report.troubles += troubles(of: error, in: name) }
        return false
      }
    }
    var goesOn =
      restored == nil && take(ClockCheck.name) { try ClockCheck(context: context, bounds: bounds).run(&$0) }
    for (index, step) in steps.enumerated() where goesOn && !stop.requested {
      time?.begin(later: steps[(index + 1)...].map(hasWork))
      goesOn = take(step.rawValue) { report in
        try run(step, &report)
        // It made room for later ones.
        if time?.end() == true { report.status = .worse(report.status, .workLeft) }
      }
    }
    if bug == nil, let last = reports.indices.last {
      append({ SetAside.words(of: try context.ledger.tellSetAside()) }, to: &reports[last])
      append({ try remarks(context.now() - startedAt) }, to: &reports[last])
    }
    // At the end, so that what several steps have to say stands together in cron's mail.
    let standing = tell(reports, of: job, steps, tellsAll: tellsAll)
    if let bug { throw bug }
    let status = reports.map(\.status).reduce(stop.requested ? .worse(standing, .workLeft) : standing, ExitStatus.worse)
    var report = RunReport(job: job, startedAt: startedAt, endedAt: context.now(), steps: reports, status: status)
    if report.isEventful { try remember(&report) }
    return report
  }

  /// Looks whether the ledger was restored from a backup (rule E3). Then no step is taken until the admin's word: what
  /// was sent since would be sent again, and what was not would not.
  /// - Returns: what is told instead of the steps; nil where all is well.
  private func checkWitness() -> StepReport? {
    guard let witness else { return nil }
    var report = StepReport(JobRun.witness)
    do {
      if let last = try witness.follow(context.ledger, now: context.now()) {
        try context.ledger.holdRestored(last, now: context.now())
      }
      guard let hold = try context.ledger.holds().first(where: { $0.kind == .ledger }) else { return nil }
      report.troubles.append(
        Trouble(
          .restoredLedger, "The ledger was restored from a backup: \(hold.reason)",
          advice: """
            Nothing is done until you say how to go on: `watchpost resume --from TIME`, the time until which its mails \
            had gone out; `--from now` for all of them, `--from all` for none.
            """, status: .workLeft))
    } catch {
      report.troubles += troubles(of: error, in: report.step)
    }
    return report
  }

  /// Leaves word of what a step has committed.
  private func leaveWord(_ report: inout StepReport) {
    guard let witness, report.counts.contains(where: { $0.value != 0 && !$0.isWaiting }) else { return }
    do {
      try witness.leave(context.ledger, now: context.now())
    } catch {
      meet(error, &report)
    }
  }

  /// Whether something waits for a step.
  private func hasWork(_ step: Step) -> RunTime.Question {
    let (context, hasWork) = (context, stage(step).hasWork)
    return { try hasWork(context) }
  }

  private func stage(_ step: Step) -> any Stage {
    guard let stage = stages.first(where: { type(of: $0).step == step }) else {
      preconditionFailure("there is no step \(step)")
    }
    return stage
  }

  /// One for each thing that somebody has to see to.
  private func troubles(of error: any Error, in step: String) -> [Trouble] {
    let words = (error as? ConfigurationError)?.mistakes.map(\.description) ?? ["\(error)"]
    return words.enumerated().map { index, words in
      Trouble(.step, named: index == 0 ? step : "\(step) \(index + 1)", words, status: ExitStatus(error))
    }
  }

  /// Adds an error that does not end a step; what its report says already is not said twice.
  private func meet(_ error: any Error, _ report: inout StepReport) {
    report.troubles += troubles(of: error, in: report.step).filter { new in
      !report.troubles.contains { $0.isSame(as: new) || $0.what == new.what }
    }
  }

  /// Adds what is to be told once: rows of the forum that cannot be read or used (rule E1), and remarks.
  private func append(_ words: () throws -> [String], to report: inout StepReport) {
    do {
      report.warnings += try words()
    } catch {
      // The ledger has gone since the step: what is untold is told by the next run.
      meet(error, &report)
    }
  }

  /// Tells what happened in this run, and of what lasts that which was not told yet.
  /// - Returns: the status that what stands makes of the run.
  private func tell(_ reports: [StepReport], of job: String, _ steps: [Step], tellsAll: Bool) -> ExitStatus {
    for step in reports { for words in step.warnings { tell(words, of: step.step) } }
    let met = reports.flatMap { report in
      report.troubles.map { trouble in
        var trouble = trouble
        trouble.what = trouble.what.map(context.masked)
        return trouble
      }
    }
    guard let book else {
      for report in reports { for trouble in report.troubles { tell(trouble.words, of: report.step) } }
      return met.map(\.status).reduce(.done, ExitStatus.worse)
    }
    do {
      let now = context.now()
      let (told, status) = try book.change { $0.troubles.take(met, at: now) { look(at: $0, reports, job, steps) } }
      for words in tellsAll ? met.map(\.words) : told { tell(words, of: nil) }
      return status
    } catch {
      // Better every run tells all than none does.
      for words in met.map(\.words) + ["\(error)"] { tell(words, of: nil) }
      return met.map(\.status).reduce(.unavailable, ExitStatus.worse)
    }
  }

  /// What this run can say of a trouble that it did not meet.
  private func look(at trouble: Trouble, _ reports: [StepReport], _ job: String, _ steps: [Step]) -> Trouble.Look {
    switch trouble.topic {
    case .start: return trouble.name == job ? .over : .unknown
    case .step:
      let step = trouble.name.split(separator: " ").first.map(String.init) ?? ""
      if reports.contains(where: { $0.step == step }) { return .over }
      // What comes before the steps has a report only if there is something to say.
      if step == ClockCheck.name || step == JobRun.witness { return .over }
      return steps.contains { $0.rawValue == step } ? .lasts : .unknown
    case .restoredLedger: return .over
    default: return reports.compactMap { $0.looks[trouble.topic] }.first ?? .unknown
    }
  }

  private func tell(_ words: String, of step: String?) {
    context.log.warning("\(context.masked(words))", metadata: step.map { ["step": "\($0)"] })
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
      tell(error.description, of: report.steps[last].step)
      report.status = .worse(report.status, .unavailable)
    }
  }

  /// Takes one step; one that is exclusive only if no other process, on any host, is at it.
  private func run(_ step: Step, _ report: inout StepReport) throws {
    let stage = stage(step)
    guard type(of: stage).isExclusive else { return try stage.run(&report) }
    // Into the report itself, not a copy: what it did before an error stays in it.
    let isOurs: Void? = try context.ledger.exclusively(step.rawValue) { try stage.run(&report) }
    if isOurs == nil { report.count("done elsewhere", 1, isWaiting: true) }
  }
}
