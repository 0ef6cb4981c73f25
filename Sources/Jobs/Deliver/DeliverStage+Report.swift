import Ledger

extension DeliverStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.deliver
  /// Leases keep two deliverers apart: each message has one of them, and both may be at work.
  public static let isExclusive = false
  /// Deliveries that are due, unless the relay is left alone.
  public var hasWork: @Sendable (StageContext) throws -> Bool {
    let relay = settings.relay
    return { context in
      let now = context.now()
      guard let due = try context.ledger.nextDue(), due <= now else { return false }
      return try context.ledger.relayHealth(of: relay).breaker.mayAsk(at: now)
    }
  }

  /// Sends what is due, and says so also when it throws half-way: mails that are out are in the run's report.
  public func run(_ step: inout StepReport) throws {
    var report = Report()
    defer { report.fill(&step) }
    try run(&report)
  }
}

extension Step {
  /// Send what is due.
  public static let deliver = Step(rawValue: "deliver")
}

extension DeliverStage.Report {
  /// Messages of a dead run whose fate is unknown.
  private var inDoubt: Int { rescued.uncertain + rescued.held }

  /// The names of the counts are an interface: they are the keys of a run's JSON. What was sent is what makes a run
  /// eventful; warnings come in the order of their weight.
  fileprivate func fill(_ step: inout StepReport) {
    for (name, count) in [
      ("sent", sent), ("deferred", deferred), ("failed", failed), ("expired", expired), ("uncertain", uncertain),
      ("held", held), ("uncomposed", uncomposed), ("withheld", withheld), ("folded", folded), ("unsent", unsent),
      ("ignored", ignored), ("rescued", rescued.returned + inDoubt),
    ] {
      step.count(name, count)
    }
    step.warnings += warnings
    let isDown = trouble != nil || pausedUntil != nil
    let isLeft = sent == 0 && lastRelayRefusal != nil || senderRefused + unproven > 0
    step.status = isDown ? .unavailable : isLeft || held + uncomposed + rescued.held > 0 ? .workLeft : .done
  }

  /// An end that was counted, and is another run's to count.
  mutating func ignore(_ end: AttemptEnd) {
    ignored += 1
    switch end.state {
    case .sent: sent -= 1
    case .deferred: deferred -= 1
    case .failed: failed -= 1
    case .expired: expired -= 1
    case .uncertain: uncertain -= 1
    case .held:
      held -= 1
      heldInDoubt -= 1
    case .queued, .sending, .suppressed, .dropped: preconditionFailure("no attempt ends in \(end.state)")
    }
  }

  private var warnings: [String] {
    var warnings: [String] = []
    if let trouble { warnings.append(trouble) }
    if let until = pausedUntil {
      warnings.append("The relay is left alone until \(until). When it is mended: `watchpost release relay`.")
    }
    warnings += waiting + refusals
    for domain in heldDomains {
      warnings.append(
        """
        \(domain) refuses our mail by policy; mail for it is held. When that is settled: `watchpost release \
        \(domain)`.
        """
      )
    }
    if heldInDoubt > 0 {
      warnings.append(
        "The fate of \(heldInDoubt) messages is unknown; they are held. To send them again: `watchpost release uncertain`."
      )
    }
    if let reason = uncomposedBecause {
      warnings.append(
        """
        \(uncomposed) messages cannot be composed and are held: \(reason). Then: `watchpost release uncomposed`.
        """)
    }
    if inDoubt > 0 {
      warnings.append(
        """
        A run died, or stood still for longer than delivery.lease; the fate of \(inDoubt) messages is unknown \
        (\(rescued.held) held).
        """)
    }
    if ignored > 0 {
      warnings.append(
        """
        \(ignored) answers came after this run had stood still for longer than delivery.lease: another run has taken \
        these messages over, and what it records of them holds.
        """)
    }
    return warnings
  }

  /// Messages that wait for the admin to mend something of ours.
  private var waiting: [String] {
    var warnings: [String] = []
    if unproven > 0, let answer = lastUnproven {
      warnings.append(
        """
        \(unproven) messages wait: the relay, as it is set, has not taken a mail yet, and refused them, the last with: \
        \(answer). See delivery.transport, smtp.user and mail.domain; then `watchpost release relay`.
        """)
    }
    if senderRefused > 0, let answer = lastSenderRefusal {
      warnings.append(
        """
        \(senderRefused) messages wait: they were refused for their sender's address, not their recipients', the last \
        with: \(answer). See that the relay may send for mail.domain, and its SPF, DKIM and DMARC records; then \
        `watchpost release relay`.
        """)
    }
    return warnings
  }

  /// A run whose mails were all refused: if its relay is not what it should be, nobody else will say so.
  private var refusals: [String] {
    guard sent == 0, trouble == nil else { return [] }
    var warnings: [String] = []
    if let answer = lastRelayRefusal {
      warnings.append(
        """
        The relay refused what it was given for reasons of its own, and will be asked again: \(answer). \
        When it is mended: `watchpost release relay`.
        """)
    }
    if failed > 1, let answer = lastFailure {
      warnings.append(
        "None of the mails of this run was taken, \(failed) failed for good, the last with: \(answer)")
    }
    return warnings
  }
}
