import Ledger

extension HandleStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.handle
  /// Two of them would obey one letter twice.
  public static let isExclusive = true
  /// Letters that wait.
  public var hasWork: @Sendable (StageContext) throws -> Bool { { try $0.ledger.receivedCounts().waiting > 0 } }

  /// Reads what came in, and says what became of it.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    for outcome in Received.Outcome.allCases { step.count(outcome.countName, report.outcomes[outcome] ?? 0) }
    step.count("set aside", report.setAside)
    step.look(at: [.received], .over)
    step.look(at: [.returned], .over)
    step.troubles += try returnTroubles()
    let counts = try context.ledger.receivedCounts()
    if counts.setAside > 0 {
      step.troubles.append(
        Trouble(
          .received, "\(counts.setAside) messages that came in could not be handled: each ended three runs",
          advice: """
            They are kept, and nobody was told. `watchpost release received` tries them once more, such as after an upgrade.
            """, size: counts.setAside, status: .workLeft))
    }
  }
}

extension Received.Outcome {
  /// As a report counts it.
  var countName: String {
    switch self {
    case .reply: "replies"
    case .parked: "parked"
    case .refused: "refused"
    case .command: "commands"
    case .unconfirmed: "unconfirmed"
    case .confirmation: "confirmations"
    case .stop: "stopped"
    case .failure: "failures"
    case .report: "reports"
    case .complaint: "complaints"
    case .automatic: "automatic"
    case .other: "other"
    case .own: "own"
    case .badToken: "bad tokens"
    case .stranger: "strangers"
    }
  }
}

extension Step {
  /// Read what came in.
  public static let handle = Step(rawValue: "handle")
}
