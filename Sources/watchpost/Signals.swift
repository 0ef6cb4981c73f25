import Dispatch
import Glibc

/// What asks a command to end before it is done: SIGTERM, SIGINT, SIGHUP and, where there is one, a deadline (rule S6).
///
/// From its making to `cancel()` the signals do not end the process by themselves. They stay ignored afterwards:
/// whoever cancels is about to return from the command.
struct Signals {
  private let sources: [any DispatchSourceProtocol]

  /// - Parameters:
  ///   - deadline: seconds from now; nil for none.
  ///   - end: called on a queue of the system's, perhaps more than once.
  init(deadline: Int64? = nil, _ end: @escaping @Sendable () -> Void) {
    var sources: [any DispatchSourceProtocol] = []
    for number in [SIGTERM, SIGINT, SIGHUP] {
      // Without this the signal's usual action would come first, and that is to end the process.
      let before = signal(number, SIG_IGN)
      // Under nohup a terminal that closes is to be outlived.
      if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      sources.append(DispatchSource.makeSignalSource(signal: number, queue: .global()))
    }
    if let deadline {
      let timer = DispatchSource.makeTimerSource(queue: .global())
      timer.schedule(deadline: .now() + .seconds(Int(deadline)))
      sources.append(timer)
    }
    for source in sources {
      source.setEventHandler(handler: end)
      source.resume()
    }
    self.sources = sources
  }

  /// Nobody is asked to end any more.
  func cancel() { for source in sources { source.cancel() } }
}
