extension CollectStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.collect
  /// Two collectors would give one post two places in the journal.
  public static let isExclusive = true

  /// Takes up what is new, and says so. Throws what ``CollectStage/runOnce()`` throws; nothing is counted then.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("seen", report.seen)
    step.count("journalled", report.journalled)
    step.count("restored", report.restored)
    step.count("held", report.held)
    step.count("set aside", report.setAside, isWaiting: true)
    step.count("left out", report.leftOut)
    step.count("resting", report.resting, isWaiting: true)
    step.count("pending", report.pending, isWaiting: true)
    if report.leftOut > 0 {
      step.warnings.append(
        """
        The forum's posts until now are mailed to nobody: \(report.leftOut). To have some of them mailed, set \
        collect.start before the first run.
        """)
    }
    guard report.held > 0 else { return }
    step.status = .workLeft
    step.warnings.append(
      """
      \(report.held) new posts at once are more than collect.flood_limit (\(settings.floodLimit)) allows; they are \
      held. Look at them, then let them go with `watchpost release flood`.
      """)
  }
}

extension Step {
  /// Take up posts that became visible.
  public static let collect = Step(rawValue: "collect")
}
