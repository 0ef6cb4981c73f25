import Foundation
import Glibc
import Ledger
import SQL
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

  /// The last word that was left, if it is ahead of the ledger; nil where all is well.
  /// - Throws: `UnusableFile` for a file that is there and cannot be read, or is of another ledger.
  public func ahead(of ledger: Ledger) throws -> Ledger.Witness? {
    guard let last = try read() else { return nil }
    switch try ledger.standing(to: last) {
    case .goesOn, .wentOn: return nil
    case .behind: return last
    case .another: throw stranger
    }
  }

  /// The same at the beginning of a run. Where other hosts did something since, it is written down: a host whose runs find
  /// nothing to do would not notice a restore by an old word. Who was erased by the word, and is not by the ledger, is
  /// erased again. An idle run costs what looking costs.
  public func follow(_ ledger: Ledger, now: Timestamp) throws -> Ledger.Witness? {
    guard let last = try read() else {
      // Of a ledger that never left any there is nothing to be known.
      if let word = try ledger.word(now: now), word.count > 0 { try write(word) }
      return nil
    }
    let standing = try ledger.standing(to: last)
    switch standing {
    case .behind: return last
    case .another: throw stranger
    case .goesOn, .wentOn:
      let erased = try ledger.eraseAgain(last.erased ?? [:], now: now)
      if erased > 0 || standing == .wentOn, let word = try ledger.word(now: now) { try write(word, after: last) }
      return nil
    }
  }

  /// Whatever a command did with another ledger than the one that sent the mails, nobody would find it again.
  /// - Throws: `UnusableFile` if the last word is of another ledger; a word that cannot be read is the runs' to tell.
  public func refuseAnother(_ ledger: Ledger) throws {
    if let last = try? read(), try ledger.standing(to: last) == .another { throw stranger }
  }

  private var stranger: UnusableFile {
    UnusableFile(
      description: """
        ledger.database: this is another ledger than the one that mails were sent from here with (\(path)): put that one \
        back, or restore it from a backup. If this is the right one, remove \(path); two ledgers cannot share a directory
        """)
  }

  /// Leaves word: after what it tells of is committed, so that it is never ahead of a ledger that goes on.
  public func leave(_ ledger: Ledger, now: Timestamp) throws {
    let word = try ledger.leaveWitness(now: now, makeName: makeName)
    try write(word, after: try? read())
  }

  /// What was known before is added to, never taken back: of a ledger that was restored since, the next run is to see it.
  private func write(_ word: Ledger.Witness, after last: Ledger.Witness? = nil) throws {
    try StateFile.replace(path, by: JSONEncoder().encode(word.joined(with: last)))
  }

  /// Sees whether the last word can be read, where there is one.
  /// - Throws: `UnusableFile` if not.
  public func check() throws { _ = try read() }

  private func read() throws -> Ledger.Witness? {
    guard access(path, F_OK) == 0 else { return nil }
    guard access(path, R_OK) == 0 else {
      let why = reason(errno, of: path)
      var found = stat()
      let isForeign = stat(path, &found) == 0 && found.st_uid != geteuid()
      let directory = URL(filePath: path).deletingLastPathComponent().path
      let advice = isForeign ? "; as root: chown --reference=\(directory) \(path)" : ""
      throw UnusableFile(description: "\(path): cannot be read: \(why)\(advice)")
    }
    do {
      return try JSONDecoder().decode(Ledger.Witness.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw UnusableFile(description: "\(path): cannot be read; if nothing was restored from a backup, remove it")
    }
  }
}
