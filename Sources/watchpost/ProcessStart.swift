import Foundation
import Glibc

/// What the process needs before any command runs; what it lacks is told in words.
enum ProcessStart {
  /// Files that a run may have open at once: databases, locks, connections to the relay.
  private static let leastFiles: rlim_t = 64

  /// To be called first.
  /// - Returns: what keeps every command from running; nil if nothing does.
  static func prepare() -> String? {
    openStandardStreams()
    answerBusErrors()
    // A file that may not grow further is an error of the write, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    return refusal(arguments: CommandLine.arguments, files: raisedFileLimit())
  }

  /// - Parameters:
  ///   - arguments: with the program's own name; Swift reads them from /proc.
  ///   - files: how many the process may open.
  static func refusal(arguments: [String], files: rlim_t) -> String? {
    if arguments.isEmpty {
      return "/proc is not mounted: without it neither the arguments nor this machine's boot can be known"
    }
    if files < leastFiles {
      return
        "this process may open \(files) files, and needs \(leastFiles): raise `ulimit -n`, or systemd's LimitNOFILE"
    }
    return nil
  }

  /// A file that is opened where a standard stream was closed would get what is meant for that: in the place of one that
  /// is closed stands one that cannot be written.
  private static func openStandardStreams() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// As many as are allowed, where few are given.
  private static func raisedFileLimit() -> rlim_t {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    guard limit.rlim_cur < 256, limit.rlim_cur < limit.rlim_max else { return limit.rlim_cur }
    limit.rlim_cur = min(1024, limit.rlim_max)
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit.rlim_cur
  }

  /// SQLite shares memory with other processes through a file. Where the disk has no room for what is written there, the
  /// kernel says so by a signal. Nothing but `write` and `_exit` is called within the handler; what was committed stays,
  /// as after SIGKILL.
  private static func answerBusErrors() {
    signal(SIGBUS) { _ in
      let words: StaticString = """
        watchpost: the disk is full, or a file was cut short while it was in use; the run ends here and loses nothing

        """
      _ = Glibc.write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
      // As a run that was stopped; a mail server that pipes a mail in keeps it and tries again.
      _exit(75)
    }
  }
}
