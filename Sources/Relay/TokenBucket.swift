/// A rate in messages per second (S6).
///
/// Holds at most a tenth of a second's worth of tokens, at least one, so that no second sees more than 1.1 times the
/// rate plus one. Moments are nanoseconds of any monotonic clock.
struct TokenBucket {
  private let perSecond: Double
  /// Tokens that may be saved up while nothing is sent.
  private let capacity: Double
  private var tokens: Double
  /// Up to when tokens were added.
  private var filled: Int64

  /// - Parameter perSecond: more than 0.
  init(perSecond: Double, now: Int64) {
    self.perSecond = perSecond
    capacity = max(1, perSecond / 10)
    tokens = 1
    filled = now
  }

  /// Takes a token if one is there.
  mutating func take(at now: Int64) -> Bool {
    fill(at: now)
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }

  /// Nanoseconds until the next token; 0 if one is there.
  mutating func wait(at now: Int64) -> Int64 {
    fill(at: now)
    return tokens >= 1 ? 0 : Int64(((1 - tokens) / perSecond * 1e9).rounded(.up))
  }

  /// A clock that went back adds nothing.
  private mutating func fill(at now: Int64) {
    guard now > filled else { return }
    tokens = min(capacity, tokens + Double(now - filled) / 1e9 * perSecond)
    filled = now
  }
}
