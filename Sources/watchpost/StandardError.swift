import Glibc
import Synchronization

/// Standard error. It may be closed, or lead to a disk that is full: that ends no command, and what could not be said is
/// known afterwards.
enum StandardError {
  private static let unsaid = Mutex<[String]>([])
  /// More lines than a run has to say are not kept.
  private static let mostKept = 100

  /// Writes a line; from any thread.
  /// - Parameter isKept: whether it is kept for `takeUnsaid` where it cannot be written.
  static func say(_ line: String, isKept: Bool = true) {
    // Where both lead to one place, what was printed before stands before, and whole.
    fflush(nil)
    guard !write(Array((line + "\n").utf8)), isKept else { return }
    unsaid.withLock { if $0.count < mostKept { $0.append(line) } }
  }

  /// What could not be said since it was last asked for.
  static func takeUnsaid() -> [String] {
    unsaid.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }

  /// In one call, so that two lines do not mix.
  /// - Returns: false if not all of it could be written.
  private static func write(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count > 0 {
        written += count
      } else if count < 0, errno == EAGAIN {
        // Somebody else's end of it does not wait; a reader that takes nothing for a while is none.
        var wanted = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&wanted, 1, 10_000) > 0 else { return false }
      } else if count == 0 || errno != EINTR {
        return false
      }
    }
    return true
  }
}

/// One line on standard error. Standard output is for what was asked for, so that it can be piped.
func printError(_ line: String) { StandardError.say(line) }
