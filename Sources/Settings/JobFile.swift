import Mistakes
import Time

/// A job: a file `NAME.yaml` that says which steps `watchpost run NAME` takes (rule O5).
public struct JobFile: Hashable, Sendable {
  /// The file's name without its ending.
  public let name: String
  /// In this order; at least one, none twice.
  public let steps: [String]
  /// When a run begins nothing new, counted from its start (rule S6).
  public let deadline: TimeSpan
  /// How often cron starts it; nil: nobody expects it, and `status` does not miss it (rule E6).
  public let every: TimeSpan?
  /// Jobs of one lock never run at the same time (rule O1). The job's name, unless the file says otherwise.
  public let lock: String

  /// Reads a job's file.
  /// - Throws: everything that is wrong with it, at once.
  /// - Parameter known: the names of all steps there are.
  public init(file path: String, steps known: [String]) throws(ConfigurationError) {
    try self.init(YAMLDocument(file: path), known)
  }

  /// - Parameters:
  ///   - file: the path that gives the job its name, and that errors show.
  ///   - known: the names of all steps there are.
  public init(text: String, file: String, steps known: [String]) throws(ConfigurationError) {
    try self.init(YAMLDocument(text: text, file: file), known)
  }

  /// The file's name is checked as the job's: it stands in locks, reports and logs. Until `finish` has returned, what
  /// is missing has a stand-in.
  private init(_ document: YAMLDocument, _ known: [String]) throws(ConfigurationError) {
    let root = document.root!
    let base = String(document.file.split(separator: "/").last ?? "")
    name = base.hasSuffix(".yaml") ? String(base.dropLast(".yaml".count)) : base
    if (try? Kind<String>.name.parse(.text(name), "")) == nil {
      document.report(
        .init(document.file, "the file's name is no job's name", advice: "use letters, digits, - and _, then .yaml"))
    }
    steps = root.required("steps", .list(of: .word(of: known), count: 1...known.count)) ?? []
    for (index, step) in steps.enumerated() where steps[..<index].contains(step) {
      root.refuse("steps", "\(step) stands twice", advice: "a run takes each step once")
    }
    let range: ClosedRange<TimeSpan> = .seconds(10) ... .hours(24)
    deadline = root.required("deadline", .duration(in: range)) ?? .minutes(4)
    every = root.value("every", .duration(in: .minutes(1) ... .days(31)))
    lock = root.value("lock", .name) ?? name
    try document.finish()
  }

  /// Seconds after the end of a run within which the next one must have ended: two ticks may be missed by a machine that
  /// starts anew, and a run may take all of its time.
  public var longestSilence: Int64? { every.map { 2 * $0.seconds + deadline.seconds } }
}
