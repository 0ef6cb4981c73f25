/// What is wrong in a template or a catalogue of phrases, and where.
public struct TemplateProblem: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file's path, or its name if it is built in.
  public let file: String
  /// 1 for the first line; nil where the whole file is meant.
  public let line: Int?
  public let text: String

  public var description: String { line.map { "\(file):\($0): \(text)" } ?? "\(file): \(text)" }
}

/// Everything that is wrong in a directory of templates; one line each.
public struct TemplateProblems: Error, Sendable, CustomStringConvertible {
  public let problems: [TemplateProblem]

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
