import Composition
import Identifiers
import Ledger

/// Answers to what we told somebody: mail programs send them to `From`, and the header names what they answer.
extension HandleStage {
  /// What a letter does that answers a notice of ours: what an answer to the address in it would do, or what the reply
  /// would have done that was refused.
  /// - Returns: nil where the notice asks for nothing, or is forgotten.
  func answer(
    to noticed: (person: PersonID, delivery: DeliveryID), _ letter: Letter
  ) throws -> Ledger.Settlement? {
    guard let json = try context.ledger.notice(of: noticed.delivery, to: noticed.person),
      let notice = try? Notice(json: json)
    else { return nil }
    switch notice.matter {
    case .confirmReply(let received, _, _, _), .confirmCommands(let received, _):
      return try confirm((noticed.person, ReceivedID(received)), letter)
    case .replyRefused(_, _, _, let post?): return try reply(.post(noticed.person, post), letter)
    default: return nil
    }
  }
}
