import Time

/// How mail to an address fared lately (rule B3): what failed adds to it, what was taken lowers it, and at the limit the
/// address is not mailed any more.
public struct AddressScore: Hashable, Sendable {
  /// In tenths, so that it is exact; 0 or more.
  public private(set) var tenths: Int
  /// When something last failed.
  public private(set) var lastAt: Timestamp

  /// At or above it an address is suppressed.
  public static let limit = 40
  /// Seconds after its last failure in which an address's score is forgotten.
  public static let memory: Int64 = 30 * 86_400

  /// As it was written down.
  public init(tenths: Int, lastAt: Timestamp) {
    self.tenths = max(0, tenths)
    self.lastAt = lastAt
  }

  /// Whether the address is not to be mailed any more.
  public var isOver: Bool { tenths >= AddressScore.limit }

  /// Whether it is forgotten at a moment.
  public func isOver(at now: Timestamp) -> Bool { now - lastAt > AddressScore.memory }

  /// Takes in that something failed.
  /// - Parameters:
  ///   - score: what is known of the address; nil: nothing.
  ///   - today: what failures of the same day have added already: a day adds no more than its worst.
  /// - Returns: the new score, and what this failure added.
  public static func after(
    _ severity: FailureEvent.Severity, at moment: Timestamp, score: AddressScore?, today: Int
  ) -> (score: AddressScore, added: Int) {
    let before = score.flatMap { $0.isOver(at: moment) ? nil : $0 }?.tenths ?? 0
    let added = max(0, severity.tenths - today)
    // What says nothing of the person does not keep what was held against them from being forgotten either.
    let lastAt = severity.tenths == 0 ? score?.lastAt ?? moment : max(moment, score?.lastAt ?? moment)
    return (AddressScore(tenths: before + added, lastAt: lastAt), added)
  }
}

/// When an address that was stopped is tried again (rule B4).
public enum ProbeSchedule {
  /// Days after it was stopped.
  public static let days: [Int64] = [7, 14, 21]
  /// Seconds after a probe was taken in which a report would have come: after them the address is good again.
  public static let patience: Int64 = 3 * 86_400

  /// The next probe of an address stopped at a moment; nil after the last.
  /// - Parameter probes: that were made.
  public static func next(stopped since: Timestamp, probes: Int) -> Timestamp? {
    probes < days.count ? since + days[probes] * 86_400 : nil
  }
}
