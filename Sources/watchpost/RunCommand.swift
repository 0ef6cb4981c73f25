import ArgumentParser
import Foundation
import Glibc
import Jobs
import Relay
import SQL
import Settings

/// `watchpost run NAME`: what cron starts.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a job once: what cron starts.",
    discussion: """
      dispatch takes up new posts and sends what is due; digest writes and sends the digests whose hour has come; \
      inbound takes in what came by mail: replies are posted, failures counted, commands obeyed; maintain forgets what \
      is old. Each is a file in jobs/ beside the configuration; add your own there.

      When all is well nothing is printed. Only one run of a job at a time: a second one ends at once and quietly, \
      unless the first should have ended long ago.

      SIGTERM ends a run cleanly: no new mail is begun, those under way are finished and recorded.
      """)

  @Argument(help: "The job's name: dispatch, digest, inbound, maintain, or your own.")
  var job: String
  @OptionGroup var option: ConfigurationOption
  @Flag(name: .shortAndLong, help: "Print one line about what was done.")
  var verbose = false
  @Flag(help: "Print what was done as JSON.")
  var json = false

  /// What stands is told once, but for somebody who looks on.
  private var tellsAll: Bool { verbose || isatty(STDERR_FILENO) != 0 }

  func run() async throws {
    // Who reads no more of what is printed must not end a run that is to be recorded.
    signal(SIGPIPE, SIG_IGN)
    var kept: RunBookFile?
    // Last of all, with what `reportingFailures` had to say: what nobody could hear is said by the next run.
    defer {
      let lines = StandardError.takeUnsaid()
      if !lines.isEmpty { try? kept?.change { $0.keep(unsaid: lines) } }
    }
    try await reportingFailures {
      let configuration = try Installation.configuration(option)
      try Installation.refuseForeignOwner(configuration)
      try Installation.requireDirectory(configuration)
      let book = Installation.book(configuration)
      kept = book
      let report: RunReport?
      do {
        report = try take(configuration, book)
      } catch {
        throw told(Failure(error), book)
      }
      guard let report else { return }
      if json { print(report.json) } else if verbose { print(report.line) }
      // What went wrong is in the log already, step by step.
      if report.status != .done { throw ExitCode(report.status.rawValue) }
    }
  }

  /// The order matters: the job's file, then its lock, then signals, then the databases. What goes wrong before the
  /// steps is thrown; what goes wrong within them is in the report.
  /// - Returns: nil if another run is at work.
  private func take(_ configuration: Configuration, _ book: RunBookFile) throws -> RunReport? {
    let directory = configuration.jobs.directory
    let path = "\(directory)/\(job).yaml"
    // A job is a file of that directory, and of no other.
    guard !job.contains("/"), access(path, F_OK) == 0 else {
      let code = errno
      if !job.contains("/"), code == EACCES { throw Failure(.configuration, "\(path): \(reason(code, of: path))") }
      throw Failure(.configuration, "\(path): there is no such job; jobs are the files in \(directory)")
    }
    let file = try JobFile(file: path, steps: Stages.steps.map(\.rawValue))
    // Before the databases are opened: a run that finds another at work leaves no trace.
    guard let lock = try takeLock(file, configuration) else { return nil }
    return try withExtendedLifetime(lock) {
      let (died, unsaid) = try book.change { book in
        let died = book.begin(job, at: MachineClock.reading(), process: getpid()) { kill($0, 0) == 0 || errno == EPERM }
        return (died, book.takeUnsaid())
      }
      for line in unsaid { printError(line) }
      if let died {
        Installation.log(configuration, job: job, now: MachineClock.wall).warning(
          """
          The run that began at \(died.began.wall) died before its end: it was killed, or the machine stopped. What it \
          did is kept, and what it left is done now.
          """)
      }
      var status = ExitStatus.software
      defer { end(book, status) }
      do {
        let report = try run(file, configuration, book)
        status = report.status
        return report
      } catch {
        status = Failure(error).status
        throw error
      }
    }
  }

  /// Opens what the job works with, and takes its steps.
  private func run(_ file: JobFile, _ configuration: Configuration, _ book: RunBookFile) throws -> RunReport {
    // What the timer of the deadline goes by too: no step of the machine's clock changes how long a run takes.
    let start = ContinuousClock.now
    let stop = StopSignal()
    let signals = Signals(deadline: file.deadline.seconds) { stop.request() }
    defer { signals.cancel() }
    let installation = try Installation(configuration: configuration)
    try installation.proveMapping()
    try installation.proveKeys()
    var stages = try installation.stages(stop: stop)
    stages.book = book
    stages.context.leases = LeaseBook(book, job: job)
    stages.context.log = installation.log(job: job)
    // The signals are heard until the report is written, so that no impatient Ctrl-C loses it.
    return try JobRun(stages, deadline: file.deadline.seconds, elapsed: { ContinuousClock.now - start }).run(
      job: job, steps: file.steps.map(Step.init(rawValue:)), tellsAll: tellsAll, remarks: installation.slowQueries)
  }

  /// Leaves word that the run has ended. A file that cannot be written was told when the run began.
  private func end(_ book: RunBookFile, _ status: ExitStatus) {
    do {
      try book.change { $0.end(job, at: MachineClock.reading(), status) }
    } catch {
      printError("watchpost: \(error)")
    }
  }

  /// What kept the run from beginning, told as what lasts is (rule E5).
  /// - Returns: its exit status alone if it was told before.
  private func told(_ failure: Failure, _ book: RunBookFile) -> any Error {
    let trouble = Trouble(.start, named: job, failure.message, status: failure.status)
    let told: [String]
    do {
      told = try book.change { $0.troubles.take([trouble], at: MachineClock.wall()) { _ in .unknown }.told }
    } catch {
      // Better every run tells it than none does.
      return failure.message.contains(error.description)
        ? failure : Failure(failure.status, "\(failure.message)\n\(error)")
    }
    return told.isEmpty && !tellsAll ? ExitCode(failure.status.rawValue) : failure
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
      if json {
        print(jsonLine(Held(job: job, exit: ExitStatus.done.rawValue, heldBy: holder?.pid)))
      } else if verbose {
        print("\(job): another run is at work")
      }
      return nil
    }
  }

  /// What `--json` says where another run is at work.
  private struct Held: Encodable {
    var job: String
    var exit: Int32
    /// The other run's process; left out until it has said who it is.
    var heldBy: Int32?
    /// No step was taken.
    var steps: [String] = []

    enum CodingKeys: String, CodingKey {
      case job, exit, steps
      case heldBy = "held_by"
    }
  }
}
