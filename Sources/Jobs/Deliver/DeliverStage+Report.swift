import DeliveryPolicy
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
    do {
      defer { report.fill(&step) }
      try run(&report)
    }
    try look(report, &step)
  }

  /// What lasts: as the run found it, and as the ledger has it.
  private func look(_ report: Report, _ step: inout StepReport) throws {
    let now = context.now()
    let due = try context.ledger.nextDue()
    // Copies that were folded wait as a digest that is still to be written.
    let digest = try context.ledger.nextDigest()
    step.troubles += try report.relayTroubles(
      waiting: { try context.ledger.countDue(at: now) }, isDue: due.map { $0 <= now } ?? false)
    step.look(
      at: [.relay, .unproven, .sender, .turnedAway, .refused, .pipelining],
      report.sent > 0 ? .over : due == nil && digest.map { $0 > now } ?? true ? .idle : .lasts)
    if report.isProven { step.look(at: [.unproven], .over) }
    // It answered, if only to refuse these; not if it refuses everything still.
    if report.trouble == nil, report.lastRelayRefusal == nil, report.lastPutOff == nil || report.putOffBy != nil,
      report.deferred + report.failed > 0
    {
      step.look(at: [.relay], .over)
    }
    step.look(at: [.domain, .post, .uncertain, .uncomposed], .over)
    step.troubles += try held(report)
    try context.tellDoubts(&step)
  }

  /// What is held until the admin's word.
  private func held(_ report: Report) throws -> [Trouble] {
    let held = try context.ledger.heldCounts()
    // What an admin holds is no trouble.
    var troubles = try context.ledger.foundDomains().sorted().map { domain in
      Trouble(
        .domain, named: domain, "\(domain) refuses our mail by policy; mail for it is held",
        advice: "When that is settled: `watchpost release \(domain)`.", size: held[.domain(domain)] ?? 0,
        status: .workLeft)
    }
    for pause in try context.ledger.pauses().standing(at: context.now()) {
      if let trouble = try self.trouble(pause, held[HoldReason(pause.subject)] ?? 0) { troubles.append(trouble) }
    }
    troubles += try heldCopies(held, besides: context.ledger.pauses().all.map(\.subject))
    if let count = held[.uncertain] {
      troubles.append(
        Trouble(
          .uncertain, "The fate of \(count) messages is unknown; they are held",
          advice: "To send them again: `watchpost release uncertain`.", size: count, status: .workLeft))
    }
    if let count = held[.uncomposed] {
      let because = report.uncomposedBecause.map { "The last because: \($0). Then" } ?? "When that is mended"
      troubles.append(
        Trouble(
          .uncomposed, "\(count) messages cannot be composed and are held",
          advice: "\(because): `watchpost release uncomposed`.", size: count, status: .workLeft))
    }
    return troubles
  }

  /// Copies of posts that one domain refused.
  private func heldCopies(_ held: [HoldReason: Int], besides pauses: [Pauses.Subject]) throws -> [Trouble] {
    try held.keys.compactMap { reason in
      guard case .post(let position) = reason, !pauses.contains(.post(position)) else { return nil }
      let key = try context.ledger.postKey(at: position) ?? "?"
      return Trouble(
        .post, named: key, "The post [#\(key)] is refused by the filter of one domain; its copies for that are held",
        advice: """
          To send them all the same: `watchpost release post:\(key)`; to send them to nobody: `watchpost discard \
          post:\(key)`.
          """, size: held[reason] ?? 0, status: .workLeft)
    }.sorted { $0.name < $1.name }
  }

  /// - Returns: nil where nothing suffers from it.
  private func trouble(_ pause: Pauses.Pause, _ messages: Int) throws -> Trouble? {
    if pause.isOrdered || pause.until != nil && (messages == 0 || pause.isOfOne) { return nil }
    let until = pause.until.map { "It is tried again at \($0); at once: " } ?? "To send it all the same: "
    switch pause.subject {
    case .domain(let domain):
      return Trouble(
        .domain, named: domain, "\(pause.subject.words()): \(pause.reason)",
        advice: "\(until)`watchpost release \(domain)`.", size: messages, status: .workLeft)
    case .post(let position):
      let key = try context.ledger.postKey(at: position) ?? "?"
      return Trouble(
        .post, named: key, "\(pause.subject.words(post: key).capitalizedFirst): \(pause.reason)",
        advice: """
          \(until)`watchpost release post:\(key)`. To send it to nobody: `watchpost discard post:\(key)`.
          """, size: messages, status: .workLeft)
    }
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

  /// What happened in this run alone.
  private var warnings: [String] {
    var warnings: [String] = []
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

  /// What is wrong with the relay, as far as this run met it.
  /// - Parameters:
  ///   - waiting: how many messages are due.
  ///   - isDue: whether any is: a relay that is left alone while there is nothing to send troubles nobody.
  fileprivate func relayTroubles(waiting: () throws -> Int, isDue: Bool) rethrows -> [Trouble] {
    var troubles: [Trouble] = []
    if trouble != nil || pausedUntil != nil && isDue {
      let advice = pausedUntil.map {
        "The relay is left alone until \($0). When it is mended: `watchpost release relay`."
      }
      troubles.append(
        Trouble(.relay, trouble, advice: advice ?? "", size: try waiting(), status: .unavailable))
    }
    if hasPipeliningFailed {
      troubles.append(
        Trouble(
          .pipelining,
          "The relay offers PIPELINING and does not answer what is sent together; runs go on one command at a time",
          advice: "Set smtp.pipelining: false.", status: .done))
    }
    return troubles + waitingTroubles + refusals
  }

  /// Messages that wait for the admin to mend something of ours.
  private var waitingTroubles: [Trouble] {
    var troubles: [Trouble] = []
    if unproven > 0, let answer = lastUnproven {
      troubles.append(
        Trouble(
          .unproven,
          """
          \(unproven) messages wait: the relay, as it is set, has not taken a mail yet, and refused them, the last \
          with: \(answer)
          """,
          advice: "See delivery.transport, smtp.user and mail.domain; then `watchpost release relay`.", size: unproven,
          status: .workLeft))
    }
    // Of a relay that takes others, one person's name is no trouble.
    if lacking > 0, !isProven || sent == 0 && (lacking > 1 || lacksSize), let what = lastLacking {
      troubles.append(
        Trouble(
          .unproven, named: "lacking", "\(lacking) messages wait for what the relay lacks: \(what)",
          advice: "If the relay can offer it, have it do so; then `watchpost release relay`.", size: lacking,
          status: .workLeft))
    }
    if senderRefused > 0, let answer = lastSenderRefusal {
      troubles.append(
        Trouble(
          .sender,
          """
          \(senderRefused) messages wait: they were refused for their sender's address, not their recipients', the \
          last with: \(answer)
          """,
          advice: """
            See that the relay may send for mail.domain, and its SPF, DKIM and DMARC records; then `watchpost release \
            relay`.
            """, size: senderRefused, status: .workLeft))
    }
    return troubles
  }

  /// A run whose mails were refused, all or many: if its relay is not what it should be, nobody else will say so.
  private var refusals: [Trouble] {
    guard trouble == nil else { return [] }
    var troubles: [Trouble] = []
    if let (domain, answer) = lastInPart {
      let who = domain.map { "\($0) refuses" } ?? "The relay refuses"
      troubles.append(
        Trouble(
          .turnedAway, named: domain ?? "in part",
          """
          \(who) more than a third of what it is given, also for people whose last mail was taken, as one of several \
          machines with a fault of its own would: \(inPart.of("message waits", "messages wait")), the last was answered \
          with: \(answer)
          """,
          advice: "When it is mended: `watchpost release relay`.", size: inPart, status: .workLeft))
    }
    if sent == 0, let answer = lastRelayRefusal {
      troubles.append(
        Trouble(
          .turnedAway,
          "The relay refused what it was given for reasons of its own, and will be asked again: \(answer)",
          advice: "When it is mended: `watchpost release relay`.", status: .workLeft))
    } else if sent == 0, let answer = lastPutOff {
      let who = putOffBy ?? "The relay"
      troubles.append(
        Trouble(
          .turnedAway, named: putOffBy ?? "",
          """
          \(who) puts off whatever it is given: \(putOff.of("message was", "messages were")) tried again, none was \
          taken, the last was answered with: \(answer)
          """,
          advice: putOffBy == nil
            ? "See what it waits for; after five days they expire. When it is mended: `watchpost release relay`."
            : "After five days they expire.",
          size: putOff, status: putOffBy == nil ? .workLeft : .done))
    }
    // What is held is told as that.
    let refused = self.refused - held
    if refused > 1, 3 * refused > tried, inPart == 0, let answer = lastRefusal {
      troubles.append(
        Trouble(
          .refused,
          """
          \(refused) of \(tried.of("mail", "mails")) of this run were refused, \(failed) failed for good, the last with: \
          \(answer)
          """,
          advice: failed < refused ? "The others are tried again, or held." : "", size: refused, status: .workLeft))
    }
    return troubles
  }
}
