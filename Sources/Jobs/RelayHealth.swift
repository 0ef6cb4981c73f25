import Delivery
import Foundation
import Ledger
import Mail

extension Ledger {
  /// What the last runs learned of the relay (rule S3).
  func breaker() throws -> Breaker {
    guard let text = try note("breaker") else { return Breaker() }
    // A note that a later program wrote in another way says nothing about the relay: it is asked anew.
    return (try? JSONDecoder().decode(Breaker.self, from: Data(text.utf8))) ?? Breaker()
  }

  func set(_ breaker: Breaker) throws {
    let text = String(decoding: try JSONEncoder().encode(breaker), as: UTF8.self)
    if try note("breaker") != text { try setNote("breaker", text) }
  }

  /// Until when the relay is not asked; nil if it may be.
  public func relayPausedUntil() throws -> Timestamp? { try breaker().pausedUntil }
}
