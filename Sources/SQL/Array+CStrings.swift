extension [String] {
  /// Calls the closure with C's own copies of the texts, and a nil after the last, which is how libpq knows the end.
  /// - Parameter body: must not keep the pointers.
  func withCStrings<T>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T) -> T {
    let bytes = map { text in [CChar](text.utf8CString) }
    var flat = bytes.flatMap { $0 }
    return flat.withUnsafeMutableBufferPointer { buffer in
      var start = 0
      var pointers: [UnsafePointer<CChar>?] = bytes.map { one in
        defer { start += one.count }
        return UnsafePointer(buffer.baseAddress! + start)
      }
      pointers.append(nil)
      return body(pointers)
    }
  }
}
