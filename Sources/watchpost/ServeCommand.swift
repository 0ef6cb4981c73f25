import ArgumentParser
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
      that sign people in are sent at once; all else is left to cron's jobs, which run as before. A changed \
      configuration, key file, mapping or template is taken up within seconds; one with a mistake is told, and what was \
      read before holds. After an upgrade, or a change of web.listen, restart it.
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
      let pages = try ServedPages(option, installation)
      let looking = Task { await pages.look() }
      defer { looking.cancel() }
      do {
        try await PagesServer(host: listener.host, port: listener.port, { pages.desk }).run { port in
          // A test waits for this line, through a pipe, where nothing is flushed by itself.
          print("listening on \(Listener(host: listener.host, port: port))")
          fflush(nil)
          ServiceManager.tell("READY=1")
        }
      } catch let error as PagesServer.CannotListen {
        throw Failure(
          error.isMistake ? .configuration : .unavailable, "web.listen: \(listener) cannot be listened on: \(error)")
      }
    }
  }
}
