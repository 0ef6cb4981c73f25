import Glibc

/// Whose a file is, and who asks, for messages about files that cannot be used: `it belongs to www-data (mode 660), and
/// this is watchpost`.
/// Where a command mends it, that stands there too.
/// - Parameter path: a file or directory; where it cannot be looked at, the nearest directory that can is told of.
public func ownership(of path: String) -> String {
  var found = stat()
  var nearest = path
  while stat(nearest, &found) != 0 {
    let code = errno
    let directory = nearest.lastIndex(of: "/").map { $0 == nearest.startIndex ? "/" : String(nearest[..<$0]) } ?? "."
    guard [ENOENT, EACCES].contains(code), directory != nearest else {
      return code == EACCES ? "this directory is closed to \(user(geteuid()))" : String(cString: strerror(code))
    }
    nearest = directory
  }
  var space = statvfs()
  if statvfs(nearest, &space) == 0, space.f_flag & UInt(ST_RDONLY) != 0 {
    return "its file system is mounted read-only; the kernel may have done that after an error of the disk (dmesg)"
  }
  let subject = nearest == path ? "it" : "its directory \(nearest)"
  let isDirectory = found.st_mode & S_IFMT == S_IFDIR
  let needed: mode_t = isDirectory ? 0o700 : 0o600
  if found.st_uid == geteuid(), found.st_mode & needed != needed {
    return
      "\(subject) has the mode \(mode(found)), which keeps its owner out: chmod \(isDirectory ? "u+rwx" : "u+rw") \(nearest)"
  }
  return "\(subject) belongs to \(words(found))"
}

/// What the system said of a file, and whose it is if that is why.
/// - Parameter code: `errno`, read before anything else is called.
public func reason(_ code: Int32, of path: String) -> String {
  let words = String(cString: strerror(code))
  return [EACCES, EPERM].contains(code) ? "\(words); \(ownership(of: path))" : words
}

private func words(_ found: stat) -> String {
  "\(user(found.st_uid)) (mode \(mode(found))), and this is \(user(geteuid()))"
}

private func mode(_ found: stat) -> String { String(found.st_mode & 0o777, radix: 8) }

private func user(_ id: uid_t) -> String { getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "user \(id)" }
