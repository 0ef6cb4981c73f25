import Mistakes
import Time

/// Where the journal begins on a forum that already has posts (rule C3).
public enum CollectStart: Hashable, Sendable {
  /// With what becomes visible from now on.
  case now
  /// With the oldest post.
  case all
  /// With what became visible at this moment or later.
  case since(Timestamp)
}

extension Kind<CollectStart> {
  /// Reads a whole date as its first second in UTC.
  static var collectStart: Kind<CollectStart> {
    .scalar(form: "now, all, or a moment in UTC such as 2026-05-26T12:00:00Z", write: write) {
      (text) throws(Refusal) in
      switch text {
      case "now": return .now
      case "all": return .all
      default:
        // A date or a moment as they are written here, and nothing like them: `2026-05-26 12:00` may be local time.
        guard let moment = Timestamp(iso8601: text), [text, text + "T00:00:00Z"].contains(moment.description) else {
          throw Refusal(
            "\(quoted(text)) is no place to start", "write now, all or a moment in UTC: 2026-05-26T12:00:00Z")
        }
        return .since(moment)
      }
    }
  }

  /// A moment with its time, even where a date was read.
  private static var write: @Sendable (CollectStart) -> String {
    { start in
      switch start {
      case .now: "now"
      case .all: "all"
      case .since(let moment): moment.description
      }
    }
  }
}
