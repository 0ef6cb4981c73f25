extension FanOutStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.fanOut
  /// Two of them would decide about one page twice.
  public static let isExclusive = true
  /// Posts about which not everybody is decided.
  public var hasWork: @Sendable (StageContext) throws -> Bool { { try $0.ledger.awaitsFanOut() } }

  /// Decides, and says so. Throws what ``FanOutStage/runOnce()`` throws; nothing is counted then.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("posts", report.posts)
    step.count("instant", report.instant)
    step.count("digest", report.digest)
    step.count("skipped", report.skipped)
    step.count("set aside", report.setAside)
    step.count("waiting", report.waiting, isWaiting: true)
    try context.tellDoubts(&step)
  }
}

extension Step {
  /// Decide who hears of new posts.
  public static let fanOut = Step(rawValue: "fan-out")
}
