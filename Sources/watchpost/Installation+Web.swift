import Dispatch
import Foundation
import Identifiers
import Jobs
import Ledger
import Logging
import Membership
import Mistakes
import Phrases
import Relay
import Synchronization
import Time
import Web

extension Installation {
  /// Under which mails name the pages: nowhere, where nothing serves them (rule P1).
  var pagesURL: String? { configuration.web.listen == nil ? nil : configuration.site.url }

  /// What answers on the pages.
  /// - Parameter prove: see `Desk`.
  func pages(prove: @escaping @Sendable () throws -> Void) throws -> Desk {
    let site = configuration.site
    let clock = PagesClock(self)
    let log = log(job: "serve")
    let (lookups, sending) = (Background(log: log, most: 200), Background(log: log, most: 200))
    var mistakes: [Mistake] = []
    let phrases = PhraseBook(directory: configuration.mail.templates, mistakes: &mistakes)
    if !mistakes.isEmpty { throw ConfigurationError(mistakes) }
    return Desk(
      Desk.Settings(
        site: site.title, url: site.url ?? "", helpdesk: site.helpdesk?.description, language: site.language),
      phrases: phrases, keys: keys, members: members(now: clock.now), log: log,
      send: { delivery in sending.run { try sendNow(delivery, now: clock.now) } },
      later: { body in lookups.run(body) },
      secret: {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      }, prove: prove)
  }

  /// Sends one mail now; what fails, the next run of a job tries again.
  private func sendNow(_ delivery: DeliveryID, now: @escaping @Sendable () -> Timestamp) throws {
    let stop = StopSignal()
    var settings = deliverSettings
    settings.only = delivery
    _ = try DeliverStage(
      context(stop: stop, now: now), settings, composer: composer, transport: transport, stop: stop,
      random: { Double.random(in: 0..<1) }
    ).runOnce()
  }
}

/// The time of a process that runs for months: judged anew every minute, as each run judges it once (rule E2).
private final class PagesClock: Sendable {
  private let installation: Installation
  private let current: Mutex<(clock: RunClock, asked: Int64)>

  init(_ installation: Installation) {
    self.installation = installation
    current = Mutex((installation.clock, MachineClock.steady()))
  }

  /// The present moment. Where the ledger cannot be asked what the runs have agreed on, the last judgement goes on.
  @Sendable func now() -> Timestamp {
    current.withLock { current in
      let steady = MachineClock.steady()
      if steady - current.asked >= 60, let clock = try? installation.clockNow() { current = (clock, steady) }
      return current.clock.now()
    }
  }
}

/// Work that nobody waits for: one thing after the other, no more than so many of them.
private final class Background: Sendable {
  private let queue = DispatchQueue(label: "watchpost.background")
  private let waiting = Mutex(0)
  private let log: Logger
  private let most: Int

  /// - Parameter most: beyond which new work is refused, and that is told.
  init(log: Logger, most: Int) {
    self.log = log
    self.most = most
  }

  func run(_ body: @escaping @Sendable () throws -> Void) {
    let isRoom = waiting.withLock { waiting in
      guard waiting < most else { return false }
      waiting += 1
      return true
    }
    guard isRoom else { return log.warning("too much waits to be sent; a request was left out") }
    queue.async { [self] in
      do { try body() } catch { log.error("could not be done at once: \(error)") }
      waiting.withLock { $0 -= 1 }
    }
  }
}
