import Synchronization
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What all connections of a server share.
final class CaptureSite: Sendable {
  /// Fixed at the start.
  let options: CaptureOptions
  let log = CaptureLog()
  /// Counts events, so it is asked by one connection at a time.
  private let plan: Mutex<FaultPlan>
  private let maildir: MaildirWriter?
  /// Those at which anything can go wrong: most servers have none, and then nothing is locked.
  private let stages: Set<Fault.Stage>
  private let arrivals = Atomic<Int>(0)
  private let connections = Atomic<Int>(0)

  /// - Throws: `CaptureError.maildir`
  init(_ options: CaptureOptions) throws {
    self.options = options
    plan = Mutex(FaultPlan(options.faults, seed: options.seed))
    stages = Set(options.faults.map(\.stage))
    maildir = try options.maildir.map { try MaildirWriter(at: $0) }
  }

  /// Counts a connection, and gives its number, from 1.
  func openConnection() -> Int {
    log.note {
      $0.connections += 1
      $0.openConnections += 1
    }
    return connections.add(1, ordering: .relaxed).newValue
  }

  /// Counts its end.
  func closeConnection() { log.note { $0.openConnections -= 1 } }

  /// What goes wrong now, if anything; counted if it does.
  /// - Parameter event: made only where a fault is possible.
  func fault(_ event: @autoclosure () -> FaultPlan.Event, at stage: Fault.Stage) -> Fault.Kind? {
    guard stages.contains(stage) else { return nil }
    let event = event()
    let fault = plan.withLock { $0.strike(event, now: options.now) }
    if fault != nil { log.note { $0.faults += 1 } }
    return fault
  }

  /// Keeps a message; false if it could not be written.
  func keep(_ message: (_ arrival: Int) -> CapturedMessage) -> Bool {
    let message = message(arrivals.add(1, ordering: .relaxed).newValue)
    do {
      try maildir?.write(message)
    } catch {
      log.note { $0.writeFailures += 1 }
      return false
    }
    options.onMessage?(message)
    log.note(keeping: options.keepsInMemory ? message : nil) {
      $0.messages += 1
      $0.octets += message.data.count
    }
    return true
  }
}

extension Timestamp {
  /// The machine's clock.
  @Sendable static func systemClock() -> Timestamp { Timestamp(Int64(time(nil))) }
}
