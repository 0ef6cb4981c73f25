import Foundation
import Glibc
import Mail
import SQL
import Time

/// The directory of files that came with replies, which the admin's web server serves (rule I4).
///
/// A file gets its name once all of it is on the disk, so that nobody is served half of one. What a run that died had
/// begun stays under another name, until it is a day old.
public struct AttachmentStore: Sendable {
  /// Where the files are.
  public var directory: String
  /// Under which address they are served; without a slash at its end.
  public var url: String

  /// Touches nothing yet.
  public init(directory: String, url: String) {
    self.directory = directory
    self.url = url
  }

  /// What a file that is being written is called before its name.
  private static let unfinished = ".new-"

  /// Writes a file; the same one again changes nothing.
  /// - Throws: what keeps it from being written; nothing is under the name then that was not before.
  func keep(_ octets: [UInt8], as name: String) throws(UnusableFile) {
    guard Self.isOurs(name) else {
      throw UnusableFile(description: "\(name.debugDescription) is no name of a kept file")
    }
    let (path, new) = ("\(directory)/\(name)", "\(directory)/\(Self.unfinished)\(name)")
    // Others may read it: the web server is another user. A link in its place is not followed.
    unlink(new)
    let file = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw unwritable(errno, new) }
    var code: Int32 = 0
    var rest = octets[...]
    while code == 0, !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else if count < 0, errno != EINTR { code = errno }
    }
    if code == 0, fchmod(file, 0o644) != 0 || fsync(file) != 0 { code = errno }
    if Glibc.close(file) != 0, code == 0 { code = errno }
    if code == 0, rename(new, path) != 0 { code = errno }
    guard code == 0 else {
      unlink(new)
      throw unwritable(code, new)
    }
    // The name too must be there after a power cut, since a post is about to have it.
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw unwritable(errno, directory) }
    defer { Glibc.close(folder) }
    if fsync(folder) != 0 { throw unwritable(errno, directory) }
  }

  /// Whether files can be written, as far as that shows without writing one.
  /// - Throws: what is wrong.
  public func check() throws(UnusableFile) {
    if access(directory, W_OK | X_OK) != 0 { throw unwritable(errno, directory) }
    var status = stat()
    if stat(directory, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR { throw unwritable(ENOTDIR, directory) }
  }

  /// Removes kept files; one that is not there is none.
  /// - Returns: how many were there.
  func remove(_ names: [String]) -> Int {
    names.count { Self.isOurs($0) && unlink("\(directory)/\($0)") == 0 }
  }

  /// Removes what runs that died had begun to write before a moment.
  /// - Returns: how many there were.
  func removeUnfinished(before moment: Timestamp) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.count { name in
      var status = stat()
      let path = "\(directory)/\(name)"
      return name.hasPrefix(Self.unfinished) && Self.isOurs(String(name.dropFirst(Self.unfinished.count)))
        && lstat(path, &status) == 0 && Int64(status.st_mtim.tv_sec) < moment.seconds && unlink(path) == 0
    }
  }

  /// Whether a name is one that we give: letters and digits, and an ending that no browser runs.
  static func isOurs(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0].utf8.count == 32
      && parts[0].utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
      && FileKind.allCases.contains { $0.ending == parts[1] }
  }

  private func unwritable(_ code: Int32, _ path: String) -> UnusableFile {
    UnusableFile(description: "\(directory): cannot be written: \(reason(code, of: path))")
  }
}
