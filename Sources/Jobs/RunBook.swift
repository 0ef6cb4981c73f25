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

    /// A run begins.
    init(began: ClockReading, after last: Heartbeat?) {
      self.began = began
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

  /// No run was there yet.
  public init() {}

  /// A run of a job begins.
  public mutating func begin(_ job: String, at reading: ClockReading) {
    since = since ?? reading
    jobs[job] = Heartbeat(began: reading, after: jobs[job])
  }

  /// It has ended.
  public mutating func end(_ job: String, at reading: ClockReading, _ status: ExitStatus) {
    var heartbeat = jobs[job] ?? Heartbeat(began: reading, after: nil)
    heartbeat.ended = reading
    heartbeat.lastEnd = reading
    heartbeat.exit = status
    jobs[job] = heartbeat
  }
}
