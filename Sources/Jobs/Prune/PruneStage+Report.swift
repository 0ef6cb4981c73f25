extension PruneStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.prune
  /// Two of them would only wait for each other's locks.
  public static let isExclusive = true

  /// Forgets, and says so. Throws what ``PruneStage/runOnce()`` throws; nothing is counted then.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("attempts", report.attempts)
    step.count("decisions", report.decisions)
    step.count("events", report.events)
    step.count("digests", report.digests)
    step.count("notices", report.notices)
    step.count("failures", report.failures)
    step.count("sent texts", report.sentTexts)
    step.count("raw mails", report.raw)
    step.count("runs", report.runs)
    step.count("changes", report.changes)
    step.count("sign-ups", report.signUps)
    step.count("files", report.files)
  }
}

extension Step {
  /// Forget what is old enough.
  public static let prune = Step(rawValue: "prune")
}
