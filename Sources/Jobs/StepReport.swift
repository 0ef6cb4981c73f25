/// What one step of a run did.
public struct StepReport: Hashable, Sendable {
  /// The step's name.
  public var step: String
  /// What it counted, in order; zeros included.
  public var counts: [Count]
  /// Sentences for the admin about what happened in this run alone.
  public var warnings: [String] = []
  /// What lasts: what is held, paused or down.
  public var troubles: [Trouble] = []
  /// What the step can say of troubles that it did not meet; of other topics it can say nothing.
  public var looks: [Trouble.Topic: Trouble.Look] = [:]
  /// What the step alone, but for its troubles, would make of the run.
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

  /// Says the same of several topics.
  public mutating func look(at topics: [Trouble.Topic], _ look: Trouble.Look) {
    for topic in topics { looks[topic] = look }
  }

  /// Everything that there is to say, whether or not it was said before.
  public var words: [String] { warnings + troubles.map(\.words) }

  /// It did something, or has something to say.
  var isTelling: Bool { status != .done || !words.isEmpty || counts.contains { $0.value != 0 } }

  /// What was counted under a name; 0 if nothing was.
  public func count(_ name: String) -> Int { counts.first { $0.name == name }?.value ?? 0 }
}
