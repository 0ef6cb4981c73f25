import Forum
import Ledger
import Logging
import Mail
import Membership
import Time

/// A step of a job: does what is to be done now, and says what it did. To add one, conform to this, put it into
/// `Stages.all` and `Stages.steps`, and name its step in a file of `jobs`.
public protocol Stage {
  /// What a job's file calls it.
  static var step: Step { get }
  /// Whether one process at a time takes it; where another machine is at it, a run goes on to the next step.
  static var isExclusive: Bool { get }
  /// Whether something waits that the stage could do now; cheap, since it is asked while another stage is at work. A
  /// stage for which something waits gets its share of the run's time (rule E4).
  var hasWork: @Sendable (StageContext) throws -> Bool { get }
  /// Fills in what the stage did, with its warnings: also when it throws half-way and its mails are out.
  func run(_ report: inout StepReport) throws
}

extension Stage {
  /// Claims no time of the stages before it.
  public var hasWork: @Sendable (StageContext) throws -> Bool { { _ in false } }
}

/// A step's name in a job's file.
public struct Step: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// What a job's file writes; one word, or words with hyphens.
  public let rawValue: String

  /// Any name; `JobRun` traps at one that no stage has, and the job's file is checked before.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Its name.
  public var description: String { rawValue }
}

/// What every stage works with.
public struct StageContext: Sendable {
  /// Forum and ledger, and what both know of people.
  public var members: Members
  /// The run's time, where it comes from clocks that may be wrong; nil where it is what `members` says.
  public var clock: RunClock?
  /// Where leases are noted; nil: nowhere, and those of a dead run end by their time.
  public var leases: LeaseBook?
  /// The number of the current signing key, recorded with what is new.
  public var signingKey: UInt8
  /// True when the run is to end: a stage asks before it begins the next piece of work.
  public var isStopping: @Sendable () -> Bool
  /// With the run's id as metadata. Addresses are masked in what is said below debug level (rule O3).
  public var log: Logger

  /// The forum, to be asked.
  public var forum: any ForumReader { members.forum }
  /// The ledger, to be read and written.
  public var ledger: Ledger { members.ledger }
  /// What holds where neither the forum nor the ledger knows a person's choices.
  public var defaults: EffectivePreferences { members.defaults }

  /// - Parameters:
  ///   - clock: whose `now` is that of `members`.
  ///   - isStopping: asked from any thread that a stage works on.
  ///   - log: silent by default.
  public init(
    members: Members, clock: RunClock? = nil, signingKey: UInt8,
    isStopping: @escaping @Sendable () -> Bool = { false },
    log: Logger = Logger(label: "watchpost") { _ in SwiftLogNoOpLogHandler() }
  ) {
    self.members = members
    if let clock {
      self.members.doubt = Members.Doubt(
        earliest: { clock.agreed() }, latest: { clock.now() }, wrongMoments: clock.state.wrong)
    }
    self.clock = clock
    self.signingKey = signingKey
    self.isStopping = isStopping
    self.log = log
  }

  /// The present moment, in whole seconds.
  public func now() -> Timestamp { members.now() }

  /// A text as it may be logged: with its addresses at debug level, else with masked ones (rule O3). What a server
  /// answers often quotes the recipient.
  func masked(_ text: String) -> String { log.logLevel <= .debug ? text : Address.masked(in: text) }
}
