import Foundation
import Glibc
import SQL

/// A small file beside the locks that one run leaves for the next.
enum StateFile {
  /// Puts new contents in the place of the old, readable by the owner alone (rule X2), in one step: whoever reads meanwhile
  /// finds the old or the new.
  static func replace(_ path: String, by contents: Data) throws(UnusableFile) {
    let new = path + ".new"
    let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw unwritable(path, errno, new) }
    var rest = contents[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        Glibc.close(file)
        throw unwritable(path, code, new)
      }
      rest = rest.dropFirst(count)
    }
    guard Glibc.close(file) == 0, rename(new, path) == 0 else { throw unwritable(path, errno, new) }
  }

  /// - Parameter new: the file that was written: where its directory is closed, that is why.
  private static func unwritable(_ path: String, _ code: Int32, _ new: String) -> UnusableFile {
    UnusableFile(description: "\(path): cannot be written: \(reason(code, of: new))")
  }
}

/// A file that runs need beside the ledger cannot be used.
public struct UnusableFile: Error, CustomStringConvertible {
  /// The path, and what is wrong with it.
  public let description: String
}
