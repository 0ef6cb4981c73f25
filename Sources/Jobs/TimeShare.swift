/// A step's share of a run's time (rule E4): an equal part of what is left when it begins, with each later step for
/// which something waits. While nothing waits there, all of it; what a step leaves over is shared among the next.
struct TimeShare: Hashable {
  /// When the step began, since the beginning of the run.
  let began: Duration
  /// When the run is to end, since its beginning.
  let deadline: Duration

  /// Whether the step is to make room.
  /// - Parameters:
  ///   - elapsed: since the beginning of the run.
  ///   - waiting: later steps for which something waits.
  func isOver(at elapsed: Duration, waiting: Int) -> Bool {
    waiting > 0 && elapsed - began >= (deadline - began) / (waiting + 1)
  }
}
