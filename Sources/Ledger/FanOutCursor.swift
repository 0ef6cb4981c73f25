import Identifiers
import SQL

/// How far the fan-out of a post has come (rule F6): first the forum's pages of watchers, then those whom only the
/// ledger knows to watch.
public enum FanOutCursor: Hashable, Sendable {
  /// The forum's watchers after this person.
  case forum(after: String)
  /// The ledger's after this one; 0 for the first page.
  case ledger(after: PersonID)

  /// The two columns that keep it, one of which is NULL.
  var columns: [Value] {
    switch self {
    case .forum(let key): [.text(key), .null]
    case .ledger(let person): [.null, .id(person)]
    }
  }
}
