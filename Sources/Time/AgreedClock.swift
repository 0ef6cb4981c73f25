/// The clock as the runs have agreed on it (rule E2): kept from one to the next, a value without I/O.
///
/// ```
///            a reading does not fit               fits `agreed` again: the clock was wrong, and is right
///  agreed ───────────────────────────▶ doubted ──────────────────────────────────────────────────────▶ agreed
///                                         │  readings fit each other for an hour, or the admin's word
///                                         └──────────────────────────────────────────────────────────▶ agreed anew
/// ```
public struct AgreedClock: Hashable, Sendable {
  /// The last reading that was believed, renewed every ten minutes.
  public private(set) var agreed: ClockReading
  /// The first of the readings that do not fit it; nil if the last one did.
  public private(set) var suspect: Suspect?
  /// What the wall clock showed when it was last found ahead; nil if it never was. What somebody else wrote down then,
  /// such as the forum, looks as if it were of these moments.
  public private(set) var wrong: ClosedRange<Timestamp>?

  /// A reading that does not fit.
  public struct Suspect: Hashable, Sendable {
    /// As it was read.
    public let first: ClockReading
    /// What the wall clock should have shown then; the least that it can be where the boot is another.
    public let expected: Timestamp
  }

  /// How long readings that do not fit must fit each other until they are believed.
  public static let agreement = TimeSpan.hours(1)
  /// How old what is agreed may become.
  static let renewal = TimeSpan.minutes(10)
  /// How far the wall clock may go on over a boot, or between two machines, and be believed at once.
  public static let longestGap = TimeSpan.days(1)

  /// The first reading of all is believed; so is one that the admin vouches for.
  public init(_ reading: ClockReading) { agreed = reading }

  /// Takes in what the clocks show now.
  public mutating func take(_ reading: ClockReading) {
    if reading.fits(agreed) {
      if let suspect { wrong = moments(of: suspect, until: reading) ?? wrong }
      suspect = nil
      if reading.wall - agreed.wall >= AgreedClock.renewal.seconds { agreed = reading }
    } else if let suspect, reading.fits(suspect.first) {
      guard passed(since: suspect, reading) >= AgreedClock.agreement.seconds else { return }
      vouch(for: reading)
    } else {
      if let suspect { wrong = moments(of: suspect, until: reading) ?? wrong }
      suspect = Suspect(first: reading, expected: expected(at: reading))
    }
  }

  /// Believes a reading, whatever was agreed before. If that is ahead of it, it was the one that was wrong.
  public mutating func vouch(for reading: ClockReading) {
    let expected = expected(at: reading)
    if !reading.fits(agreed), expected > reading.wall { wrong = reading.wall...expected }
    agreed = reading
    suspect = nil
  }

  /// What the wall clock may have shown since what was agreed, by a reading that was ahead.
  private func moments(of suspect: Suspect, until reading: ClockReading) -> ClosedRange<Timestamp>? {
    guard suspect.first.wall > suspect.expected else { return nil }
    let before = suspect.expected - agreed.wall
    return (suspect.first.wall - before)...(suspect.first.wall + max(0, expected(at: reading) - suspect.expected))
  }

  /// What is to be gone by at a reading, whether it has been taken in or not.
  public func state(at reading: ClockReading) -> ClockState {
    var after = self
    after.take(reading)
    guard let suspect = after.suspect else {
      return ClockState(now: reading.wall, agreed: reading.wall, wrong: after.wrong, doubt: nil)
    }
    let expected = after.expected(at: reading)
    return ClockState(
      now: max(expected, reading.wall), agreed: expected, wrong: after.wrong,
      doubt: ClockDoubt(
        shown: reading.wall, expected: expected, until: suspect.first.wall + AgreedClock.agreement.seconds))
  }

  /// What the wall clock should show, counted on from what was agreed.
  private func expected(at reading: ClockReading) -> Timestamp {
    if let passed = reading.passed(since: agreed) { return agreed.wall + passed }
    // The runs since it was renewed have left no trace: what is expected may be ahead of them, and not behind.
    guard let suspect else { return agreed.wall + AgreedClock.renewal.seconds }
    return suspect.expected + (reading.fits(suspect.first) ? passed(since: suspect, reading) : 0)
  }

  private func passed(since suspect: Suspect, _ reading: ClockReading) -> Int64 {
    reading.passed(since: suspect.first) ?? max(0, reading.wall - suspect.first.wall)
  }
}

/// The time that a run goes by.
public struct ClockState: Hashable, Sendable {
  /// The later of what the clock shows and what it should show: what is written down may lie too far ahead, which can
  /// be mended, and never too far back, where it would look long overdue.
  public let now: Timestamp
  /// What it should show: what was agreed, counted on. The same as `now` unless the clock is doubted.
  public let agreed: Timestamp
  /// What the clock showed when it was last found ahead.
  public let wrong: ClosedRange<Timestamp>?
  /// nil: the clock is believed.
  public let doubt: ClockDoubt?

  /// Seconds by which the clock is behind what it should show.
  public var setback: Int64 { doubt.map { max(0, -$0.jump) } ?? 0 }
}

/// Why the clock is not believed, and for how long; what `status` shows.
public struct ClockDoubt: Hashable, Sendable, CustomStringConvertible {
  /// What the clock shows.
  public let shown: Timestamp
  /// What it should.
  public let expected: Timestamp
  /// When it is believed, by itself, if it goes on like this.
  public let until: Timestamp

  /// Seconds that it is ahead, or behind if negative.
  public var jump: Int64 { shown - expected }

  /// More than a day: told to the admin.
  public var isGrave: Bool { abs(jump) > AgreedClock.longestGap.seconds }

  /// `the clock shows 2027-06-30T12:00:00Z, where about 2026-05-26T12:00:00Z was expected`
  public var description: String { "the clock shows \(shown), where about \(expected) was expected" }
}

/// As the ledger keeps it, nine words: the reading that is agreed, the first that is doubted and what was expected then,
/// the first and the last wrong moment. `-` stands for what is not known.
extension AgreedClock: LosslessStringConvertible {
  /// Seconds, with blanks between them.
  public var description: String {
    let words: [Int64?] = [
      agreed.wall.seconds, agreed.boot, agreed.steady, suspect?.first.wall.seconds, suspect?.first.boot,
      suspect?.first.steady, suspect?.expected.seconds, wrong?.lowerBound.seconds, wrong?.upperBound.seconds,
    ]
    return words.map { $0.map(String.init) ?? "-" }.joined(separator: " ")
  }

  /// nil for what this program does not write: the next reading is then the first of all.
  public init?(_ text: String) {
    let words = text.split(separator: " ").map { Int64($0) }
    func reading(_ at: Int) -> ClockReading? {
      guard let wall = words[at], let steady = words[at + 2] else { return nil }
      return ClockReading(wall: Timestamp(wall), boot: words[at + 1], steady: steady)
    }
    guard words.count == 9, let agreed = reading(0) else { return nil }
    self.init(agreed)
    if let first = reading(3), let expected = words[6].map(Timestamp.init) {
      suspect = Suspect(first: first, expected: expected)
    }
    if let first = words[7], let last = words[8], first <= last { wrong = Timestamp(first)...Timestamp(last) }
  }
}
