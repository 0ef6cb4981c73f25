import Foundation
import Glibc

/// Where a ``RunBook`` is kept: a file beside the locks, changed by one process at a time.
public struct RunBookFile: Sendable {
  /// The file; made by the first run.
  public let path: String

  /// - Parameter path: in a directory that the program may write to.
  public init(path: String) { self.path = path }

  /// What it says; an empty one where there is none yet, or where it cannot be understood: then what stands is told once
  /// more by the next runs, which is all that is lost.
  public func read() -> RunBook {
    guard let data = FileManager.default.contents(atPath: path) else { return RunBook() }
    return (try? JSONDecoder().decode(RunBook.self, from: data)) ?? RunBook()
  }

  /// Changes it; others wait meanwhile.
  /// - Throws: `UnusableFile` if it cannot be written, after `body` was called all the same.
  public func change<Result>(_ body: (inout RunBook) -> Result) throws(UnusableFile) -> Result {
    // The directory is what is locked: the file itself is another one after each change.
    let directory = open(
      URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false), O_RDONLY | O_CLOEXEC)
    defer { if directory >= 0 { Glibc.close(directory) } }
    while directory >= 0, flock(directory, LOCK_EX) != 0, errno == EINTR { continue }
    var book = read()
    let before = book
    let result = body(&book)
    if book != before { try StateFile.replace(path, by: Data(jsonLine(book).utf8)) }
    return result
  }
}
