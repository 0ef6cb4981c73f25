import Glibc
import SQL
import Time

/// One run of a job at a time: a kernel lock on a file, which dies with its process (rule O1). The file says who holds
/// it.
public final class JobLock: Sendable {
  private let descriptor: Int32

  /// Who holds a lock.
  public struct Holder: Hashable, Sendable {
    /// Its process; it may have ended, and the number be another's by now.
    public let pid: Int32
    /// By the clock of its machine.
    public let startedAt: Timestamp
    /// Seconds.
    public let deadline: Int64
    /// When it began, by the steady clock of its machine and boot, which are ours: the lock dies with its process.
    public let began: Int64

    /// Past twice its deadline a holder is no longer believed to be at work.
    /// - Parameter steady: now, by the same steady clock: no step of the wall clock makes a holder overdue (rule E2).
    public func isOverdue(steady: Int64) -> Bool { steady - began > 2 * deadline }
  }

  /// What became of the wish to take it.
  public enum Taken {
    /// This process has it until the value is gone: keep it alive for as long as the job runs.
    case lock(JobLock)
    /// nil: the holder has not yet said who it is.
    case held(by: Holder?)
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit {
    // Whoever looks while the next holder has not yet said who it is must not be told of this one.
    _ = ftruncate(descriptor, 0)
    Glibc.close(descriptor)
  }

  /// Takes the lock, or says who holds it.
  /// - Parameters:
  ///   - path: the lock file; created if missing.
  ///   - now: what the machine's clocks show.
  ///   - deadline: seconds that this run means to take.
  public static func take(_ path: String, now: ClockReading, deadline: Int64) throws -> Taken {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw UnusableFile(description: "\(path): cannot open the lock file: \(reason(errno, of: path))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      defer { Glibc.close(descriptor) }
      guard code == EWOULDBLOCK else {
        throw UnusableFile(description: "\(path): cannot lock: \(reason(code, of: path))")
      }
      return .held(by: holder(descriptor))
    }
    let lock = JobLock(descriptor)
    let text = Array("\(getpid()) \(now.wall.seconds) \(deadline) \(now.steady)\n".utf8)
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
      throw UnusableFile(description: "\(path): cannot write the lock file: \(reason(errno, of: path))")
    }
    return .lock(lock)
  }

  /// Who is at work under a lock, without touching it.
  /// - Returns: nil if nobody is, or the file cannot be read.
  public static func holder(_ path: String) -> Holder? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { Glibc.close(descriptor) }
    // A holder that was killed could not take its name out; whether there is such a process must do.
    guard let holder = holder(descriptor), kill(holder.pid, 0) == 0 || errno == EPERM else { return nil }
    return holder
  }

  /// What the holder wrote; nil if that is not there yet, or not what we write.
  private static func holder(_ descriptor: Int32) -> Holder? {
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    let words = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 4, let pid = Int32(words[0]), let started = Int64(words[1]), let deadline = Int64(words[2]),
      let began = Int64(words[3])
    else { return nil }
    return Holder(pid: pid, startedAt: Timestamp(started), deadline: deadline, began: began)
  }
}
