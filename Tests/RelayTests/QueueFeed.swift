import DeliveryPolicy
import Identifiers
import Mail

@testable import Relay

/// A feed for tests: gives messages from a list and keeps what became of them.
final class QueueFeed: MessageFeed {
  private(set) var outcomes: [DeliveryID: [Outcome]] = [:]
  private(set) var order: [DeliveryID] = []
  private(set) var ticks = 0
  private(set) var given = 0
  private var messages: ArraySlice<OutgoingMessage>
  /// Called before each message is given; may stop the run or throw.
  var onNext: (Int) throws -> Void = { _ in }
  var onEnded: (DeliveryID) throws -> Void = { _ in }

  init(_ messages: [OutgoingMessage]) { self.messages = messages[...] }

  func next() throws -> OutgoingMessage? {
    try onNext(given + 1)
    guard let message = messages.popFirst() else { return nil }
    given += 1
    return message
  }

  func ended(_ id: DeliveryID, _ outcome: Outcome) throws {
    outcomes[id, default: []].append(outcome)
    order.append(id)
    try onEnded(id)
  }

  func tick() throws { ticks += 1 }

  /// The name of the one outcome of each message: `accepted`; with more or none, that.
  var kinds: [DeliveryID: String] { outcomes.mapValues { $0.map(\.kind).joined(separator: "+") } }
}

/// Sends messages to a server on loopback and gives what became of them.
@discardableResult
func deliver(
  _ messages: [OutgoingMessage], to port: Int, feed given: QueueFeed? = nil, stop: StopSignal = StopSignal(),
  _ change: (inout RelaySettings) -> Void = { _ in }
) throws -> (feed: QueueFeed, report: TransportReport) {
  var settings = RelaySettings(host: "127.0.0.1", port: port, security: .none, heloName: "forum.example")
  settings.connections = 1
  settings.timeouts.connect = 5
  settings.timeouts.greeting = 5
  settings.timeouts.hello = 5
  settings.timeouts.quit = 2
  change(&settings)
  let feed = given ?? QueueFeed(messages)
  let report = try SMTPTransport(settings: settings).run(feed: feed, stop: stop)
  return (feed, report)
}

extension TransportReport {
  /// The trouble that ended the run.
  var trouble: RelayTrouble? { if case .relayDown(let trouble) = end { trouble } else { nil } }
}
