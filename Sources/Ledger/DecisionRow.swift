import Forum
import Identifiers

/// What fan-out decided for one person; the row of rule F4.
public struct DecisionRow: Hashable, Sendable {
  /// Who was decided about.
  public var person: PersonID
  /// What was decided.
  public var decision: Decision
  /// For a digest decision: the slot to give the person if they have none.
  public var slot: DigestSlot?

  /// - Parameter slot: only for a digest.
  public init(person: PersonID, decision: Decision, slot: DigestSlot? = nil) {
    self.person = person
    self.decision = decision
    self.slot = slot
  }
}
