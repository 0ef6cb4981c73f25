/// What a question to the forum brought: the rows that could be read, and those that could not (rule E1).
///
/// It is a collection of the former. Whoever takes what is missing for gone has to look at `faults` first.
public struct Answer<Element: Sendable>: Sendable, RandomAccessCollection {
  /// In the order in which they came.
  public var rows: [Element]
  /// Rows that cannot be read, each with what is wrong with it.
  public var faults: [RowFault]

  /// - Parameter faults: few, or the question is at fault.
  public init(_ rows: [Element], faults: [RowFault] = []) {
    self.rows = rows
    self.faults = faults
  }

  /// The keys of the rows that cannot be read.
  public var unreadableKeys: Set<String> { Set(faults.map(\.key)) }

  /// The position of the first row.
  public var startIndex: Int { rows.startIndex }
  /// One past the position of the last row.
  public var endIndex: Int { rows.endIndex }
  /// The row at a position.
  public subscript(_ position: Int) -> Element { rows[position] }
}

extension Answer: Equatable where Element: Equatable {}
extension Answer: ExpressibleByArrayLiteral {
  /// Rows that could all be read.
  public init(arrayLiteral elements: Element...) { self.init(elements) }
}
