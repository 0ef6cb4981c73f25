import Foundation
import Glibc
import Synchronization

/// A directory of its own for one test, removed with everything in it when the last reference goes, or with the process
/// where a test keeps itself alive.
public final class TemporaryDirectory: Sendable {
  /// Without a slash at its end.
  public let path: String

  private static let left: Mutex<Set<String>> = {
    atexit {
      for path in TemporaryDirectory.left.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }
    return Mutex([])
  }()

  /// Makes it, below the system's directory for such things.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "watchpost-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let path = url.path()
    self.path = path
    TemporaryDirectory.left.withLock { _ = $0.insert(path) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    TemporaryDirectory.left.withLock { _ = $0.remove(path) }
  }

  /// The path of a file in it.
  public func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: self(name)))
    return self(name)
  }
}
