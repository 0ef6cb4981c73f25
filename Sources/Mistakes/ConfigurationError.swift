/// Everything that is wrong with what the admin wrote; at least one mistake, in the order of the files' lines.
///
/// Its description is what the admin reads: a line for each mistake.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// All that were found; at least one.
  public let mistakes: [Mistake]

  /// - Parameter mistakes: at least one.
  public init(_ mistakes: [Mistake]) { self.mistakes = mistakes }

  /// A single mistake.
  public init(_ mistake: Mistake) { mistakes = [mistake] }

  /// A line for each mistake, without a line end at the end.
  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
