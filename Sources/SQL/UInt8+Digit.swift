extension UInt8 {
  /// Whether it is an ASCII digit, `0` to `9`.
  var isDigit: Bool { (48...57).contains(self) }
}
