/// What one look at the forum changes in the collector's memory.
public struct CollectorUpdate: Sendable {
  /// Candidates that are new or have changed.
  public var upserts: [Candidate] = []
  /// Posts that cannot be read (rule E1).
  public var setAside: [SetAside] = []
  /// What can be read again, or is no more.
  public var mended: [SetAside] = []
  /// Keys of posts that are candidates no more.
  public var forgotten: [String] = []
  /// Gaps by their first ordinals; removed before others are added, so that one may be split.
  public var removedGaps: [Gap] = []
  /// Gaps that are new, or end elsewhere.
  public var addedGaps: [Gap] = []
  /// The largest ordinal seen; nil leaves the mark alone.
  public var collected: Int64?

  /// It changes nothing.
  public init() {}

  /// Whether there is nothing to write.
  public var isEmpty: Bool {
    upserts.isEmpty && setAside.isEmpty && mended.isEmpty && forgotten.isEmpty && removedGaps.isEmpty
      && addedGaps.isEmpty && collected == nil
  }
}
