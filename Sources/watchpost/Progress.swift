import Glibc

/// How far a long command is, for somebody who waits for it: on a terminal alone, and gone when it is done.
enum Progress {
  private static let isShown = isatty(STDERR_FILENO) != 0

  /// In the place of what was shown before.
  static func show(_ words: String) { write("\r\u{1B}[K\(words)") }

  /// Nothing more is under way.
  static func clear() { write("\r\u{1B}[K") }

  /// What a terminal does not take is nothing that anybody misses.
  private static func write(_ text: String) {
    if isShown { _ = Array(text.utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) } }
  }
}
