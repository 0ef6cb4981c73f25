import Forum
import Ledger
import Logging
import Mail

/// The stages of the main job, from a forum's new posts to delivered mail, and what runs them.
///
/// `collect ⇒ fan-out ⇒ digest ⇒ deliver`: each stage has a `runOnce` that does what is to be done now and returns
/// counts. Every hand-over between stages is a transaction of the ledger, so that a run may stop anywhere and the next
/// one goes on. Stages ask the forum through `Source`, remember through `Ledger`, and hold no state between runs.
///
/// A stage refuses to guess: if the forum cannot be asked it throws `SourceUnavailable`, and nothing goes out.
public struct StageContext: Sendable {
  public var source: any Source
  public var ledger: Ledger
  /// What holds where neither the forum nor the ledger knows a person's wishes.
  public var defaults: Preferences
  /// The number of the current signing key, recorded with what is new.
  public var signingKey: UInt8
  /// The present moment, in whole seconds.
  public var now: @Sendable () -> Timestamp
  /// True when the run is to end: a stage asks before it begins the next piece of work.
  public var isStopping: @Sendable () -> Bool
  /// With the run's id as metadata. Addresses are masked in what is said below debug level (rule O3).
  public var log: Logger

  public init(
    source: any Source, ledger: Ledger, defaults: Preferences, signingKey: UInt8,
    now: @escaping @Sendable () -> Timestamp, isStopping: @escaping @Sendable () -> Bool = { false },
    log: Logger = Logger(label: "watchpost") { _ in SwiftLogNoOpLogHandler() }
  ) {
    self.source = source
    self.ledger = ledger
    self.defaults = defaults
    self.signingKey = signingKey
    self.now = now
    self.isStopping = isStopping
    self.log = log
  }

  /// A text as it may be logged: with its addresses at debug level, else with masked ones (rule O3). What a server
  /// answers often quotes the recipient.
  func masked(_ text: String) -> String { log.logLevel <= .debug ? text : Address.masked(in: text) }
}
