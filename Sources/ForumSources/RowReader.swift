import Forum
import SQL

/// Reads the rows of a question. Its columns are found once for each result.
protocol RowReader {
  /// What a row becomes.
  associatedtype Element: Sendable
  /// Whose rows these are, as a fault of one of them says it.
  static var subject: RowFault.Subject { get }
  /// Every column that means something here; `ForumSources.docc/Mappings.md` says what.
  static var names: [String] { get }
  /// - Throws: `ForumError` of kind `query` if a column is missing that must be there.
  init(_ columns: Columns) throws
  /// - Throws: `ColumnFault` for a row that cannot be read.
  func read(_ row: any Row) throws -> Element
  /// Whose row it is, also where the rest of it cannot be read; empty where there is no key.
  func key(_ row: any Row) -> String
  /// A post's place in the forum's order, also where the rest of the row cannot be read; nil for all else.
  func ordinal(_ row: any Row) -> Int64?
}

extension RowReader {
  func ordinal(_ row: any Row) -> Int64? { nil }
}
