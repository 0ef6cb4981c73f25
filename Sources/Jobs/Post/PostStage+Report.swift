extension PostStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.post
  /// Two of them would ask the forum twice for one reply.
  public static let isExclusive = true
  /// Replies that are to be posted.
  public var hasWork: @Sendable (StageContext) throws -> Bool {
    { try !$0.ledger.dueReplies(after: 0, at: $0.now(), limit: 1).isEmpty }
  }

  /// Posts, and says so. Throws what ``PostStage/runOnce()`` throws; nothing is counted then.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("posted", report.posted)
    step.count("refused", report.refused)
    step.count("given up", report.givenUp)
    step.count("in doubt", report.inDoubt)
    step.count("parked", report.parked, isWaiting: true)
    step.count("unkept", report.unkept, isWaiting: true)
    step.look(at: [.parked, .unlike, .attachments], .over)
    if let what = report.unkeepable {
      step.troubles.append(
        Trouble(
          .attachments, what,
          advice: """
            Replies whose files are to be kept there wait until they can be; nothing is lost. Make the directory of \
            inbound.attachments_directory writable for this user, or set inbound.attachments: leave.
            """, size: report.unkept, status: .unavailable))
    }
    if report.unlike > 0 {
      step.troubles.append(
        Trouble(
          .unlike, report.unlikeness,
          advice: """
            What the forum has as something else, or not at all, is not tried again. Look in the forum, mend the program or the query; then `watchpost discard reply NUMBER` \
            if it stands where it belongs, else `watchpost release reply NUMBER` (`watchpost replies` shows them). After \
            inbound.give_up_after it goes back to its author.
            """, size: report.unlike, status: .configuration))
    }
    let waiting = report.parked - report.unlike
    if waiting > 0 {
      step.troubles.append(
        Trouble(
          .parked, "\(waiting) replies by mail wait for a word",
          advice: """
            `watchpost replies` shows them; `watchpost release reply NUMBER` posts one, `watchpost discard reply NUMBER` \
            forgets it. Those from another address than the person's own are posted when the person confirms them.
            """, size: waiting, status: .done))
    }
  }
}

extension Step {
  /// Post replies that came by mail.
  public static let post = Step(rawValue: "post")
}
