import Forum
import Identifiers
import Time

/// A participant's place in the ledger.
public struct Person: Hashable, Sendable {
  /// Their number, which stands in tokens instead of the forum's key; 0 for somebody who has none.
  public let id: PersonID
  /// The forum's key.
  public let key: String
  /// What the forum does not know of the person's choices; nil for most.
  public let preferences: Preferences?
  /// The local date of the last regular digest, `2026-05-26`.
  public let digestDate: CivilDate?
  /// They have stopped all mail, whatever they and the forum say besides.
  public let isStopped: Bool
  /// They were erased: nothing is mailed to them, and nothing kept of them, whatever the forum says (rule A6).
  public var isErased = false

  /// Somebody whom the ledger has not given a number.
  public static func unrecorded(key: String) -> Person {
    Person(id: 0, key: key, preferences: nil, digestDate: nil, isStopped: false)
  }
}
