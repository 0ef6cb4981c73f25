import Composition
import Forum
import Ledger
import Membership
import Relay
import Synchronization
import TestSupport
import Time
import Tokens

@testable import Jobs

/// A forum, a ledger, a relay that answers by a script, and the stages between them.
///
/// Every call makes the stage anew, as every run of the program does: what is not in the databases is forgotten.
final class TestSite: Sendable {
  let fixture: ForumFixture
  let relay = ScriptedRelay()
  let forum: TroubledForum
  /// What a test changes of the usual settings.
  struct Settings: Sendable {
    var collect = CollectStage.Settings()
    var digest = DigestStage.Settings()
    var deliver = DeliverStage.Settings()
    var pageSize = 2000
    /// The relay has taken a mail before (rule E7).
    var isProven = true
    /// Pages of one post before it is another's turn.
    var pages = 8
    var defaults = EffectivePreferences()
    /// The jitter of retries.
    var random = 0.0
    /// See `ForumFixture.awaitOlderTransactions`; false where the test itself has one under way.
    var awaitsOlderTransactions = true
  }
  private let mutableSettings: Mutex<Settings>
  private let faults = Mutex<FaultingDatabase?>(nil)
  private let stopping = Mutex(StopSignal())

  static let composer: Composer = {
    do {
      return Composer(
        settings: try CompositionSettings(
          siteName: "BCH forum", domain: "forum.example.org", webURL: "https://forum.example.org/mail"),
        keys: try KeyRing([1: [UInt8](repeating: 7, count: 32)]))
    } catch {
      preconditionFailure("the composer of the tests: \(error)")
    }
  }()

  /// - Parameter hasBegun: the first run, on an empty forum, has been: whatever is posted from here on is new.
  init(hasBegun: Bool = true, _ change: (inout Settings) -> Void = { _ in }) throws {
    fixture = try ForumFixture()
    forum = TroubledForum(fixture.source)
    var settings = Settings()
    change(&settings)
    mutableSettings = Mutex(settings)
    if hasBegun { try collect() }
    if settings.isProven { try fixture.ledger.keep(.proven, since: RelayHealth()) }
  }

  var clock: TestClock { fixture.clock }
  var settings: Settings {
    get { mutableSettings.withLock { $0 } }
    set { mutableSettings.withLock { $0 = newValue } }
  }
  /// Asks the present run to end; `newSignal` begins the next process.
  var stop: StopSignal { stopping.withLock { $0 } }
  func newSignal() { stopping.withLock { $0 = StopSignal() } }

  var ledger: Ledger { faults.withLock { $0.map { Ledger($0) } } ?? fixture.ledger }

  /// From here on the ledger is a process that dies at a commit; returns it.
  @discardableResult
  func crash(atCommit commit: Int, _ moment: FaultingDatabase.Moment) -> FaultingDatabase {
    let database = FaultingDatabase(fixture.ledgerFile)
    database.crash(atCommit: commit, moment)
    faults.withLock { $0 = database }
    return database
  }

  /// No crash is to come.
  func survive() { faults.withLock { $0 = nil } }

  /// A new process on the same files, after all leases of a dead one have ended.
  func restart() {
    survive()
    newSignal()
    clock.advance(by: settings.deliver.lease + 1)
  }

  // MARK: Stages

  var context: StageContext {
    let (clock, stop) = (clock, stop)
    return StageContext(
      members: Members(
        forum: forum, ledger: ledger, keeper: fixture.writer, defaults: settings.defaults, now: { clock.now }),
      signingKey: 1, isStopping: { stop.requested })
  }

  @discardableResult
  func collect() throws -> CollectStage.Report { try CollectStage(context, settings.collect).runOnce() }

  @discardableResult
  func fanOut() throws -> FanOutStage.Report {
    try FanOutStage(context, pageSize: settings.pageSize, pages: settings.pages).runOnce()
  }

  @discardableResult
  func digest() throws -> DigestStage.Report {
    if settings.awaitsOlderTransactions { try fixture.awaitOlderTransactions() }
    return try DigestStage(context, settings.digest, composer: { TestSite.composer }).runOnce()
  }

  @discardableResult
  func deliver(over transport: (any Transport)? = nil) throws -> DeliverStage.Report {
    let (relay, random) = (relay, settings.random)
    return try DeliverStage(
      context, settings.deliver, composer: { TestSite.composer }, transport: { transport ?? relay }, stop: stop,
      random: { random }
    ).runOnce()
  }

  /// What `watchpost run dispatch` does.
  @discardableResult
  func dispatch() throws -> DeliverStage.Report {
    try collect()
    try fanOut()
    try digest()
    return try deliver()
  }

  /// What a process works with that begins now and reads its clocks once, as the program does. Its leases go by the
  /// steady clock, as in a file of one machine's, whichever database this is.
  var timedContext: StageContext {
    get throws {
      let (clock, reading) = (fixture.clock, fixture.clock.reading)
      let timed = Ledger(ledger.database) {
        let reading = clock.reading
        return LeaseMoment(boot: reading.boot, seconds: reading.steady)
      }
      let time = RunClock(reading, try ledger.clockState(at: reading)) {
        (clock.reading.steady - reading.steady) * 1_000_000_000
      }
      var members = context.members
      members.ledger = timed
      members.now = { time.now() }
      let stop = stop
      return StageContext(members: members, clock: time, signingKey: 1, isStopping: { stop.requested })
    }
  }

  /// A run of a job in such a process.
  @discardableResult
  func run(_ steps: [Step] = [.collect, .fanOut, .digest, .deliver, .prune], over relay: ScriptedRelay? = nil)
    throws -> RunReport
  {
    if settings.awaitsOlderTransactions { try fixture.awaitOlderTransactions() }
    var stages = stages
    stages.context = try timedContext
    if let relay { stages.transport = { relay } }
    return try JobRun(stages).run(job: "dispatch", steps: steps)
  }

  var stages: Stages {
    let (relay, random) = (relay, settings.random)
    return Stages(
      context: context, collect: settings.collect, digest: settings.digest, deliver: settings.deliver,
      prune: PruneStage.Settings(), inbound: inbound, composer: { TestSite.composer }, transport: { relay }, stop: stop,
      random: { random })
  }

  // MARK: Shorter words

  /// A thread that people of these names watch; they are made with it.
  func thread(watchedBy names: [String], mode: Mode? = nil) throws -> String {
    let thread = try fixture.thread()
    try fixture.watch(thread: thread, by: names.map { try fixture.participant($0, mode: mode) })
    return thread
  }

  /// Posts so many times, each settled and decided about; returns the keys.
  @discardableResult
  func publish(_ count: Int = 1, in thread: String) throws -> [String] {
    let posts = try (0..<count).map { _ in try fixture.post(in: thread) }
    try settle()
    return posts
  }

  /// Waits out the settling time and decides.
  func settle() throws {
    try collect()
    clock.advance(by: settings.collect.settle)
    try collect()
    try fanOut()
  }

  /// A minute passes with the next mail, and from then on the forum cannot be asked: what it said is too old to go by.
  func forumGoesDownWithNextMail() {
    let (clock, forum) = (clock, forum)
    relay.onMail { _ in
      clock.advance(by: 60)
      forum.goDown()
    }
  }

  /// The clock at a moment, never back.
  func wait(until moment: String) { clock.now = max(clock.now, Timestamp(iso8601: moment)!) }
}

extension TestSite {
  /// A thread watched by people `p1`, `p2` … at these domains in turn.
  static func watched(
    by people: Int, domains: [String] = ["a.example", "b.example", "c.example"],
    _ change: (inout TestSite.Settings) -> Void = { _ in }
  ) throws -> (site: TestSite, thread: String) {
    let site = try TestSite(change)
    let thread = try site.fixture.thread()
    for number in 1...people {
      let address = "p\(number)@\(domains[(number - 1) % domains.count])"
      let key = try site.fixture.writer.addParticipant(name: "p\(number)", address: address)
      try site.fixture.watch(thread: thread, by: [key])
    }
    return (site, thread)
  }
}
