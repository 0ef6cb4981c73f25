import Foundation
import Time

/// Times that a forum keeps in its server's zone, made moments in UTC.
struct LocalTimes: Sendable {
  let zone: TimeZone

  /// A moment's seconds since 1970, of the seconds that its date and hour would be in UTC. An hour that comes twice when
  /// summer time ends is the earlier; one that is left out when it begins is read by the offset before.
  func seconds(local: Int64) -> Int64 {
    let day: Int64 = 86_400
    // No zone is a day away from UTC, and none changes twice within two days.
    let (before, after) = (offset(local - day), offset(local + day))
    if before == after { return local - before }
    let candidates = [local - before, local - after].filter { local - $0 == offset($0) }
    return candidates.min() ?? local - before
  }

  private func offset(_ seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }
}
