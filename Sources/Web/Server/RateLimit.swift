import Synchronization

/// How often one visitor may ask (rule X4): so many at once, and then so many a minute. A value for each visitor, by
/// what the network says of them; memory is bounded by their number.
final class RateLimit: Sendable {
  private struct Bucket {
    var left: Double
    var at: Double
  }

  private let burst: Double
  private let perSecond: Double
  private let most: Int
  private let buckets = Mutex<[String: Bucket]>([:])

  /// - Parameters:
  ///   - burst: how many may come at once.
  ///   - perMinute: how many come back within a minute.
  ///   - most: how many visitors are remembered; with more, those who have all of theirs left are forgotten.
  init(burst: Int, perMinute: Double, most: Int = 20_000) {
    self.burst = Double(burst)
    perSecond = perMinute / 60
    self.most = most
  }

  /// Counts one; false if it is one too many.
  /// - Parameter now: seconds of a clock that does not step.
  func allows(_ visitor: String, now: Double) -> Bool {
    buckets.withLock { buckets in
      if buckets.count >= most, buckets[visitor] == nil {
        buckets = buckets.filter { $0.value.left + (now - $0.value.at) * perSecond < burst }
        // As many visitors at once are an attack: whoever is new waits.
        if buckets.count >= most { return false }
      }
      var bucket = buckets[visitor] ?? Bucket(left: burst, at: now)
      bucket.left = min(burst, bucket.left + max(0, now - bucket.at) * perSecond)
      bucket.at = now
      let isAllowed = bucket.left >= 1
      if isAllowed { bucket.left -= 1 }
      buckets[visitor] = bucket
      return isAllowed
    }
  }
}
