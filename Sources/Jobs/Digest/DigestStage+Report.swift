extension DigestStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.digest
  /// Two writers would put one post into two digests.
  public static let isExclusive = true
  /// Digests whose hour has come.
  public var hasWork: @Sendable (StageContext) throws -> Bool {
    { try !$0.ledger.dueSlots(now: $0.now(), limit: 1).isEmpty }
  }

  /// Writes what is due, and says so. Throws what ``DigestStage/runOnce()`` throws; nothing is counted then.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("digests", report.digests)
    step.count("parts", report.parts)
    step.count("moved", report.moved)
    step.count("last calls", report.lastCalls)
    try context.tellDoubts(&step)
  }
}

extension Step {
  /// Write the digests that are due.
  public static let digest = Step(rawValue: "digest")
}
