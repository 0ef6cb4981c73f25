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
    /// It was chained behind the message that the connection broke on: not tried at all.
    case chained
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
