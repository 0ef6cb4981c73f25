import Forum
import SQL
import Time

/// An admin's order to send again (rule A1). Its number is the generation of all that is sent by it.
public struct ResendOrder: Hashable, Sendable {
  /// From 1 on, never used twice.
  public let number: Int
  /// What was selected, in one line that is the same for the same selection.
  public let asked: String
  /// What does not count for it.
  public let forced: Set<Exemption>
  /// When it was given.
  public let givenAt: Timestamp
  /// Whether all of it was queued.
  public let isDone: Bool
  /// How many messages were queued so far.
  public let messages: Int
  /// By whose word: the name of their account.
  public let operatorName: String
  /// Why.
  public let reason: String

  /// What `init(_ row:)` reads, in its order, of `resend r` and `audit a`.
  static let columns = "r.id, r.asked, r.forced, r.given_at, r.done_at, a.operator, a.reason, r.messages"

  init(_ row: any Row) {
    number = Int(row.integer(0))
    asked = row.text(1)
    forced = Exemption.all(in: row.text(2))
    givenAt = row.moment(3)
    isDone = row.optionalMoment(4) != nil
    operatorName = row.text(5)
    reason = row.text(6)
    messages = Int(row.integer(7))
  }
}
