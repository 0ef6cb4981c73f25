import Synchronization

/// Tells the stage that is at work when its share of the run is over; see ``TimeShare``.
///
/// It goes by a clock that does not step. It is asked from any thread that a stage works on, never within a transaction:
/// it looks into the ledger.
final class RunTime: Sendable {
  typealias Question = @Sendable () throws -> Bool

  private struct Step {
    let share: TimeShare
    /// Of each later step, whether something waits for it.
    let later: [Question]
    var askAt: Duration
    var isOver = false
  }

  private let deadline: Duration
  private let elapsed: @Sendable () -> Duration
  private let step = Mutex<Step?>(nil)

  /// - Parameters:
  ///   - deadline: of the whole run, since its beginning.
  ///   - elapsed: since the beginning of the run.
  init(deadline: Duration, elapsed: @escaping @Sendable () -> Duration) {
    self.deadline = deadline
    self.elapsed = elapsed
  }

  /// What a stage is to work with, so that it ends when its share is over.
  func shared(by context: StageContext) -> StageContext {
    var context = context
    let isStopping = context.isStopping
    context.isStopping = { isStopping() || self.isOver }
    return context
  }

  /// A step begins.
  func begin(later: [Question]) {
    let share = TimeShare(began: elapsed(), deadline: deadline)
    // No share is smaller than that with all of them.
    let least = share.began + (deadline - share.began) / (later.count + 1)
    step.withLock { $0 = Step(share: share, later: later, askAt: least) }
  }

  /// The step has ended. Returns whether its share was over before.
  func end() -> Bool {
    step.withLock { step in
      defer { step = nil }
      return step?.isOver ?? false
    }
  }

  /// Whether the step that is at work is to make room. Once it is, it stays so.
  var isOver: Bool {
    let now = elapsed()
    // Asked once a second at most, by one thread.
    let asked = step.withLock { step -> (share: TimeShare, later: [Question])? in
      guard let one = step, !one.isOver, !one.later.isEmpty, now >= one.askAt else { return nil }
      step?.askAt = now + .seconds(1)
      return (one.share, one.later)
    }
    guard let asked else { return step.withLock { $0?.isOver ?? false } }
    // Where nobody can be asked the step ends as well: the next one meets the same error, and tells it.
    let waiting = asked.later.count { (try? $0()) ?? true }
    let isOver = asked.share.isOver(at: now, waiting: waiting)
    if isOver { step.withLock { $0?.isOver = true } }
    return isOver
  }
}
