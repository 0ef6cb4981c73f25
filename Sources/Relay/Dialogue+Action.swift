import DeliveryPolicy
import Mail

extension Dialogue {
  /// What a dialogue asks of whoever has its connection.
  enum Action {
    case ended(OutgoingMessage, Outcome, Part)
    /// Answer with ``offer(_:)`` or ``decline()`` before anything else.
    case wantMessage
    /// There is output that was not there before: write what can be written, before the next action.
    case write
    /// Nothing more can be said on this connection. Comes last, once.
    case close(reason: String)
  }

  /// A message's part in the loss of its connection, where it is unsent; `none` otherwise.
  enum Part: Hashable {
    case none
    /// The connection broke while this message's commands waited for their answer.
    case first
    /// The relay closed with 421 instead of an answer to it: how it ends if that is so again on another connection.
    case closed(Outcome)
    /// It was chained behind the message that the connection broke on: not tried at all.
    case chained
  }

  /// The part of a connection's first message in a reply that ended it; none where the reply was not about it.
  func part(of transaction: Transaction, in reply: Reply) -> Part {
    switch transaction.step {
    case .mail: .closed(.refused(reply, at: .mail))
    case .rcpt: .closed(.refused(reply, at: .rcpt))
    case .data: .closed(.refused(reply, at: .data))
    case .dot: .closed(.refused(reply, at: .dot))
    case .reset, .ready, .emptyDot: .none
    }
  }

  /// What the relay is keeping us waiting for; each has its own time limit.
  enum Wait: String, Hashable {
    case mail = "MAIL"
    case rcpt = "RCPT"
    case data = "DATA"
    /// Room for more content.
    case block = "the content"
    case dot = "the final dot"
    case reset = "RSET"
    case quit = "QUIT"
  }
}
