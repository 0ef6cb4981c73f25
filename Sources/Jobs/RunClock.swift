import Time

/// The time of one run (rule E2): read once when it begins, then counted on by a clock that does not step, so that
/// nothing that happens to the wall clock changes what time it is within a run.
public struct RunClock: Sendable {
  /// What the clocks showed when the run began.
  public let reading: ClockReading
  /// What is to be gone by.
  public let state: ClockState
  private let begun: Int64
  private let elapsed: @Sendable () -> Int64

  /// - Parameters:
  ///   - begun: nanoseconds of its second that were over as the wall clock was read; 0 where nobody knows: a run is then
  ///     behind the wall clock by less than a second. It never is ahead: the next run, moments later, would find what
  ///     this one wrote down in the future, and leave it.
  ///   - state: what the ledger makes of the reading.
  ///   - elapsed: nanoseconds since the reading by a clock that does not step, asked again and again from any thread.
  public init(
    _ reading: ClockReading, begun: Int64 = 0, _ state: ClockState, elapsed: @escaping @Sendable () -> Int64
  ) {
    self.reading = reading
    self.begun = begun
    self.state = state
    self.elapsed = elapsed
  }

  /// The present moment; where the clock is doubted, the later of two.
  public func now() -> Timestamp { state.now + passed }

  /// The present moment as the runs have agreed on it.
  public func agreed() -> Timestamp { state.agreed + passed }

  private var passed: Int64 { (begun + elapsed()) / 1_000_000_000 }
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
