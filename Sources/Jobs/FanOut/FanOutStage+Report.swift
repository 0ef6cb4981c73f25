extension FanOutStage: Stage {
  public static let step = Step.fanOut
  public static let isExclusive = true

  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("posts", report.posts)
    step.count("instant", report.instant)
    step.count("digest", report.digest)
    step.count("skipped", report.skipped)
  }
}

extension Step {
  /// Decide who hears of new posts.
  public static let fanOut = Step(rawValue: "fan-out")
}
