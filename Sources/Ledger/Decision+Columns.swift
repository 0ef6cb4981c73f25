import Forum

extension Decision {
  /// The two columns that keep it: what, and the watch's scope or the reason.
  var columns: (decision: String, detail: String) {
    switch self {
    case .instant(let scope): ("instant", scope.rawValue)
    case .digest(let scope): ("digest", scope.rawValue)
    case .skipped(let reason): ("skipped", reason.rawValue)
    }
  }

  /// Reads the two columns. A scope that is not known is a newer program's, and matters to nobody who reads it here; an
  /// unknown reason is nil.
  init?(decision: String, detail: String) {
    switch decision {
    case "instant": self = .instant(WatchScope(rawValue: detail) ?? .thread)
    case "digest": self = .digest(WatchScope(rawValue: detail) ?? .thread)
    case "skipped":
      guard let reason = SkipReason(rawValue: detail) else { return nil }
      self = .skipped(reason)
    default: return nil
    }
  }
}
