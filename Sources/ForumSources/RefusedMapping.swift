import Forum
import Foundation
import Mistakes
import Time

/// A mapping that a run refused, as the ledger remembers it (rule E8). What contradicts itself shows in some rows and not
/// in others: that the next run happens to look at others proves nothing. It is refused until it changes, or `check`
/// finds nothing wrong.
public struct RefusedMapping: Hashable, Codable, Sendable {
  /// Of the mapping and its database.
  public var fingerprint: String
  /// When it was refused.
  public var at: Timestamp
  /// A line each.
  public var mistakes: [String]
  /// The keys of the posts that were walked.
  public var posts: [String]

  /// - Parameter findings: with a mistake.
  /// - Returns: nil where rows alone are to blame, which are all alike whatever posts are walked: mended, it goes on.
  public init?(_ findings: MappingFindings, fingerprint: String, at: Timestamp) {
    let isOfRows = findings.mistakes.allSatisfy {
      $0.message.contains(RowFault.ofAll) && !$0.message.contains(SQLForum.contradicting)
    }
    if isOfRows { return nil }
    self.fingerprint = fingerprint
    self.at = at
    mistakes = findings.mistakes.prefix(20).map { String($0.description.prefix(2000)) }
    posts = findings.posts.prefix(10).map(\.key)
  }

  /// - Parameter note: what `note` gave.
  /// - Returns: nil where none is remembered, or another one.
  public init?(note: String?, fingerprint: String) {
    guard let note, let known = try? JSONDecoder().decode(RefusedMapping.self, from: Data(note.utf8)),
      known.fingerprint == fingerprint
    else { return nil }
    self = known
  }

  /// For the ledger.
  public var note: String {
    get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
  }

  /// What a later run says of it.
  /// - Parameter file: the mapping's.
  public func told(file: String) -> [Mistake] {
    mistakes.map { Mistake("", $0) } + [
      Mistake(
        file, "it was refused at \(at), and has not changed since",
        advice: "mend it; if the fault lay in the forum's data and is mended, `watchpost check` accepts it")
    ]
  }
}
