import Foundation
import Glibc
import SQL

/// A small file beside the locks that one run leaves for the next.
enum StateFile {
  /// Puts new contents in the place of the old, readable by the owner alone (rule X2), in one step: whoever reads meanwhile
  /// finds the old or the new.
  static func replace(_ path: String, by contents: Data) throws(UnusableFile) {
    let new = path + ".new"
    guard
      FileManager.default.createFile(atPath: new, contents: contents, attributes: [.posixPermissions: 0o600]),
      rename(new, path) == 0
    else { throw UnusableFile(description: "\(path): cannot be written: \(reason(errno, of: path))") }
  }
}

/// A file that runs need beside the ledger cannot be used.
public struct UnusableFile: Error, CustomStringConvertible {
  /// The path, and what is wrong with it.
  public let description: String
}
