/// Everything that is wrong with what the admin wrote; at least one problem, in the order of the files' lines.
///
/// Its description is what the admin reads: a line for each problem.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public let problems: [Problem]

  /// - Parameter problems: at least one.
  public init(_ problems: [Problem]) { self.problems = problems }
  init(_ problem: Problem) { problems = [problem] }

  public var description: String { problems.map(\.description).joined(separator: "\n") }

  /// One mistake: where it stands, what it is, what to do.
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The path of the file as it was given, or the name of an environment variable.
    public let place: String
    /// From 1; nil where the whole file is meant.
    public let line: Int?
    /// From 1, in Unicode scalars; given for wrong syntax.
    public let column: Int?
    /// Dotted: `delivery.connections`.
    public let key: String?
    public let message: String
    public let advice: String?

    public init(
      _ place: String, line: Int? = nil, column: Int? = nil, key: String? = nil, _ message: String,
      advice: String? = nil
    ) {
      (self.place, self.line, self.column) = (place, line, column)
      (self.key, self.message, self.advice) = (key, message, advice)
    }

    init(_ place: String, line: Int? = nil, key: String? = nil, _ refusal: Refusal) {
      self.init(place, line: line, key: key, refusal.message, advice: refusal.advice)
    }

    /// `config/watchpost.yaml:12: delivery.connections: 900 is out of range 1...200; …`
    public var description: String {
      var text = place
      if let line { text += ":\(line)" }
      if let column { text += ":\(column)" }
      if let key { text += ": \(key)" }
      return text + ": \(message)" + (advice.map { "; \($0)" } ?? "")
    }
  }
}
