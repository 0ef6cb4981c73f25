import Composition
import Delivery
import Forum
import Ledger
import Logging
import Mail
import SQL

/// The parts that a job's steps are made of, put together from the settings by whoever starts it.
public struct Stages: Sendable {
  public var context: StageContext
  public var collect: CollectStage.Settings
  public var digest: DigestStage.Settings
  public var deliver: DeliverStage.Settings
  public var prune: PruneStage.Settings
  /// Asked for only when there is something to compose.
  public var composer: @Sendable () throws -> Composer
  /// Asked for only when there is something to send.
  public var transport: @Sendable () throws -> any Transport
  public var stop: StopSignal
  public var random: @Sendable () -> Double

  public init(
    context: StageContext, collect: CollectStage.Settings, digest: DigestStage.Settings,
    deliver: DeliverStage.Settings, prune: PruneStage.Settings, composer: @escaping @Sendable () throws -> Composer,
    transport: @escaping @Sendable () throws -> any Transport, stop: StopSignal,
    random: @escaping @Sendable () -> Double
  ) {
    self.context = context
    self.collect = collect
    self.digest = digest
    self.deliver = deliver
    self.prune = prune
    self.composer = composer
    self.transport = transport
    self.stop = stop
    self.random = random
  }
}

/// A step of a job.
public enum Step: String, Sendable, CaseIterable {
  case collect
  case fanOut = "fan-out"
  case digest
  case deliver
  case prune
}

/// Runs a job's steps in order and says what they did.
public struct JobRun: Sendable {
  let stages: Stages

  public init(_ stages: Stages) { self.stages = stages }

  /// Runs the steps until they are done, the stop signal is set, or one finds the forum or the ledger unusable. What a
  /// step has committed stays; the next run goes on there.
  public func run(job: String, steps: [Step]) throws -> RunReport {
    let now = stages.context.now
    let startedAt = now()
    var reports: [StepReport] = []
    var status = ExitStatus.done
    loop: for step in steps {
      if stages.stop.requested {
        status = .workLeft
        break loop
      }
      var report = StepReport(step.rawValue, [])
      let trouble = try whatIsDown { try run(step, &report) }
      if let trouble {
        report.warnings.append(trouble)
        report.status = .unavailable
      }
      reports.append(report)
      status = worse(status, report.status)
      if trouble != nil { break loop }
    }
    if stages.stop.requested, status == .done { status = .workLeft }
    for step in reports {
      for warning in step.warnings {
        stages.context.log.warning("\(stages.context.masked(warning))", metadata: ["step": "\(step.step)"])
      }
    }
    let report = RunReport(job: job, startedAt: startedAt, endedAt: now(), steps: reports, status: status)
    if report.isEventful { try record(report) }
    return report
  }

  /// What the admin is told if the forum or the ledger turns out to be unusable; nil if all went well.
  private func whatIsDown(_ body: () throws -> Void) throws -> String? {
    do {
      try body()
      return nil
    } catch let error as SourceUnavailable {
      return error.description
    } catch let error as DatabaseError where error.kind == .unavailable {
      return error.description
    }
  }

  /// A ledger that cannot be used is in the report already; there is nowhere else to write it down.
  private func record(_ report: RunReport) throws {
    do {
      try stages.context.ledger.record(
        job: report.job, startedAt: report.startedAt, endedAt: report.endedAt, exitCode: Int(report.status.rawValue),
        report: report.json)
    } catch let error as DatabaseError where error.kind == .unavailable && report.status == .unavailable {}
  }

  /// What cannot be used outweighs what is merely left.
  private func worse(_ a: ExitStatus, _ b: ExitStatus) -> ExitStatus {
    if a == .unavailable || b == .unavailable { return .unavailable }
    return a == .done ? b : a
  }

  /// Fills in what the step did, also when it throws half-way and its mails are out.
  private func run(_ step: Step, _ report: inout StepReport) throws {
    switch step {
    case .collect: report = try alone(step, collect)
    case .fanOut: report = try alone(step, fanOut)
    case .digest: report = try alone(step, digest)
    case .deliver: try deliver(&report)
    case .prune: report = try alone(step, prune)
    }
  }

  /// A step that one process at a time takes; where another machine is at it, this one goes on to the next.
  private func alone(_ step: Step, _ body: () throws -> StepReport) throws -> StepReport {
    try stages.context.ledger.exclusively(step.rawValue, body)
      ?? StepReport(step.rawValue, [], waiting: [("done elsewhere", 1)])
  }

  private func collect() throws -> StepReport {
    let report = try CollectStage(stages.context, stages.collect).runOnce()
    var warnings: [String] = []
    if report.held > 0 {
      warnings.append(
        """
        \(report.held) new posts at once are more than collect.flood_limit (\(stages.collect.floodLimit)) allows; they are \
        held. Look at them, then let them go with `watchpost release flood`.
        """)
    }
    return StepReport(
      "collect",
      [
        ("seen", report.seen), ("journalled", report.journalled), ("restored", report.restored), ("held", report.held),
      ], waiting: [("resting", report.resting), ("pending", report.pending)], warnings: warnings,
      status: report.held > 0 ? .workLeft : .done)
  }

  private func fanOut() throws -> StepReport {
    let report = try FanOutStage(stages.context).runOnce()
    return StepReport(
      "fan-out",
      [("posts", report.posts), ("instant", report.instant), ("digest", report.digest), ("skipped", report.skipped)])
  }

  private func digest() throws -> StepReport {
    let report = try DigestStage(stages.context, stages.digest, composer: stages.composer).runOnce()
    return StepReport(
      "digest",
      [
        ("digests", report.digests), ("parts", report.parts), ("moved", report.moved),
        ("last calls", report.lastCalls),
      ])
  }

  private func deliver(_ step: inout StepReport) throws {
    var report = DeliverStage.Report()
    defer { step = self.step(report) }
    try DeliverStage(
      stages.context, stages.deliver, composer: stages.composer, transport: stages.transport, stop: stages.stop,
      random: stages.random
    ).run(&report)
  }

  private func step(_ report: DeliverStage.Report) -> StepReport {
    let isDown = report.trouble != nil || report.pausedUntil != nil
    let isLeft = report.sent == 0 && report.lastRelayRefusal != nil
    let rescued = report.rescued.uncertain + report.rescued.held
    return StepReport(
      "deliver",
      [
        ("sent", report.sent), ("deferred", report.deferred), ("failed", report.failed),
        ("expired", report.expired), ("uncertain", report.uncertain), ("held", report.held),
        ("uncomposed", report.uncomposed), ("withheld", report.withheld), ("folded", report.folded),
        ("unsent", report.unsent),
        ("rescued", report.rescued.returned + rescued),
      ], warnings: warnings(report),
      status: isDown
        ? .unavailable : isLeft || report.held + report.uncomposed + report.rescued.held > 0 ? .workLeft : .done)
  }

  private func warnings(_ report: DeliverStage.Report) -> [String] {
    var warnings: [String] = []
    if let trouble = report.trouble { warnings.append(trouble) }
    if let until = report.pausedUntil { warnings.append("The relay is left alone until \(until).") }
    warnings += refusals(report)
    for domain in report.heldDomains {
      warnings.append(
        "\(domain) refuses our mail by policy; mail for it is held. When that is settled: `watchpost release \(domain)`."
      )
    }
    if report.held > 0, report.heldDomains.isEmpty {
      warnings.append(
        "The fate of \(report.held) messages is unknown; they are held. To send them again: `watchpost release uncertain`."
      )
    }
    if let reason = report.uncomposedBecause {
      warnings.append(
        """
        \(report.uncomposed) messages cannot be composed and are held: \(reason). Then: `watchpost release uncomposed`.
        """)
    }
    let rescued = report.rescued.uncertain + report.rescued.held
    if rescued > 0 {
      warnings.append(
        "A run died; the fate of \(rescued) messages is unknown (\(report.rescued.held) held).")
    }
    return warnings
  }

  /// A run whose mails were all refused: if its relay is not what it should be, nobody else will say so.
  private func refusals(_ report: DeliverStage.Report) -> [String] {
    guard report.sent == 0, report.trouble == nil else { return [] }
    var warnings: [String] = []
    if let answer = report.lastRelayRefusal {
      warnings.append("The relay refused what it was given for reasons of its own, and will be asked again: \(answer)")
    }
    if report.failed > 1, let answer = report.lastFailure {
      warnings.append(
        "None of the mails of this run was taken, \(report.failed) failed for good, the last with: \(answer)")
    }
    return warnings
  }

  private func prune() throws -> StepReport {
    let report = try PruneStage(stages.context, stages.prune).runOnce()
    return StepReport(
      "prune",
      [
        ("attempts", report.attempts), ("decisions", report.decisions), ("digests", report.digests),
        ("runs", report.runs),
      ])
  }
}
