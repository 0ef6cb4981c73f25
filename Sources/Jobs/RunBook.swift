import Identifiers
import Time

/// What the runs on one machine leave for the next one and for `status`: that they were there (rule E6), and which
/// troubles stand (rule E5). It is beside the ledger, not in it: it must be there when the ledger is not.
public struct RunBook: Hashable, Codable, Sendable {
  /// The last run of a job on this machine, also of one that had nothing to do, or could not begin.
  public struct Heartbeat: Hashable, Codable, Sendable {
    /// What the machine's clocks showed when it began.
    public var began: ClockReading
    /// And when it ended; nil: it is at work, or died.
    public var ended: ClockReading?
    /// The exit status of the last one that ended; nil before the first.
    public var exit: ExitStatus?
    /// When the last one ended that did, whatever its status; nil before the first.
    public var lastEnd: ClockReading?
    /// The process; nil where an older program wrote it.
    public var process: Int32?
    /// What it has leased; nil: nothing.
    var leases: [LeaseID]?

    /// A run begins.
    init(began: ClockReading, process: Int32? = nil, after last: Heartbeat?) {
      self.began = began
      self.process = process
      exit = last?.exit
      lastEnd = last?.lastEnd
    }
  }

  /// When the first run of any job began on this machine; nil before it.
  public private(set) var since: ClockReading?
  /// By the job's name.
  public private(set) var jobs: [String: Heartbeat] = [:]
  /// What stands.
  public var troubles = TroubleBook()
  /// Leases of runs that are known to have died; nil: none.
  var deadLeases: [LeaseID]?
  /// Lines that could not be written where they were meant to go; nil: none.
  var unsaid: [String]?
  /// So many are kept.
  private static let mostUnsaid = 100

  /// No run was there yet.
  public init() {}

  /// A run of a job begins, which has the job's lock: nobody else is at it on this machine.
  /// - Parameters:
  ///   - process: its own.
  ///   - isAlive: whether there is such a process. A lock's file that was removed by hand lets two runs begin.
  /// - Returns: the run before, if it has died.
  @discardableResult
  public mutating func begin(
    _ job: String, at reading: ClockReading, process: Int32? = nil, isAlive: (Int32) -> Bool = { _ in false }
  ) -> Heartbeat? {
    since = since ?? reading
    let last = jobs[job]
    jobs[job] = Heartbeat(began: reading, process: process, after: last)
    guard let last, last.ended == nil else { return nil }
    // What was leased before another boot ends with that, or by the clock of a server that others share.
    guard last.began.boot != nil, last.began.boot == reading.boot else { return last }
    if let pid = last.process, pid != process, isAlive(pid) { return nil }
    if last.process != nil, let leases = last.leases { deadLeases = (deadLeases ?? []) + leases }
    return last
  }

  /// A run has leased something.
  mutating func lease(_ lease: LeaseID, by job: String) {
    let before = jobs[job]?.leases ?? []
    jobs[job]?.leases = before + [lease]
  }

  /// Leases of dead runs were taken back.
  mutating func forget(dead leases: [LeaseID]) {
    let rest = (deadLeases ?? []).filter { !leases.contains($0) }
    deadLeases = rest.isEmpty ? nil : rest
  }

  /// What names somebody who is to be forgotten (rule A6): a trouble is told anew if it is met again.
  public mutating func forget(naming traces: Set<String>) {
    troubles.forget(naming: traces)
    unsaid?.removeAll { line in traces.contains { line.contains($0) } }
    if unsaid?.isEmpty == true { unsaid = nil }
  }

  /// Keeps lines that could not be said for the next run: what nobody heard was not told (rule E5).
  public mutating func keep(unsaid lines: [String]) {
    if lines.isEmpty { return }
    unsaid = ((unsaid ?? []) + lines).suffix(RunBook.mostUnsaid)
  }

  /// What is to be said now.
  public mutating func takeUnsaid() -> [String] {
    defer { unsaid = nil }
    return unsaid ?? []
  }

  /// What stands and something suffers from, in the order in which it began. A name of no job that was given once, such
  /// as a mistyped one, is nobody's trouble an hour later: cron would have given it again.
  public func troubling(at now: Timestamp) -> [TroubleBook.Entry] {
    troubles.troubling.filter {
      $0.trouble.topic != .start || jobs[$0.trouble.name] != nil || now - $0.seenAt < RunBook.mistypedFor
    }
  }

  private static let mistypedFor: Int64 = 3600

  /// It has ended.
  public mutating func end(_ job: String, at reading: ClockReading, _ status: ExitStatus) {
    var heartbeat = jobs[job] ?? Heartbeat(began: reading, after: nil)
    heartbeat.ended = reading
    heartbeat.lastEnd = reading
    heartbeat.exit = status
    jobs[job] = heartbeat
  }
}
