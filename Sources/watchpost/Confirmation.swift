import Glibc

/// Whether an admin means what concerns many.
enum Confirmation {
  /// More than so many are asked about.
  static let limit = 100

  /// Asks on a terminal; elsewhere the word is to be given before.
  /// - Parameters:
  ///   - what: `312 messages are held`.
  ///   - isGiven: `--yes`.
  /// - Throws: `Failure` where the answer is no, or nobody can be asked.
  static func require(_ what: String, count: Int, isGiven: Bool) throws {
    if count <= limit || isGiven { return }
    guard isatty(STDIN_FILENO) != 0, isatty(STDERR_FILENO) != 0 else {
      throw Failure(.usage, "\(what): say --yes if that is meant, or --dry-run to see which; nothing was changed")
    }
    fflush(nil)
    let question = Array("\(what). Go on? [y/N] ".utf8)
    _ = write(STDERR_FILENO, question, question.count)
    let answer = readLine()?.lowercased() ?? ""
    guard ["y", "yes"].contains(answer) else { throw Failure(.usage, "nothing was changed") }
  }
}
