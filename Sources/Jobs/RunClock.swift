import Time

/// The time of one run (rule E2): read once when it begins, then counted on by a clock that does not step, so that
/// nothing that happens to the wall clock changes what time it is within a run.
public struct RunClock: Sendable {
  /// What the clocks showed when the run began.
  public let reading: ClockReading
  /// What is to be gone by.
  public let state: ClockState
  private let steady: @Sendable () -> Int64

  /// - Parameters:
  ///   - state: what the ledger makes of the reading.
  ///   - steady: the clock of `reading.steady`, asked again and again from any thread.
  public init(_ reading: ClockReading, _ state: ClockState, steady: @escaping @Sendable () -> Int64) {
    self.reading = reading
    self.state = state
    self.steady = steady
  }

  /// The present moment; where the clock is doubted, the later of two.
  public func now() -> Timestamp { state.now + passed }

  /// The present moment as the runs have agreed on it.
  public func agreed() -> Timestamp { state.agreed + passed }

  private var passed: Int64 { steady() - reading.steady }
}

extension StageContext {
  /// Nothing is done that cannot be undone: expired, folded, pruned, called for the last time, forgotten.
  var doubtsClock: Bool { clock?.state.doubt != nil }

  /// Seconds by which the clock of this machine, and perhaps the forum's, is behind.
  var setback: Int64 { clock?.state.setback ?? 0 }

  /// For stages that give people their hours: by the clock as it was agreed on, whatever it shows in this run.
  var byAgreedClock: StageContext {
    guard doubtsClock, let clock else { return self }
    var context = self
    context.members.now = { clock.agreed() }
    return context
  }
}
