import Time

/// A query of the mapping that took most of a run: what its admin is told, for nothing else would show it.
public struct SlowQuery: Hashable, Sendable {
  /// What it took, with the others of its name.
  public let time: QueryTime
  /// How long the whole run was.
  public let runSeconds: Int64

  /// - Parameter times: of the run.
  /// - Returns: nil unless one query took more than 10 seconds and more than half of the run.
  public init?(among times: [QueryTime], runSeconds: Int64) {
    guard let most = times.max(by: { $0.seconds < $1.seconds }), most.seconds > 10,
      most.seconds * 2 > Double(runSeconds)
    else { return nil }
    time = most
    self.runSeconds = runSeconds
  }

  /// In words for the admin.
  public var description: String {
    let share = "\(Int(time.seconds.rounded())) of the run's \(runSeconds) s"
    return
      "the mapping's query `\(time.question.rawValue)` took \(share), asked \(time.asked) times: "
      + "`watchpost check` shows how the database goes about it; an index may be missing"
  }

  /// Cron runs every few minutes, and one slow query is one trouble: it is told when it begins, when it has become
  /// twice as slow, and after a week.
  /// - Parameter note: what was kept when one was told last.
  /// - Returns: what is to be kept now; nil if nothing is to be told.
  public func noteIfNew(_ note: String?, now: Timestamp) -> String? {
    let parts = (note ?? "").split(separator: " ")
    if parts.count == 3, parts[0] == time.question.rawValue, let seconds = Double(parts[1]), let at = Int64(parts[2]),
      time.seconds < 2 * seconds, abs(now.seconds - at) < 7 * 86_400
    {
      return nil
    }
    return "\(time.question.rawValue) \(Int(time.seconds.rounded())) \(now.seconds)"
  }
}
