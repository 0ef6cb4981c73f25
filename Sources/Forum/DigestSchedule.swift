import Time

/// When a person's digests come (rule D1).
public struct DigestSchedule: Hashable, Sendable {
  /// How often.
  public var period: DigestPeriod
  /// Local hour, 0...23.
  public let hour: Int
  /// Counts where the period is weekly.
  public var weekday: Weekday
  /// IANA time zone; an unknown one counts as UTC.
  public var zone: String

  /// - Parameter hour: one beyond 0...23 becomes the nearest.
  public init(period: DigestPeriod = .daily, hour: Int = 7, weekday: Weekday = .monday, zone: String = "UTC") {
    self.period = period
    self.hour = min(max(hour, 0), 23)
    self.weekday = weekday
    self.zone = zone
  }
}
