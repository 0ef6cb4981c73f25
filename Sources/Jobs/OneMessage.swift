import DeliveryPolicy
import Identifiers
import Mail
import Relay

/// One message for a transport, and how it ended; nothing is recorded.
package final class OneMessage: MessageFeed {
  private var message: OutgoingMessage?
  private var outcome: Outcome?

  private init(_ message: OutgoingMessage) { self.message = message }

  package func next() -> OutgoingMessage? {
    defer { message = nil }
    return message
  }

  package func ended(_ id: DeliveryID, _ outcome: Outcome) { self.outcome = outcome }

  package func tick() {}

  /// It came to nothing, or nobody knows.
  package struct Refused: Error, CustomStringConvertible {
    /// In words for the admin, with the relay's answer.
    package let description: String
  }

  /// Sends a message, once.
  /// - Returns: the relay's answer.
  /// - Throws: `Refused` where it was not taken.
  package static func send(_ message: OutgoingMessage, over transport: any Transport) throws -> String {
    let feed = OneMessage(message)
    let report = try transport.run(feed: feed, stop: StopSignal())
    switch feed.outcome {
    case .accepted(let reply)?: return "\(reply)"
    case .refused(let reply, _)?: throw Refused(description: "the relay refuses it: \(reply)")
    case .notOffered(let missing)?: throw Refused(description: "\(missing)")
    case .lost(let reason)?: throw Refused(description: "it was not sent: \(reason)")
    case .uncertain(let reason)?: throw Refused(description: "nobody knows whether it arrived: \(reason)")
    case .unsent, nil:
      if case .relayDown(let trouble) = report.end { throw Refused(description: "\(trouble)") }
      if case .unsent(let reason)? = feed.outcome { throw Refused(description: "it was not sent: \(reason)") }
      throw Refused(description: "it was not sent")
    }
  }
}
