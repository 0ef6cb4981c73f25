import Ledger
import Time

/// The first thing of a run: what its clock is worth, and what a wrong one has left in the ledger (rule E2).
struct ClockCheck {
  /// Stands in reports beside the steps' names, where there is something to say.
  static let name = "clock"

  let context: StageContext
  let bounds: MomentBounds

  /// Takes the run's reading in and mends the ledger's moments.
  func run(_ report: inout StepReport) throws {
    var isThorough = false
    if let clock = context.clock {
      let (before, after) = try context.ledger.takeClock(clock.reading)
      isThorough = before != after
      tell(clock, before, after, &report)
    }
    let now = context.now()
    var mended = try context.ledger.mend(now: now, bounds, isThorough: isThorough)
    if try context.ledger.boundRelayHealth(at: now) { mended += 1 }
    report.count("mended", mended)
    guard mended > 0 else { return }
    report.warnings.append(
      """
      \(mended) moments in the ledger lay further ahead than they can: a clock was ahead for a while, or a setting has \
      become shorter. They were brought back; what waited for them goes on.
      """)
  }

  /// A jump is told when it begins and when it ends; its exit status lasts as long as it does.
  private func tell(_ clock: RunClock, _ before: AgreedClock?, _ after: AgreedClock, _ report: inout StepReport) {
    let doubt = clock.state.doubt.flatMap { $0.isGrave ? $0 : nil }
    if let doubt {
      report.status = .workLeft
      guard before?.suspect != after.suspect else { return }
      report.warnings.append(
        """
        \(doubt.description.prefix(1).uppercased() + doubt.description.dropFirst()). New mail goes out; nothing is \
        given up, folded into digests or forgotten until runs have agreed on it for an hour, about \(doubt.until). If \
        it is right: `watchpost release clock`.
        """)
    } else if let suspect = before?.suspect, after.suspect == nil,
      abs(suspect.first.wall - suspect.expected) > AgreedClock.longestGap.seconds
    {
      report.warnings.append("The clock, which shows \(clock.reading.wall), is believed again.")
    }
  }
}
