import Foundation
import Mail
import Synchronization

/// Writes moments as the readers of a language do, in their own time zone.
///
/// The names and the order come from the language's catalogue, not from the system's locale data: so a mail reads alike on
/// every machine, and the month names are those that the United Nations uses.
struct LocalDate: Sendable {
  private let pattern: PhraseText
  private let months: [String]
  private let dayOne: String

  init(_ words: Words) {
    pattern = words[.date]
    months = words.months
    dayOne = words.plain(.dayOne)
  }

  /// `26 May 2026, 15:00 (UTC+3)`
  /// - Parameter offset: seconds east of UTC.
  func text(_ moment: Timestamp, offset: Int) -> String {
    let local = moment + Int64(offset)
    let days = local.seconds >= 0 ? local.seconds / 86_400 : (local.seconds - 86_399) / 86_400
    let date = CivilDate(daysSinceEpoch: days)
    let minutes = Int(local.seconds - days * 86_400) / 60
    return pattern.filled([
      "day": date.day == 1 ? dayOne : String(date.day),
      "month": months[date.month - 1],
      "year": String(date.year),
      "time": "\(minutes / 60 < 10 ? "0" : "")\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)",
      "zone": Self.zoneName(offset),
    ])
  }

  /// `UTC`, `UTC+3`, `UTC−4:30`
  static func zoneName(_ offset: Int) -> String {
    let minutes = abs(offset) / 60
    if minutes == 0 { return "UTC" }
    let sign = offset < 0 ? "−" : "+"
    return minutes % 60 == 0
      ? "UTC\(sign)\(minutes / 60)" : "UTC\(sign)\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
  }
}

/// Time zones by their IANA names; looking one up reads a file, so each is read once.
final class Zones: Sendable {
  private let known = Mutex<[String: TimeZone]>([:])

  /// Seconds east of UTC at a moment; 0 where the name is unknown.
  func offset(_ name: String, at moment: Timestamp) -> Int {
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
