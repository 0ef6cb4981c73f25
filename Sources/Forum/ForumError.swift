/// Why a forum gave no answer that can be used. Nothing goes out, and no attempt is spent (rule F3).
public struct ForumError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What has to happen before it can answer.
  public enum Kind: Hashable, Sendable {
    /// Its database cannot be asked just now: it heals by waiting.
    case unavailable
    /// The query is not what the database understands, or its result lacks a column: the mapping has to be mended.
    case query
    /// The one row that was asked for holds what its column cannot mean: the forum's data has to be mended.
    case row
    /// A key that was asked about is none that this forum could have, such as a word where keys are numbers.
    case key
  }
  /// What callers go by.
  public let kind: Kind
  /// In words for the admin: the mapping's name, the query's, the column, the value.
  public let description: String

  /// - Parameter description: never with a secret in it: it goes to the log and to the admin.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// What a question about a key finds that a person typed: nothing, where no key of this forum looks like that.
  /// - Throws: `ForumError` of kind `row` where what was asked for is there and cannot be read.
  public static func foundByTyped<T>(_ ask: () throws -> Answer<T>) throws -> [T] {
    do {
      let answer = try ask()
      if let fault = answer.faults.first { throw ForumError(.row, fault.description) }
      return answer.rows
    } catch let error as ForumError where error.kind == .key {
      return []
    }
  }
}
