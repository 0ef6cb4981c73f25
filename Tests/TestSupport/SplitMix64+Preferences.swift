import Forum
import Time

extension SplitMix64 {
  /// Choices by chance, each left open half the time.
  public mutating func preferences() -> Preferences {
    var chosen = Preferences()
    func maybe<T>(_ values: [T], _ random: inout SplitMix64) -> T? { random.once(in: 2) ? nil : random.pick(values) }
    chosen.mode = maybe(Mode.allCases, &self)
    chosen.digestPeriod = maybe(DigestPeriod.allCases, &self)
    chosen.digestHour = maybe(Array(0...23), &self)
    chosen.digestWeekday = maybe((1...7).compactMap(Weekday.init(isoNumber:)), &self)
    chosen.zone = maybe(["UTC", "Africa/Nairobi", "Asia/Kathmandu", "America/Montreal"], &self)
    chosen.language = maybe(Language.allCases, &self)
    chosen.digestStyle = maybe(DigestStyle.allCases, &self)
    chosen.digestFormat = maybe(DigestFormat.allCases, &self)
    chosen.textOnly = maybe([true, false], &self)
    chosen.ownPosts = maybe([true, false], &self)
    chosen.pausedUntil = maybe([Timestamp(0), Timestamp(2_000_000_000)], &self)
    return chosen
  }
}
