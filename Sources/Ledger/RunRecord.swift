import Time

/// One run of a job, as it is remembered.
public struct RunRecord: Hashable, Sendable {
  /// Growing, in the order in which runs were remembered.
  public let id: Int64
  /// The name of the job's file.
  public let job: String
  /// When it began.
  public let startedAt: Timestamp
  /// nil: under way, or died.
  public let endedAt: Timestamp?
  /// The exit status of the process; nil as `endedAt`.
  public let exitCode: Int?
  /// What the steps counted, as JSON.
  public let report: String?
}
