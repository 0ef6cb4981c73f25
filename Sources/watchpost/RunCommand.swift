import ArgumentParser
import Foundation
import Glibc
import Jobs
import Relay
import Settings

/// `watchpost run NAME`: what cron starts.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a job once: what cron starts.",
    discussion: """
      dispatch takes up new posts and sends what is due; digest writes and sends the digests whose hour has come; \
      maintain forgets what is old. Each is a file in jobs/ beside the configuration; add your own there.

      When all is well nothing is printed. Only one run of a job at a time: a second one ends at once and quietly, \
      unless the first should have ended long ago.

      SIGTERM ends a run cleanly: no new mail is begun, those under way are finished and recorded.
      """)

  @Argument(help: "The job's name: dispatch, digest, maintain, or your own.")
  var job: String
  @OptionGroup var option: ConfigurationOption
  @Flag(name: .shortAndLong, help: "Print one line about what was done.")
  var verbose = false
  @Flag(help: "Print what was done as JSON.")
  var json = false

  /// The order matters: the job's file, then its lock, then signals, then the databases. Whatever goes wrong before the
  /// run is told by `reportingFailures`; what goes wrong within it is in its report, and here only the status is left.
  func run() async throws {
    try await reportingFailures {
      let configuration = try Installation.configuration(option)
      let directory = configuration.jobs.directory
      let path = "\(directory)/\(job).yaml"
      // A job is a file of that directory, and of no other.
      guard !job.contains("/"), access(path, F_OK) == 0 else {
        throw Failure(.configuration, "\(path): there is no such job; jobs are the files in \(directory)")
      }
      let file = try JobFile(file: path, steps: Stages.steps.map(\.rawValue))
      // Before the databases are opened: a run that finds another at work leaves no trace.
      guard let lock = try takeLock(file, configuration) else { return }
      let report = try withExtendedLifetime(lock) {
        // What the timer of the deadline goes by too: no step of the machine's clock changes how long a run takes.
        let start = ContinuousClock.now
        let stop = StopSignal()
        let signals = Signals(deadline: file.deadline.seconds) { stop.request() }
        defer { signals.cancel() }
        let installation = try Installation(configuration: configuration)
        try installation.proveMapping()
        var stages = try installation.stages(stop: stop)
        stages.context.log = installation.log(job: job)
        // The signals are heard until the report is written, so that no impatient Ctrl-C loses it.
        return try JobRun(stages, deadline: file.deadline.seconds, elapsed: { ContinuousClock.now - start }).run(
          job: job, steps: file.steps.map(Step.init(rawValue:)), remarks: installation.slowQueries)
      }
      if json { print(report.json) } else if verbose { print(report.line) }
      // What went wrong is in the log already, step by step.
      if report.status != .done { throw ExitCode(report.status.rawValue) }
    }
  }

  /// nil if another run is at work.
  private func takeLock(_ file: JobFile, _ configuration: Configuration) throws -> JobLock? {
    let path = Installation.lockDirectory(configuration) + "/\(file.lock).lock"
    switch try JobLock.take(path, now: MachineClock.reading(), deadline: file.deadline.seconds) {
    case .lock(let lock): return lock
    case .held(let holder):
      if let holder, holder.isOverdue(steady: MachineClock.steady()) {
        throw Failure(
          .workLeft,
          """
          run \(job): process \(holder.pid) has held \(path) since \(holder.startedAt), more than twice its deadline \
          of \(holder.deadline) s; look at it and end it
          """)
      }
      if verbose { print("\(job): another run is at work") }
      return nil
    }
  }
}
