import Glibc
import Synchronization

/// Asks a run to end cleanly: no new message begins, those under way are finished (S6).
///
/// Set once, by SIGTERM or the job's deadline, from any thread. Setting it makes ``descriptor`` readable, which wakes
/// a transport that waits in `poll`.
public final class StopSignal: Sendable {
  private let flag = Atomic<Bool>(false)
  /// Readable once the signal is set; for a poll set. Never read from it.
  let descriptor: Int32
  /// One byte is written to it, once.
  private let writeEnd: Int32

  /// Not set. Ends the process if the system has no descriptor left: a run that cannot be stopped must not begin.
  public init() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { fatalError("no pipe for a stop signal: \(String(cString: strerror(errno)))") }
    for end in ends {
      // A program that this one starts must not keep the pipe open.
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptor = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(descriptor)
    close(writeEnd)
  }

  /// True once somebody asked.
  public var requested: Bool { flag.load(ordering: .acquiring) }

  /// Asks. Async-signal-safe: an atomic store and a `write`. More than one call changes nothing.
  public func request() {
    guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }
}
