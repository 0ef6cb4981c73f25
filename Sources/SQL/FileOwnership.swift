import Glibc

/// Whose a file is, and who asks, for messages about files that cannot be used: `it belongs to www-data (mode 660), and
/// this is watchpost`.
/// - Parameter path: a file or directory; for one that is not there the directory is told of.
public func ownership(of path: String) -> String {
  var found = stat()
  guard stat(path, &found) == 0 else {
    let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let isThere = errno == ENOENT && !directory.isEmpty && stat(directory, &found) == 0
    return isThere ? "its directory belongs to \(words(found))" : String(cString: strerror(errno))
  }
  return "it belongs to \(words(found))"
}

/// What the system said of a file, and whose it is if that is why.
/// - Parameter code: `errno`, read before anything else is called.
public func reason(_ code: Int32, of path: String) -> String {
  let words = String(cString: strerror(code))
  return [EACCES, EPERM].contains(code) ? "\(words); \(ownership(of: path))" : words
}

private func words(_ found: stat) -> String {
  "\(user(found.st_uid)) (mode \(String(found.st_mode & 0o777, radix: 8))), and this is \(user(geteuid()))"
}

private func user(_ id: uid_t) -> String { getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "user \(id)" }
