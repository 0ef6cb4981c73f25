import Composition
import DeliveryPolicy
import Identifiers
import Ledger
import Relay
import Time

/// Sends what is due, and records what became of it (rules S1 to S6, C5, C6).
///
/// Deliveries are leased in chunks, checked with the forum, composed and begun in groups (the attempt is committed
/// before it is made), and ended in groups: one commit records the ends of a group and the beginning of the next. While
/// one group is sent, another thread prepares the next.
public struct DeliverStage {
  /// What the configuration's section `delivery` says.
  public struct Settings: Sendable {
    /// Messages that may be in doubt after a crash: attempts committed whose ends are not (rule S5).
    public var group: Int
    /// Seconds that a lease lasts. A run at work renews it when a quarter has passed: what is left is always longer
    /// than the longest answer, ten minutes after the final dot (RFC 5321 section 4.5.3.2.6).
    public var lease: Int64
    /// Seconds of a lease that must be left for an attempt to begin.
    public var leaseMargin: Int64
    /// Whether a message of unknown fate is sent again, or held.
    public var uncertain: UncertainPolicy
    /// Seconds after which instant copies that were never attempted become one catch-up digest.
    public var staleAfter: Int64
    /// When a message that failed for now is tried again, and when it is given up (rule S4).
    public var retry: RetrySchedule
    /// Equal policy refusals that hold a domain.
    public var domainHold: Int
    /// The relay as it is set.
    public var relay: RelayIdentity
    /// What has waited for too long is given up; not under a clock that is doubted (rule E2).
    var givesUp = true
    /// The one delivery that is to be sent, for somebody who waits for it; nil: whatever is due.
    public var only: DeliveryID?
    /// How far ahead of now what a run writes may lie (rule E2).
    var bounds: MomentBounds {
      MomentBounds(
        longestWait: max(retry.longestWait, RecipientRecord.longestWait), firstWait: retry.wait(after: 1, random: 1),
        lease: lease)
    }

    /// The defaults suit a test; what a run goes by is the configuration's.
    public init(
      group: Int = 200, lease: Int64 = 1200, leaseMargin: Int64 = 660, uncertain: UncertainPolicy = .resend,
      staleAfter: Int64 = 86_400, retry: RetrySchedule = RetrySchedule(), domainHold: Int = 10,
      relay: RelayIdentity = RelayIdentity()
    ) {
      self.group = group
      self.lease = lease
      self.leaseMargin = leaseMargin
      self.uncertain = uncertain
      self.staleAfter = staleAfter
      self.retry = retry
      self.domainHold = domainHold
      self.relay = relay
    }
  }

  /// What one run did. A message is in one of `sent`, `deferred`, `failed`, `expired`, `uncertain` and `held` for each
  /// counted attempt that ended; one that was found to be the relay's or its domain's fault is moved from where it was.
  public struct Report: Sendable {
    /// Taken by the relay.
    public var sent = 0
    /// Failed for now and due again later; what was refused by the relay's fault is here too.
    public var deferred = 0
    /// Refused for good.
    public var failed = 0
    /// Failed for now when its time was over (rule S4).
    public var expired = 0
    /// Of unknown fate, to be sent again (rule S5).
    public var uncertain = 0
    /// Held for the admin: of unknown fate too often, or refused by a domain that is held since.
    public var held = 0
    /// Those of them whose fate is unknown.
    public var heldInDoubt = 0
    /// Not sent, since they may not be any more.
    public var withheld = 0
    /// Held, since they cannot be composed, and why.
    public var uncomposed = 0
    /// The first of the reasons; nil if all could be composed.
    public var uncomposedBecause: String?
    /// Copies folded into catch-up digests.
    public var folded = 0
    /// Attempts that came to nothing and were not counted.
    public var unsent = 0
    /// Answers that came when another run had taken the messages over: it counts them.
    public var ignored = 0
    /// Of another run's leases that ended.
    public var rescued = Ledger.Rescue()
    /// How the relay refused the last message that failed, or for reasons of its own, without addresses.
    public var lastFailure: String?
    /// The same of a refusal for the relay's own reasons; nil if there was none.
    public var lastRelayRefusal: String?
    /// Refused for our own address as the sender; they wait. How the last was.
    public var senderRefused = 0
    /// Without addresses; nil if there was none.
    public var lastSenderRefusal: String?
    /// Refused by a relay that has not taken a mail yet; they wait. How the last was.
    public var unproven = 0
    /// Without addresses; nil if there was none.
    public var lastUnproven: String?
    /// Messages that need what a relay lacks that has not taken a mail yet; they wait. What it is.
    public var lacking = 0
    /// Without addresses; nil if there was none.
    public var lastLacking: String?
    /// It was the size of a message.
    public var lacksSize = false
    /// The relay, as it is set, has taken a mail.
    public var isProven = false
    /// Retries that the relay put off in a row, this run's or earlier ones', without taking anything; how the last was.
    public var putOff = 0
    /// Without addresses; nil if there is nothing to tell.
    public var lastPutOff: String?
    /// The domain that all of it was for, where the relay takes the mail of others.
    public var putOffBy: String?
    /// Taken, or refused, at the first try of this run or after an answer for now.
    public var tried = 0
    /// Those of them that were refused for good, whatever became of them, and how the last was.
    public var refused = 0
    /// Without addresses; nil if there was none.
    public var lastRefusal: String?
    /// Refused by a relay, or a domain, that refuses much of what it is given; they wait.
    public var inPart = 0
    /// The domain, nil where there were several, and how the last was.
    public var lastInPart: (domain: String?, answer: String)?
    /// Why the relay cannot be used, in words.
    public var trouble: String?
    /// The relay did not answer what was pipelined.
    public var hasPipeliningFailed = false
    /// Until when the relay is left alone, if it is at the end of the run.
    public var pausedUntil: Timestamp?
    /// Domains held in this run.
    public var heldDomains: [String] = []
    /// Nothing was done.
    public init() {}
  }

  let context: StageContext
  private(set) var settings: Settings
  /// Asked for once in a run that has something to send.
  let composer: () throws -> Composer
  /// The same.
  let transport: () throws -> any Transport
  let stop: StopSignal
  /// 0..<1, for the jitter of retries.
  let random: @Sendable () -> Double

  /// - Parameters:
  ///   - composer, transport: asked for only when something is due.
  public init(
    _ context: StageContext, _ settings: Settings, composer: @escaping () throws -> Composer,
    transport: @escaping () throws -> any Transport, stop: StopSignal,
    random: @escaping @Sendable () -> Double
  ) {
    self.context = context
    self.settings = settings
    self.settings.givesUp = !context.doubtsClock
    self.composer = composer
    self.transport = transport
    self.stop = stop
    self.random = random
  }

  /// One run, for whoever wants the report and no `StepReport`.
  /// - Throws: what the forum, the ledger or the composer's making throws; a relay that is down is in the report.
  public func runOnce() throws -> Report {
    var report = Report()
    try run(&report)
    return report
  }

  /// Fills the report in as it goes: what was done before an error is in it.
  func run(_ report: inout Report) throws {
    guard settings.only == nil else { return try send(&report) }
    let dead = context.leases?.dead ?? []
    report.rescued = try context.ledger.rescue(now: context.now(), uncertain: settings.uncertain, dead: dead)
    context.leases?.forget(dead)
    if !context.doubtsClock { try foldOverdue(&report) }
    try context.ledger.endPauses(now: context.now())
    try send(&report)
  }

  /// Sends what is due, and fills the report in.
  private func send(_ report: inout Report) throws {
    let health = try context.ledger.relayHealth(of: settings.relay)
    report.isProven = health.hasAccepted
    guard health.breaker.mayAsk(at: context.now()) else {
      report.pausedUntil = health.breaker.pausedUntil
      return
    }
    // Nothing is due: no composer is made and no relay is asked.
    guard let due = try context.ledger.nextDue(), due <= context.now() else { return }
    let feed = DeliveryFeed(self, try composer(), report, health, try context.ledger.pauses())
    let transport = try transport()
    var hasPipeliningFailed = false
    do {
      let ended = try transport.run(feed: feed, stop: stop)
      hasPipeliningFailed = ended.pipeliningFailed
      if case .relayDown(let trouble) = ended.end { feed.relayWasDown(trouble.description) }
      try feed.close()
    } catch {
      // What ended is recorded even so, and what was learned of the relay is kept; the first error is the one to tell.
      try? feed.close()
      report = feed.report
      try? context.ledger.keep(feed.health, since: health)
      throw error
    }
    report = feed.report
    report.hasPipeliningFailed = hasPipeliningFailed
    report.isProven = feed.health.hasAccepted
    if let deferrals = feed.health.deferrals, deferrals.isComplete, feed.health.hasAccepted {
      (report.putOff, report.lastPutOff) = (deferrals.deliveries.count, deferrals.answer)
      // Of one domain, where the relay takes the mail of others: nothing of it says anything of the relay.
      let tookOthers = feed.health.lastAccepted.map { context.now() - $0 < 86_400 } ?? false
      report.putOffBy = tookOthers ? deferrals.domain : nil
    }
    // Last, when all ends are in: a run that died before has learned nothing that others could trust.
    try context.ledger.keep(feed.health, since: health)
    report.pausedUntil = feed.health.breaker.pausedUntil.flatMap { $0 > context.now() ? $0 : nil }
  }

  /// Makes one catch-up digest for each person of instant copies that are too late to be sent one by one (rule C5).
  private func foldOverdue(_ report: inout Report) throws {
    while !context.isStopping() {
      let now = context.now()
      // In pages, so that a standstill of weeks is no transaction of minutes.
      let folded = try context.ledger.fold(overdueSince: now - settings.staleAfter, now: now, limit: 1000)
      report.folded += folded
      if folded == 0 { break }
    }
  }
}
