import Forum
import Ledger
import Membership
import Relay
import Synchronization
import TestSupport
import Time

@testable import Jobs

/// Runs, and what befalls them.
extension HistoryWorld {
  func run(_ steps: HistoryEvent.Steps, _ mishap: HistoryEvent.Mishap) throws {
    extent.runs += 1
    try site.fixture.awaitOlderTransactions()
    model.runBegins(now: now)
    let other = ScriptedRelay()
    setRelay(site.relay)
    setRelay(other)
    let theirs = OtherRun()
    let database = try befall(mishap, theirs, other)
    // What is decided is decided by the collector and fan-out alone.
    var isClean = [.all, .dispatch, .decide].contains(steps) && wrong == 0
    do {
      let report = try site.job(steps.steps, site.ledger, site.relay)
      isClean = isClean && report.status == .done
      look(at: report)
    } catch is FaultingDatabase.Crash {
      isClean = false
    }
    let shown = max(now, site.clock.now.seconds)
    let hasDied = database?.hasCrashed ?? false
    recover()
    if hasDied {
      deaths.append(([], []))
      extent.deaths += 1
      model.runDied()
    }
    takeIn(site.relay.mails, shown: shown, hasDied: hasDied)
    takeIn(other.mails, shown: shown, hasDied: false)
    site.relay.clear()
    if let error = theirs.error { violations.append("the other process failed: \(error)") }
    if case .forumDown = mishap { isClean = false }
    if isClean, !hasDied, theirs.isDone, try site.ledger.holds().isEmpty {
      model.runWasClean(now: now, settle: HistoryWorld.settle)
    }
  }

  /// Sets up what is to happen in the run. Returns the database of a process that is to die.
  private func befall(_ mishap: HistoryEvent.Mishap, _ theirs: OtherRun, _ relay: ScriptedRelay) throws
    -> FaultingDatabase?
  {
    switch mishap {
    case .none: break
    case .dies(let commit, let after): return site.crash(atCommit: commit, after ? .afterCommit : .beforeCommit)
    case .diesSending(let mail, let after):
      let dying = site.crash(atCommit: .max, .beforeCommit)
      site.relay.onMail {
        if $0 == mail { dying.crash(atCommit: dying.commits + 1, after ? .afterCommit : .beforeCommit) }
      }
      return dying
    case .forumDown(let question):
      let asked = Mutex(0)
      site.forum.before { _ in
        let isDown = asked.withLock { asked -> Bool in
          asked += 1
          return asked >= question
        }
        if isDown { throw ForumError(.unavailable, "the forum is down") }
      }
    case .other(let mail):
      let ledger = try site.fixture.anotherLedger()
      site.relay.onMail { [site] number in
        guard number == mail else { return }
        theirs.note { try site.job(HistoryEvent.Steps.all.steps, ledger, relay) }
      }
    case .clockSteps(let seconds, let mail):
      model.clockWasWrong = true
      site.relay.onMail { [site] in if $0 == mail { site.clock.step(by: seconds) } }
    }
    return nil
  }

  /// The next process begins with all as it should be.
  private func recover() {
    site.survive()
    site.newSignal()
    site.forum.comeBack()
    site.relay.onMail { _ in }
    // Whatever has stepped, steps back.
    site.clock.step(by: now - site.clock.now.seconds)
    wrong = 0
  }

  func look(at report: RunReport) {
    for step in report.steps {
      if step.step == "witness" { extent.ledgerHolds += 1 }
      if step.step == "clock" { extent.doubtedClocks += 1 }
      if step.count("set aside") > 0 { extent.setAside += 1 }
      if step.count("held") > 0 { extent.floods += 1 }
      if step.count("replaced") > 0 { extent.forumHolds += 1 }
    }
  }

  /// How the relay answers in the next run.
  func setRelay(_ relay: ScriptedRelay) {
    let (weather, seed) = (weather, dice.withLock { $0.next() })
    let dice = Mutex(SplitMix64(seed: seed))
    relay.answer { _, _ in
      switch weather {
      case .good: .accepted
      case .down: .down
      case .later: .refused("450 4.2.1 Later")
      case .policy: .refused("554 5.7.1 No")
      case .unknown: .refused("550 5.1.1 Unknown")
      case .uncertain: .uncertain
      case .lost: .lost
      case .mixed:
        dice.withLock {
          $0.pick([.accepted, .accepted, .accepted, .uncertain, .lost, .refused("450 4.2.1 Later"), .unsent, .down])
        }
      }
    }
  }
}

extension TestSite {
  /// The word that runs leave beside the ledger.
  var witness: WitnessFile { WitnessFile(path: fixture.directory("witness")) { "this ledger" } }

  /// A run of a job in a process of its own.
  func job(_ steps: [Step], _ ledger: Ledger, _ relay: ScriptedRelay) throws -> RunReport {
    let (clock, reading, stop) = (fixture.clock, fixture.clock.reading, stop)
    let timed = Ledger(ledger.database) {
      let reading = clock.reading
      return LeaseMoment(boot: reading.boot, seconds: reading.steady)
    }
    let time = RunClock(reading, try timed.clockState(at: reading)) {
      (clock.reading.steady - reading.steady) * 1_000_000_000
    }
    var stages = stages
    var members = stages.context.members
    members.ledger = timed
    members.now = { time.now() }
    stages.context = StageContext(members: members, clock: time, signingKey: 1, isStopping: { stop.requested })
    stages.transport = { relay }
    stages.witness = witness
    return try JobRun(stages).run(job: "dispatch", steps: steps)
  }
}

/// How a run of another process ended.
private final class OtherRun: Sendable {
  private let state = Mutex<(isDone: Bool, error: String?)>((true, nil))
  /// True also if there was none.
  var isDone: Bool { state.withLock { $0.isDone } }
  var error: String? { state.withLock { $0.error } }

  func note(_ run: () throws -> RunReport) {
    let ended: (Bool, String?)
    do { ended = (try run().status == .done, nil) } catch { ended = (false, "\(error)") }
    state.withLock { $0 = ended }
  }
}

extension HistoryEvent.Steps {
  var steps: [Step] {
    switch self {
    case .all: [.collect, .fanOut, .digest, .deliver, .prune]
    case .dispatch: [.collect, .fanOut, .deliver]
    case .digest: [.digest, .deliver]
    case .collect: [.collect]
    case .decide: [.collect, .fanOut]
    case .deliver: [.deliver]
    }
  }
}
