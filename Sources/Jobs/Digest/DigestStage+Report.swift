extension DigestStage: Stage {
  public static let step = Step.digest
  public static let isExclusive = true

  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("digests", report.digests)
    step.count("parts", report.parts)
    step.count("moved", report.moved)
    step.count("last calls", report.lastCalls)
  }
}

extension Step {
  /// Write the digests that are due.
  public static let digest = Step(rawValue: "digest")
}
