/// Where the journal begins on a forum that already has posts (rule C3).
public enum CollectStart: Hashable, Sendable {
  /// With what becomes visible from now on.
  case now
  /// With the oldest post.
  case all
  /// With what became visible at or after a moment, in seconds since 1970-01-01T00:00:00Z.
  case since(Int64)
}

extension Kind<CollectStart> {
  static var collectStart: Kind<CollectStart> {
    .scalar(form: "now, all, or a moment in UTC such as 2026-05-26T12:00:00Z", write: write) {
      (text) throws(Refusal) in
      switch text {
      case "now": return .now
      case "all": return .all
      default:
        guard let seconds = secondsSinceEpoch(text) else {
          throw Refusal(
            "\(quoted(text)) is no place to start", "write now, all or a moment in UTC: 2026-05-26T12:00:00Z")
        }
        return .since(seconds)
      }
    }
  }

  private static var write: @Sendable (CollectStart) -> String {
    { start in
      switch start {
      case .now: "now"
      case .all: "all"
      case .since(let seconds): moment(seconds)
      }
    }
  }
}

/// Reads `2026-05-26` or `2026-05-26T12:00:00Z`, in UTC and nothing else; nil for a day or hour that does not exist.
private func secondsSinceEpoch(_ text: String) -> Int64? {
  let form = Array("0000-00-00T00:00:00Z".utf8)
  let bytes = Array(text.utf8)
  guard bytes.count == form.count || bytes.count == 10 else { return nil }
  var numbers: [Int64] = [0]
  for (byte, expected) in zip(bytes, form) {
    if expected == UInt8(ascii: "0") {
      guard (48...57).contains(byte) else { return nil }
      numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int64(byte - 48)
    } else {
      guard byte == expected else { return nil }
      numbers.append(0)
    }
  }
  numbers += [0, 0, 0]
  guard numbers[3] < 24, numbers[4] < 60, numbers[5] < 60 else { return nil }
  let days = daysSinceEpoch(year: numbers[0], month: numbers[1], day: numbers[2])
  let seconds = days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
  // A day that the month does not have comes back as another one.
  guard moment(seconds).utf8.elementsEqual(bytes.count == 10 ? bytes + Array("T00:00:00Z".utf8) : bytes) else {
    return nil
  }
  return seconds
}

/// Howard Hinnant's `days_from_civil`.
private func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
  let y = month <= 2 ? year - 1 : year
  let era = (y >= 0 ? y : y - 399) / 400
  let yearOfEra = y - era * 400
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// ISO 8601 in UTC, for the years 0 to 9999.
private func moment(_ seconds: Int64) -> String {
  let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
  let time = seconds - days * 86_400
  // Hinnant's `civil_from_days`.
  let z = days + 719_468
  let era = (z >= 0 ? z : z - 146_096) / 146_097
  let dayOfEra = z - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shifted = (5 * dayOfYear + 2) / 153
  let month = shifted < 10 ? shifted + 3 : shifted - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  func padded(_ number: Int64, _ width: Int = 2) -> String {
    String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
  }
  let date = "\(padded(year, 4))-\(padded(month))-\(padded(dayOfYear - (153 * shifted + 2) / 5 + 1))"
  return "\(date)T\(padded(time / 3600)):\(padded(time / 60 % 60)):\(padded(time % 60))Z"
}
