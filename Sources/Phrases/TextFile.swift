import Foundation
import Mistakes

/// A file of phrases, or of a layout, that an administrator may have written.
public enum TextFile {
  /// Reads a file of at most 1 MB in UTF-8.
  /// - Parameter mistakes: what is wrong with a file that is there is added here.
  /// - Returns: nil if there is no such file, or it is of no use.
  public static func read(_ file: String, mistakes: inout [Mistake]) -> String? {
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    guard let data = FileManager.default.contents(atPath: file) else {
      mistakes.append(Mistake(file, "cannot be read; see to its permissions"))
      return nil
    }
    guard data.count <= 1_000_000, let text = String(validating: data, as: UTF8.self) else {
      mistakes.append(Mistake(file, "is no UTF-8 text of at most 1 MB; save it as UTF-8"))
      return nil
    }
    return text
  }
}
