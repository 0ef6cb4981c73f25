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
    step.count("replaced", report.replaced, isWaiting: true)
    step.count("resting", report.resting, isWaiting: true)
    step.count("pending", report.pending, isWaiting: true)
    if report.leftOut > 0 {
      step.warnings.append(
        """
        The forum's posts until now are mailed to nobody: \(report.leftOut). To have some of them mailed, set \
        collect.start before the first run.
        """)
    }
    step.look(at: [.restoredForum, .flood], .over)
    if let far = report.wentBack {
      step.troubles.append(
        Trouble(
          .restoredForum,
          "The forum's newest post has the number \(far.to), and had \(far.from): most of its posts are gone",
          advice: """
            No post is collected. If a backup is being restored, or a table filled anew, wait: it goes on by itself when \
            the posts are back. If they are gone for good: `watchpost resume --from now`.
            """, status: .workLeft))
    }
    if report.replaced > 0 {
      step.troubles.append(
        Trouble(
          .restoredForum,
          "The forum was restored from a backup: \(report.replaced) new posts stand where others stood",
          advice: """
            They are held; all others go on. To have them mailed, `watchpost resume --from all`; if they were mailed \
            already, `--from now`.
            """, size: report.replaced, status: .workLeft))
    }
    if report.held > 0 {
      step.troubles.append(
        Trouble(
          .flood,
          """
          \(report.held) new posts at once are more than collect.flood_limit (\(settings.floodLimit)) allows; they are \
          held
          """,
          advice: """
            Look at them, then let them go with `watchpost release flood`, or forget them with `watchpost discard flood`.
            """, size: report.held, status: .workLeft))
    }
  }
}

extension Step {
  /// Take up posts that became visible.
  public static let collect = Step(rawValue: "collect")
}
