import Foundation
import Glibc
import Jobs
import Logging
import Settings
import Synchronization
import Web

/// The pages of a process that runs for months: made anew when a file changes that they were made from, so that links of
/// mails which jobs sign with a new key are good at once; and known to be served (rule E6).
final class ServedPages: Sendable {
  /// The ledger's note of when they were last served.
  static let note = "pages"
  /// Seconds after which somebody who has not been heard of is gone.
  static let patience: Int64 = 300
  /// Seconds between looks at the files.
  private static let look = 5
  /// Seconds for which forum and ledger, once written to, need not be tried again.
  private static let trust: Int64 = 5

  private struct State {
    var desk: Desk
    var files: [String: FileMark]
    /// Steady seconds of the last time that forum and ledger took something.
    var proved: Int64?
    /// That they take nothing was told, and lasts.
    var isIll = false
    var beat: @Sendable () throws -> Void
  }

  private let option: ConfigurationOption
  private let listener: Listener?
  private let log: Logger
  private let state: Mutex<State?>

  /// - Throws: what is wrong with the configuration, and what forum and ledger throw where they take nothing in.
  init(_ option: ConfigurationOption, _ installation: Installation) throws {
    self.option = option
    listener = installation.configuration.web.listen
    log = installation.log(job: "serve")
    state = Mutex(nil)
    try take(installation)
    try prove()
  }

  /// As the configuration is now.
  var desk: Desk { state.withLock { $0!.desk } }

  /// Looks after the files and says that the pages are served, until it is cancelled.
  func look() async {
    while (try? await Task.sleep(for: .seconds(Self.look))) != nil { tick() }
  }

  private func take(_ installation: Installation) throws {
    // Whatever no mail can be written with shows now, not when somebody waits for one.
    _ = try installation.composer()
    let (ledger, writer) = (installation.ledger, installation.writer)
    let desk = try installation.pages { [weak self] in try self?.prove() }
    let files = Self.marks(installation.configuration)
    state.withLock {
      $0 = State(desk: desk, files: files, proved: nil) {
        try writer?.prove()
        try ledger.changeNote(Self.note) { _ in String(MachineClock.wall().seconds) }
      }
    }
  }

  /// Writes what says that the pages are served, and so that people's wishes can be written.
  private func prove() throws {
    let now = MachineClock.steady()
    let (proved, beat) = state.withLock { ($0!.proved, $0!.beat) }
    if let proved, now - proved < Self.trust { return }
    try beat()
    state.withLock { $0!.proved = now }
  }

  private func tick() {
    let (files, proved) = state.withLock { ($0!.files, $0!.proved) }
    let now = Self.marks(at: files.keys)
    if now != files { renew(now) }
    if MachineClock.steady() - (proved ?? 0) >= 60 {
      do {
        try prove()
        if turn(isIll: false) { log.warning("what people choose can be written again") }
      } catch {
        // When it begins, and not at every look (rule E5).
        if turn(isIll: true) { log.error("nothing that people choose can be written: \(error)") }
      }
    }
    ServiceManager.tell("WATCHDOG=1")
  }

  /// Whether that is news.
  private func turn(isIll: Bool) -> Bool {
    state.withLock { state in
      defer { state!.isIll = isIll }
      return state!.isIll != isIll
    }
  }

  /// A mistake is told once, and what was read before it goes on.
  private func renew(_ files: [String: FileMark]) {
    state.withLock { $0!.files = files }
    do {
      let installation = try Installation(option)
      if installation.configuration.web.listen != listener {
        log.warning("web.listen was changed: restart `watchpost serve`")
      }
      try take(installation)
      log.notice("the configuration was changed, and is read anew")
    } catch {
      log.error("the configuration was changed and cannot be taken up; what was read before holds: \(error)")
    }
  }

  // MARK: Files

  /// What tells one version of a file from another.
  private struct FileMark: Hashable {
    var inode: UInt64 = 0
    var seconds = 0
    var nanoseconds = 0
    var size: Int64 = 0
  }

  private static func marks(_ configuration: Configuration) -> [String: FileMark] {
    var paths = [configuration.file, configuration.mail.keys]
    if configuration.forum.source != "embedded" { paths.append(Installation.mappingPath(configuration)) }
    if let templates = configuration.mail.templates {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: templates)) ?? []
      paths += [templates] + names.map { "\(templates)/\($0)" }
    }
    return marks(at: paths)
  }

  private static func marks(at paths: some Sequence<String>) -> [String: FileMark] {
    var marks: [String: FileMark] = [:]
    for path in paths {
      var status = stat()
      guard stat(path, &status) == 0 else {
        marks[path] = FileMark()
        continue
      }
      marks[path] = FileMark(
        inode: UInt64(status.st_ino), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec,
        size: Int64(status.st_size))
    }
    return marks
  }
}
