/// One row of a result, read by the position of its columns.
public protocol Row: AnyObject {
  /// The names of the columns, in their order; several may be alike.
  var columns: [String] { get }
  /// Whether the value is NULL. Columns are counted from 0, here and below; one beyond the last is a bug.
  func isNull(_ column: Int) -> Bool
  /// The whole number, or 0 for NULL; a text that reads as a number counts as that.
  func integer(_ column: Int) -> Int64
  /// The whole number if the database keeps it as one; nil for NULL and for everything else.
  func wholeNumber(_ column: Int) -> Int64?
  /// The text in UTF-8, repaired where it was not; empty for NULL.
  func text(_ column: Int) -> String
  /// The octets of a column of octets; none for NULL.
  func octets(_ column: Int) -> [UInt8]
}

extension Row {
  /// The whole number; nil for NULL.
  public func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
  /// The text; nil for NULL, and never for an empty one.
  public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}
