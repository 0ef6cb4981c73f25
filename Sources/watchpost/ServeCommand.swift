import ArgumentParser
import Dispatch
import Foundation
import Glibc
import Jobs
import Settings
import Web

/// `watchpost serve`: the participants' pages.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Answer with the participants' pages: settings, stopping, their address.",
    discussion: """
      It listens where web.listen says, in plain HTTP, and runs until it is ended. A web server in front of it has the \
      certificate and passes on what comes under site.url. Mails name the pages as soon as web.listen is set. The mails \
      that sign people in are sent at once; all else is left to cron's jobs, which run as before.
      """)

  @OptionGroup var option: ConfigurationOption

  /// A port that is taken is `unavailable`, not a mistake: the same command may do a minute later.
  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      guard let listener = installation.configuration.web.listen else {
        throw Failure(
          .configuration,
          "\(installation.configuration.file): web.listen is not set: write where to listen, such as 127.0.0.1:8025")
      }
      // Whatever no mail can be written with shows now, not when somebody waits for one.
      _ = try installation.composer()
      let pages = try installation.pages()
      let heartbeat = try PagesHeartbeat(installation)
      defer { heartbeat.end() }
      do {
        try await PagesServer(pages, host: listener.host, port: listener.port).run { port in
          // A test waits for this line, through a pipe, where nothing is flushed by itself.
          print("listening on \(Listener(host: listener.host, port: port))")
          fflush(nil)
        }
      } catch {
        throw Failure(.unavailable, "\(listener) cannot be listened on (web.listen): \(error)")
      }
    }
  }
}

/// Says in the ledger, every minute, that the pages are served: `status` tells where they are not, and mails name them
/// (rule E6).
struct PagesHeartbeat {
  /// The note's name in the ledger.
  static let note = "pages"
  /// Seconds after which somebody who has not been heard of is gone.
  static let patience: Int64 = 300

  private let timer: any DispatchSourceTimer

  /// - Throws: what the ledger throws the first time; later it is tried again a minute later.
  init(_ installation: Installation) throws {
    let (ledger, log) = (installation.ledger, installation.log(job: "serve"))
    let beat: @Sendable () throws -> Void = {
      let now = MachineClock.wall()
      try ledger.changeNote(PagesHeartbeat.note) { _ in String(now.seconds) }
    }
    try beat()
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + .seconds(60), repeating: .seconds(60))
    timer.setEventHandler {
      do { try beat() } catch { log.error("the ledger could not be told that pages are served: \(error)") }
    }
    timer.resume()
  }

  /// No more of it.
  func end() { timer.cancel() }
}
