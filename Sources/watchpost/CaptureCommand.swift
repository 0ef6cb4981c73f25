import ArgumentParser
import Capture
import Foundation
import Glibc

/// `watchpost capture`: a mail server for development.
struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture", abstract: "Run a mail server for development that takes everything and delivers nothing.",
    discussion: "It listens on this machine only and runs until it is interrupted.\n\n" + Fault.help)

  @Option(help: "The port; 0 takes a free one, which is printed.")
  var port = 2525
  @Option(help: "The Maildir that messages are kept in; without it they are only counted.")
  var maildir: String?
  @Option(help: ArgumentHelp("A fault to inject; may be given several times.", valueName: "fault"))
  var fault: [String] = []
  @Option(help: "The seed of the faults' chance: the same seed, the same faults.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Wait before each reply.", valueName: "milliseconds"))
  var latency = 0
  @Flag(help: "Do not offer PIPELINING.")
  var noPipelining = false
  @Flag(help: "Do not offer SMTPUTF8.")
  var noSMTPUTF8 = false
  @Flag(help: "Offer AUTH; any credentials will do.")
  var auth = false

  /// A port that is taken is `unavailable`, not a mistake: the same command may do a minute later.
  func run() async throws {
    try await reportingFailures {
      let options = try options()
      let server: CaptureServer
      do {
        server = try await CaptureServer.start(options)
      } catch {
        throw Failure(.unavailable, "\(error)")
      }
      // A test waits for this line, through a pipe, where nothing is flushed by itself.
      print("listening on 127.0.0.1:\(server.port)")
      fflush(nil)
      await interrupted()
      let counters = server.counters
      try await server.stop()
      print("\(counters.messages) messages taken, \(counters.refused) refused, \(counters.deferred) deferred")
    }
  }

  /// The command line as the server wants it.
  /// A fault that cannot be is told with the grammar's own words, as a mistake of the command line.
  private func options() throws -> CaptureOptions {
    var options = CaptureOptions()
    options.port = port
    options.maildir = maildir
    // It may run for weeks beside a developer's work.
    options.keepsInMemory = false
    do {
      options.faults = try fault.map { try Fault(parsing: $0) }
    } catch {
      throw Failure(.usage, "--fault: \(error)")
    }
    options.seed = seed
    options.latency = latency
    options.pipelining = !noPipelining
    options.smtpUTF8 = !noSMTPUTF8
    options.auth = auth
    return options
  }

  /// Returns at SIGTERM or SIGINT.
  private func interrupted() async {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let signals = Signals { end.finish() }
    for await _ in ends {}
    signals.cancel()
  }
}
