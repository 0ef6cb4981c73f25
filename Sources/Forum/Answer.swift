/// What a question to the forum brought: the rows that could be read, and those that could not (rule E1).
///
/// It is a collection of the former. Whoever takes what is missing for gone has to look at `faults` first.
public struct Answer<Element: Sendable>: Sendable, RandomAccessCollection {
  /// In the order in which they came.
  public var rows: [Element]
  /// Rows that cannot be read, each with what is wrong with it.
  public var faults: [RowFault]
  /// How many of the rows that could be read came before each fault; nothing where nobody asks.
  public var faultPlaces: [Int]

  /// - Parameter faults: few, or the question is at fault.
  public init(_ rows: [Element], faults: [RowFault] = [], faultPlaces: [Int] = []) {
    self.rows = rows
    self.faults = faults
    self.faultPlaces = faultPlaces
  }

  /// The rows by a key of theirs; of two with one key, the first.
  public func keyed(by key: KeyPath<Element, String>) -> [ForumKey: Element] {
    Dictionary(rows.lazy.map { (ForumKey($0[keyPath: key]), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The keys of the rows that cannot be read.
  public var unreadableKeys: Set<ForumKey> { faults.map(\.key).distinctKeys }

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
