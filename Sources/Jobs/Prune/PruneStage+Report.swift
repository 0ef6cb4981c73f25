extension PruneStage: Stage {
  public static let step = Step.prune
  public static let isExclusive = true

  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("attempts", report.attempts)
    step.count("decisions", report.decisions)
    step.count("digests", report.digests)
    step.count("runs", report.runs)
  }
}

extension Step {
  /// Forget what is old enough.
  public static let prune = Step(rawValue: "prune")
}
