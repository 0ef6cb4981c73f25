extension RandomAccessCollection where Index == Int {
  /// The elements in their order, `size` at a time, the last piece perhaps shorter; nothing for none.
  ///
  /// Databases limit how many parameters a statement may have (SQLite by default 32766), and a list that is longer
  /// would be refused as a whole.
  package func chunks(of size: Int) -> [SubSequence] {
    stride(from: startIndex, to: endIndex, by: size).map { self[$0..<Swift.min($0 + size, endIndex)] }
  }
}
