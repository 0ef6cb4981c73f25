/// A job: a file `NAME.yaml` that says which steps `watchpost run NAME` takes (rule O5).
public struct JobFile: Hashable, Sendable {
  /// The file's name without its ending.
  public let name: String
  /// In this order; at least one, none twice.
  public let steps: [JobStep]
  /// When a run begins nothing new, counted from its start (rule S6).
  public let deadline: TimeSpan
  /// Jobs of one lock never run at the same time (rule O1). The job's name, unless the file says otherwise.
  public let lock: String

  /// Reads a job's file.
  /// - Throws: everything that is wrong with it, at once.
  public init(file path: String) throws(ConfigurationError) { try self.init(YAMLDocument(file: path)) }

  /// - Parameter file: the path that gives the job its name, and that errors show.
  public init(text: String, file: String) throws(ConfigurationError) {
    try self.init(YAMLDocument(text: text, file: file))
  }

  private init(_ document: YAMLDocument) throws(ConfigurationError) {
    let root = document.root!
    let base = String(document.file.split(separator: "/").last ?? "")
    name = base.hasSuffix(".yaml") ? String(base.dropLast(".yaml".count)) : base
    if (try? Kind<String>.name.parse(.text(name), "")) == nil {
      document.report(
        .init(document.file, "the file's name is no job's name", advice: "use letters, digits, - and _, then .yaml"))
    }
    steps = root.required("steps", .list(of: .choice(JobStep.self), count: 1...JobStep.allCases.count)) ?? []
    for (index, step) in steps.enumerated() where steps[..<index].contains(step) {
      root.refuse("steps", "\(step.rawValue) stands twice", advice: "a run takes each step once")
    }
    let range: ClosedRange<TimeSpan> = .seconds(10) ... .hours(24)
    deadline = root.required("deadline", .duration(in: range)) ?? .minutes(4)
    lock = root.value("lock", .name) ?? name
    try document.finish()
  }
}

/// What a job can do; the closed list.
public enum JobStep: String, Sendable, CaseIterable {
  /// Take up posts that became visible.
  case collect
  /// Decide who hears of them.
  case fanOut = "fan-out"
  /// Write the digests that are due.
  case digest
  /// Send what is due.
  case deliver
  /// Forget what is old enough.
  case prune
}
