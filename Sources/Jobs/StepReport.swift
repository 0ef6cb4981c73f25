/// What one step of a run did.
public struct StepReport: Hashable, Sendable {
  /// The step's name.
  public var step: String
  /// What it counted, in order; zeros included.
  public var counts: [Count]
  /// Sentences for the admin: what is held, paused or down.
  public var warnings: [String] = []
  /// What the step alone would make of the run.
  public var status: ExitStatus = .done

  /// A number with its name.
  public struct Count: Hashable, Sendable {
    /// Words of it are joined by a space here and by `_` in JSON.
    public var name: String
    /// 0 or more; 0 is not told in words.
    public var value: Int
    /// Says what waits, not what was done.
    public var isWaiting = false
  }

  /// Nothing was done yet.
  public init(_ step: String) {
    self.step = step
    counts = []
  }

  /// Adds a count, behind those that are there.
  /// - Parameter isWaiting: it says what waits, not what was done.
  public mutating func count(_ name: String, _ value: Int, isWaiting: Bool = false) {
    counts.append(Count(name: name, value: value, isWaiting: isWaiting))
  }

  /// It did something, or has something to say.
  var isTelling: Bool { status != .done || !warnings.isEmpty || counts.contains { $0.value != 0 } }

  /// What was counted under a name; 0 if nothing was.
  public func count(_ name: String) -> Int { counts.first { $0.name == name }?.value ?? 0 }
}
