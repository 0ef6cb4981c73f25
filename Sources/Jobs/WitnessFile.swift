import Foundation
import Glibc
import Ledger
import Time

/// A file outside the ledger in which runs leave word of how far it is (rule E3). A word that is ahead of the ledger
/// means that the ledger was restored from a backup; if both went back, nobody can see it.
public struct WitnessFile: Sendable {
  private let path: String
  private let makeName: @Sendable () -> String

  /// - Parameters:
  ///   - path: beside the locks; made by the first run that does something.
  ///   - makeName: from the system's random source: a name that no other ledger has.
  public init(path: String, makeName: @escaping @Sendable () -> String) {
    self.path = path
    self.makeName = makeName
  }

  /// The last word that was left, if it is of this ledger and ahead of it; nil where all is well.
  /// - Throws: `UnusableFile` for a file that is there and cannot be read.
  public func ahead(of ledger: Ledger) throws -> Ledger.Witness? {
    guard let last = try read() else { return nil }
    return try ledger.isBehind(last) ? last : nil
  }

  /// Leaves word: after what it tells of is committed, so that it is never ahead of a ledger that goes on.
  public func leave(_ ledger: Ledger, now: Timestamp) throws {
    let word = try ledger.leaveWitness(now: now, makeName: makeName)
    try StateFile.replace(path, by: JSONEncoder().encode(word))
  }

  private func read() throws -> Ledger.Witness? {
    guard access(path, F_OK) == 0 else { return nil }
    do {
      return try JSONDecoder().decode(Ledger.Witness.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw UnusableFile(description: "\(path): cannot be read; if nothing was restored from a backup, remove it")
    }
  }
}
