import Identifiers
import Time

/// When a person's next digest is due, and why.
public struct PersonSlot: Hashable, Sendable {
  /// Whose it is; a person has one slot at most.
  public let person: PersonID
  /// From when on the digest is owed.
  public let due: Timestamp
  /// The local date that it uses up; nil where it is not a regular one.
  public let date: CivilDate?
  /// Why it is due then.
  public let kind: DigestCause

  /// - Parameter date: only for a regular one.
  public init(person: PersonID, due: Timestamp, date: CivilDate?, kind: DigestCause) {
    self.person = person
    self.due = due
    self.date = date
    self.kind = kind
  }
}
