/// How a run ended, as the program's exit status (rule O2, sysexits.h).
public enum ExitStatus: Int32, Codable, Sendable, CaseIterable {
  /// All is well.
  case done = 0
  /// The command line is wrong.
  case usage = 64
  /// The relay, the forum or the ledger cannot be used just now: it heals by waiting.
  case unavailable = 69
  /// A bug: the state is not what it must be.
  case software = 70
  /// Work is left for the next run: stopped by the deadline or a signal, or held for the admin.
  case workLeft = 75
  /// Somebody has to mend something: the configuration, or a row or query of the forum.
  case configuration = 78

  /// What somebody has to mend outweighs what cannot be used for now, and that what is merely left.
  public static func worse(_ a: ExitStatus, _ b: ExitStatus) -> ExitStatus {
    [.software, .configuration, .unavailable].first { a == $0 || b == $0 } ?? (a == .done ? b : a)
  }

  /// The meaning, as the README's table has it.
  public var meaning: String {
    switch self {
    case .done: "done, also when there was nothing to do or another run of the job holds its lock"
    case .usage: "wrong command line"
    case .unavailable:
      """
      the relay, the forum's database or the ledger cannot be used just now; nothing is lost, the next run tries \
      again
      """
    case .software: "a bug in Watchpost"
    case .workLeft:
      """
      work is left for the next run: stopped by the deadline or a signal, held for the admin, or a lock held for too \
      long
      """
    case .configuration:
      """
      something has to be mended: the configuration, a job file, a mapping or a template, of which the message names \
      file and line; a query or a row of the forum, of which it names query, column and value; or a database is none \
      of Watchpost's, or a newer one's
      """
    }
  }
}
