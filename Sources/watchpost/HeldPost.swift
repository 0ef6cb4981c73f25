import Identifiers
import Ledger

/// A post that is held, as the command line names it: `post:9240`.
struct HeldPost {
  static let prefix = "post:"
  /// The forum's number of it.
  let key: String
  /// Its place in the journal.
  let position: JournalPosition

  init(_ text: String, _ ledger: Ledger) throws {
    key = String(text.dropFirst(HeldPost.prefix.count))
    let ordered = try ledger.pauses().all.filter(\.isOrdered).map(\.subject)
    guard let position = try ledger.position(ofPost: key),
      try ordered.contains(.post(position)) || ledger.heldCounts()[.post(position)] != nil
    else {
      throw Failure(.usage, "no mail of a post with the number \"\(key)\" is held; `watchpost status` shows what is")
    }
    self.position = position
  }

  /// Whether the words name a post that is held before a run took it up; then it is not any more.
  static func releaseComing(_ text: String, _ ledger: Ledger) throws -> Bool {
    try ledger.releaseComing(String(text.dropFirst(prefix.count)))
  }
}
