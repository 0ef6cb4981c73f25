import Foundation
import Mistakes

/// Refuses a file that anybody but its owner can read or write (rule X2).
/// - Throws: a problem that says `chmod 600`, or that the file cannot be found.
public func requirePrivate(_ path: String) throws(ConfigurationError) {
  var status = stat()
  guard stat(path, &status) == 0 else { throw ConfigurationError(.init(path, unreadable(path, errno))) }
  try requirePrivate(status, path)
}

/// Group and others must have no right at all, not even to write: who can write a key file chooses the key.
private func requirePrivate(_ status: stat, _ path: String) throws(ConfigurationError) {
  let others = status.st_mode & 0o077
  guard others == 0 else {
    let mode = String(status.st_mode & 0o777, radix: 8)
    throw ConfigurationError(
      .init(
        path, "it holds a secret, and its mode \(mode) lets others than its owner at it",
        advice: "run: chmod 600 \(path)"))
  }
}

/// Reads a whole file.
/// - Parameters:
///   - limit: in bytes; a larger file is refused.
///   - isPrivate: refuses what others can read; judged on the opened file, so that it cannot be exchanged meanwhile.
///   - missing: what to do if there is no such file.
public func readFile(
  _ path: String, limit: Int = 1_000_000, isPrivate: Bool = false, missing: String = "check the path"
) throws(ConfigurationError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw ConfigurationError(.init(path, unreadable(path, errno, missing: missing))) }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw ConfigurationError(.init(path, unreadable(path, errno))) }
  if isPrivate { try requirePrivate(status, path) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count < 0 {
      if errno == EINTR { continue }
      throw ConfigurationError(.init(path, unreadable(path, errno)))
    }
    if count == 0 { return bytes }
    bytes.append(contentsOf: chunk.prefix(count))
    guard bytes.count <= limit else {
      throw ConfigurationError(.init(path, "it is larger than \(limit) bytes", advice: "is this the right file?"))
    }
  }
}

/// Makes a new file that only its owner can read and write (rule X2), and sees it to the disk.
/// - Throws: a problem if the file exists already or cannot be written.
public func createPrivateFile(_ path: String, _ contents: some Sequence<UInt8>) throws(ConfigurationError) {
  let bytes = Array(contents)
  let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
  guard file >= 0 else {
    let advice = errno == EEXIST ? "move it away first; nothing is overwritten" : nil
    throw ConfigurationError(.init(path, "cannot be made: \(String(cString: strerror(errno)))", advice: advice))
  }
  defer { close(file) }
  var written = 0
  while written < bytes.count {
    let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else {
      let reason = String(cString: strerror(errno))
      unlink(path)
      throw ConfigurationError(.init(path, "cannot be written: \(reason)"))
    }
    written += count
  }
  guard fsync(file) == 0 else {
    throw ConfigurationError(.init(path, "cannot be written: \(String(cString: strerror(errno)))"))
  }
}

/// The system's word for an error, with what to do where that is known.
private func unreadable(_ path: String, _ code: Int32, missing: String = "check the path") -> Refusal {
  switch code {
  case ENOENT: Refusal("there is no such file", missing)
  case EACCES: Refusal("it may not be read by this user", readable(path))
  default: Refusal("cannot be read: \(String(cString: strerror(code)))")
  }
}

/// How this user comes to read a file.
private func readable(_ path: String) -> String {
  func name(_ id: uid_t) -> String { getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "\(id)" }
  let user = name(geteuid())
  var status = stat()
  guard stat(path, &status) == 0 else { return "a directory above it is closed to \(user): see `namei -l \(path)`" }
  if status.st_uid == geteuid() { return "its owner may not: chmod u+r \(path)" }
  let own = "as root: chown \(user) \(path)"
  // What root owns by mistake root does not run either.
  return status.st_uid == 0 ? own : "run as \(name(status.st_uid)), which owns it, or \(own)"
}
