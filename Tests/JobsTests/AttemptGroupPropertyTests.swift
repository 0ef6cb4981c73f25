import DeliveryPolicy
import Identifiers
import Ledger
import Mail
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("The attempts between two commits, whatever happens")
struct AttemptGroupPropertyTests {
  private static let outcomes: [Outcome] = [
    .taken, .taken, .refusal("450 4.7.1 Greylisted"), .refusal("451 4.7.0 Not now", at: .dot),
    .refusal("550 5.1.1 No such user"), .refusal("550 5.7.1 Not from you"), .refusal("550 5.7.1 Not from you"),
    .refusal("554 5.7.1 Relay access denied"), .refusal("550 4.7.1 Relay access denied"),
    .refusal("451 4.3.0 Disk full", at: .mail), .refusal("421 4.3.2 Closing"), .notOffered(.smtpUTF8),
    .lost(reason: "gone"), .uncertain(reason: "gone"), .unsent(reason: "chained"),
  ]

  /// What the commits of a run held, and what went into it.
  private struct Record {
    var started: [DeliveryID] = []
    var givenUp: [DeliveryID] = []
    var accepted = 0
    var ends: [AttemptEnd] = []
    var unsent: [DeliveryID] = []
    var held: [DeliveryID] = []
    var givenBack: [DeliveryID] = []

    mutating func take(_ commit: AttemptGroup.Commit) {
      ends += commit.ended
      unsent += commit.unsent
      held += commit.domains.holds.flatMap(\.deliveries) + commit.domains.pauses.flatMap(\.deliveries)
      givenBack += commit.givenBack?.deliveries ?? []
    }
  }

  /// Some messages to four domains, several under way at once; commits fail now and then. Some seeds meet a relay that
  /// says one thing only, without which a streak is too rare.
  private func play(_ seed: UInt64) -> (run: GroupRun, record: Record) {
    var random = SplitMix64(seed: seed)
    var run = GroupRun {
      $0.domainHold = random.pick([1, 2, 10])
      $0.uncertain = random.pick([.resend, .hold])
    }
    if random.once(in: 2) { run.lastTaken = Set((1...30).map { PersonID($0) }) }
    let outcomes = random.once(in: 3) ? [random.pick(Self.outcomes)] : Self.outcomes
    var record = Record()
    var underWay: [DeliveryID] = []
    for id in (1...60).map({ DeliveryID($0) }) {
      if random.once(in: 12) {
        run.group.giveUp([id])
        record.givenUp.append(id)
      } else if !run.group.isTurnedAway {
        start(id, &run, &random)
        record.started.append(id)
        underWay.append(id)
      }
      while underWay.count > 4 || (!underWay.isEmpty && random.once(in: 2)) {
        let outcome = random.pick(outcomes)
        record.accepted += outcome == .taken ? 1 : 0
        run.finish(underWay.removeFirst(), outcome)
      }
      // A commit that fails changes nothing for the next.
      if random.once(in: 5) { _ = run.group.close(at: run.now, random: 0) }
      if random.once(in: 4) { record.take(run.commit().commit) }
    }
    for id in underWay { run.finish(id, .unsent(reason: "the run ends")) }
    record.take(run.commit().commit)
    return (run, record)
  }

  private func start(_ id: DeliveryID, _ run: inout GroupRun, _ random: inout SplitMix64) {
    let age: Int64? = random.once(in: 6) ? 5 * 86_400 : nil
    let delivery = Delivery(
      id, person: id.rawValue, post: random.pick([1, 2]), attempts: age == nil ? 0 : 8, uncertain: random.pick([0, 3]),
      firstAttemptAt: age.map { [now = run.now] in now - $0 })
    run.start(delivery, domain: random.pick(["a.example", "b.example", "c.example", "d.example"]))
  }

  @Test(
    "S5: every attempt is in one commit, as an end or as unsent, and the counts are of those ends", arguments: 0..<300)
  func everyAttemptOnce(_ seed: Int) {
    let (run, record) = play(UInt64(seed))
    let told = record.ends.map(\.delivery) + record.unsent
    #expect(told.count == Set(told).count && Set(told) == Set(record.started + record.givenUp))
    let report = run.group.report
    #expect(report.sent == record.accepted)
    let ended = report.sent + report.deferred + report.failed + report.expired + report.uncertain + report.held
    #expect(ended == record.ends.count, "\(report.counts)")
    #expect(report.unsent == record.unsent.count - record.givenUp.count)
    #expect(run.group.isEmpty && run.group.underWay.isEmpty)
    // Only what ended can be held with its domain or given back.
    #expect(Set(record.held + record.givenBack).isSubset(of: record.ends.map(\.delivery)))
    #expect(!run.group.isTurnedAway || !record.givenBack.isEmpty)
    #expect(Set(report.heldDomains) == run.held)
  }

  @Test("The sequences above meet what they are about: streaks, held domains, what is spared and what expires")
  func reach() {
    let runs = (0..<300).map { play(UInt64($0)) }
    #expect(runs.count { $0.run.group.isTurnedAway } > 10)
    #expect(runs.count { !$0.record.held.isEmpty } > 30)
    #expect(runs.count { $0.run.group.report.expired > 0 } > 30)
    #expect(runs.count { $0.run.group.report.sent == 0 && $0.run.group.report.lastRelayRefusal != nil } > 3)
  }
}
