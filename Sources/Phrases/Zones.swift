import Foundation
import Synchronization
import Time

/// Time zones by their IANA names; looking one up reads a file, so each is read once.
public final class Zones: Sendable {
  /// At most 1000, by name; unknown names among them, as UTC.
  private let known = Mutex<[String: TimeZone]>([:])

  /// One for the process is enough: any number of threads may ask it.
  public init() {}

  /// Seconds east of UTC at a moment; 0 where the name is unknown.
  public func offset(_ name: String, at moment: Timestamp) -> Int {
    let zone = known.withLock { known in
      if let zone = known[name] { return zone }
      let zone = TimeZone(identifier: name) ?? .gmt
      // Names come from people's records: what they invent must not fill the memory.
      if known.count < 1000 { known[name] = zone }
      return zone
    }
    return zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds)))
  }
}
