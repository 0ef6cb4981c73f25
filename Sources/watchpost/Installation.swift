import Board
import Forum
import ForumSources
import Foundation
import Glibc
import Jobs
import Ledger
import Logging
import Membership
import Mistakes
import ReplyHooks
import SQL
import Settings
import Time
import Tokens

/// Everything that a command works with, made from the configuration: the one place where settings become objects.
struct Installation {
  /// As it was read, checked as a whole.
  let configuration: Configuration
  /// Open, with the schema of this program.
  let ledger: Ledger
  /// Open; a foreign one has been shown every query of its mapping.
  let forum: SQLForum
  /// The write side of the embedded forum; nil if the forum is a foreign one.
  let writer: EmbeddedForumWriter?
  /// The embedded forum's discussions, roles and members; nil if the forum is a foreign one.
  let board: Board?
  /// The forum's way in for replies by mail; nil if it takes none.
  let poster: (any ReplyPoster)?
  /// The current key signs, the others only verify.
  let keys: KeyRing
  /// The time that this command goes by: the database's clock where machines share one, else this machine's, asked once
  /// and judged by what the runs have agreed on.
  let clock: RunClock
  /// The present moment by it.
  var now: @Sendable () -> Timestamp { { [clock] in clock.now() } }

  /// The ledger with the clock that its leases go by (rule E2): this machine's steady one, or the database's counted on
  /// by it. Neither a step of this machine's clock nor a database that cannot be asked changes what time it is.
  private static func timed(_ ledger: Ledger) throws -> (Ledger, RunClock) {
    let shared = try ledger.clock()
    let clock = try MachineClock.run(shared, ledger.clockState(at:))
    let reading = clock.reading
    let boot = shared == nil ? reading.boot : nil
    let timed = Ledger(ledger.database) {
      let steady = MachineClock.steady()
      guard let boot else { return LeaseMoment(boot: nil, seconds: reading.wall.seconds + steady - reading.steady) }
      return LeaseMoment(boot: boot, seconds: steady)
    }
    return (timed, clock)
  }

  /// The time, asked anew.
  func clockNow() throws -> RunClock { try MachineClock.run(ledger.clock(), ledger.clockState(at:)) }

  /// Reads the configuration and opens forum and ledger.
  init(_ option: ConfigurationOption) throws {
    let configuration = try Installation.configuration(option)
    try Installation.refuseForeignOwner(configuration)
    try self.init(configuration: configuration)
  }

  /// - Parameter creating: whether databases of our own that are not there are made; a typo or a disk that is not
  ///   mounted must not look like an empty forum or ledger.
  init(configuration: Configuration, creating: Bool = false) throws {
    self.configuration = configuration
    // First what costs nothing: a mistake in a file is told before any database is touched.
    let secrets = try SigningKeys.load(configuration.mail.keys)
    _ = try KeyRing(secrets)
    (ledger, clock) = try Installation.openLedger(configuration, creating: creating)
    keys = try KeyRing(secrets, realm: ledger.tokenRealm(makeName: Installation.makeLedgerName))
    if configuration.forum.source == "embedded" {
      let database = try Installation.openEmbedded(configuration, ledger, creating: creating)
      forum = SQLForum(database: database, mapping: EmbeddedForum.mapping(database.dialect))
      writer = EmbeddedForumWriter(database)
      board = Board(database)
      poster = writer
    } else {
      let mapping = try Installation.mapping(configuration)
      let database = try openDatabase(configuration.forum.database, .foreign(readOnly: true))
      let forum = SQLForum(database: database, mapping: mapping)
      self.forum = forum
      (writer, board) = (nil, nil)
      poster =
        Installation.replyHook(configuration).map {
          HookedReplyPoster(forum, $0, place: "\(configuration.file): forum.reply_hook")
        }
        ?? SQLReplyPoster(forum) { try openDatabase(configuration.forum.database, .foreign(readOnly: false)) }
      try CollectStage.forgetEmptyBeginning(ledger)
      // A foreign forum may have changed its tables overnight: better told by every command than in the middle of a
      // run.
      try forum.check()
    }
  }

  /// The forum's own program for replies, where it has one.
  private static func replyHook(_ configuration: Configuration) -> (any ReplyHook)? {
    let timeout = Int(configuration.forum.hookTimeout.seconds) * 1000
    switch configuration.forum.replyHook {
    case .web(let url)?:
      return HTTPHook(
        url: url, secret: configuration.forum.hookSecret?.reveal() ?? "", timeout: timeout,
        authorities: configuration.forum.hookAuthorities)
    case .command(let path)?: return CommandHook(path: path, timeout: timeout)
    case nil: return nil
    }
  }

  /// The ledger alone, for who has something to tell of it whatever is wrong with the rest.
  static func openLedger(_ configuration: Configuration, creating: Bool = false) throws -> (Ledger, RunClock) {
    let path = configuration.ledger.database
    let wasThere = access(witnessPath(configuration), F_OK) == 0
    if wasThere, !PostgresDatabase.isName(path), access(path, F_OK) != 0, errno == ENOENT {
      throw lostLedger(configuration, "\(path) is gone, and was there before")
    }
    let ledger = Ledger(try openDatabase(path, creating && !wasThere ? .own : .existing))
    do {
      try ledger.migrate(creating: creating && !wasThere)
    } catch let error as DatabaseError where error.kind == .missingSchema && wasThere {
      let name = PostgresDatabase.isName(path) ? "the database" : path
      throw lostLedger(configuration, "\(name) is empty, and there was a ledger in it")
    }
    try witness(configuration).refuseAnother(ledger)
    return try timed(ledger)
  }

  /// A ledger that was there before and is gone or empty, such as on a disk that is not mounted: one made anew in its
  /// place would know of no post and no mail, and nobody could tell (rule E3).
  private static func lostLedger(_ configuration: Configuration, _ words: String) -> Failure {
    let witness = witnessPath(configuration)
    return Failure(
      .unavailable,
      """
      ledger.database: \(words) (\(witness)): mount its disk, or restore it from a backup. \
      To begin anew without it, so that nothing of before is mailed, remove \(witness) first
      """)
  }

  /// The embedded forum. One that was there before and is gone or empty is never made anew in its place: the numbers of
  /// its posts would be given again, to posts that the ledger takes for mailed (rule E3).
  private static func openEmbedded(
    _ configuration: Configuration, _ ledger: Ledger, creating: Bool
  ) throws -> any Database {
    let path = configuration.forum.database
    let isFile = !PostgresDatabase.isName(path)
    let wasThere = try access(witnessPath(configuration), F_OK) == 0 || ledger.knowsPosts()
    func lost(_ words: String) -> Failure {
      Failure(
        .unavailable,
        """
        forum.database: \(isFile ? path : "the database") \(words): mount its disk, or restore it from a backup. \
        An empty forum needs an empty ledger: to begin anew with both, move the ledger and \(witnessPath(configuration)) \
        away first
        """)
    }
    if wasThere, isFile, access(path, F_OK) != 0, errno == ENOENT { throw lost("is gone, and was there before") }
    let database = try openDatabase(path, creating && !wasThere ? .own : .existing)
    do {
      try EmbeddedForum.migrate(database, creating: creating && !wasThere)
    } catch let error as DatabaseError where error.kind == .missingSchema && wasThere {
      throw lost("is empty, and there was a forum in it")
    }
    return database
  }

  /// Where runs leave word of the ledger: beside the locks.
  static func witnessPath(_ configuration: Configuration) -> String {
    lockDirectory(configuration) + "/ledger.witness"
  }

  private static func isSameFile(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_ino == other.st_ino
      && one.st_dev == other.st_dev
  }

  /// Reads the configuration's file: the option's, else the environment's, else the usual places'.
  /// - Throws: `Failure` if there is no file, `ConfigurationError` with all mistakes of the file at once.
  static func configuration(_ option: ConfigurationOption) throws -> Configuration {
    let environment = ProcessInfo.processInfo.environment
    let usual = ["watchpost.yaml", "/etc/watchpost/watchpost.yaml"]
    let path =
      option.config ?? environment["WATCHPOST_CONFIG"]
      ?? usual.first { access($0, F_OK) == 0 }
      // Where it cannot be looked, it may well be.
      ?? usual.last { access($0, F_OK) != 0 && errno == EACCES } ?? usual[0]
    if option.config == nil, environment["WATCHPOST_CONFIG"] == nil, usual.allSatisfy({ access($0, F_OK) == 0 }),
      !isSameFile(usual[0], usual[1])
    {
      printError("watchpost: \(path) of this directory is used, not \(usual[1]); --config says which")
    }
    // Said in our own words, for it is the first message that most people see.
    guard access(path, F_OK) == 0 else {
      let code = errno
      guard [ENOENT, ENOTDIR].contains(code) else {
        throw Failure(.configuration, "\(path): \(reason(code, of: path))")
      }
      throw Failure(
        .configuration, "\(path): there is no such configuration file; make one with `watchpost init DIRECTORY`")
    }
    return try Configuration(file: path, environment: environment)
  }

  static func mappingPath(_ configuration: Configuration) -> String {
    "\(configuration.forum.mappings)/\(configuration.forum.source).yaml"
  }

  /// The queries for a foreign forum.
  private static func mapping(_ configuration: Configuration) throws -> Mapping {
    let (directory, name) = (configuration.forum.mappings, configuration.forum.source)
    let path = mappingPath(configuration)
    guard access(path, F_OK) == 0 || errno != ENOENT else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      let others = names.filter { $0.hasSuffix(".yaml") }.map { $0.dropLast(".yaml".count) }.sorted()
      let advice = others.isEmpty ? "there is none in \(directory)" : "there are: \(others.joined(separator: ", "))"
      throw ConfigurationError(
        .init(
          path, "there is no mapping \(name) (forum.source)",
          advice: "\(advice); sources/Mappings.md, which `watchpost init` places, has how to write one"))
    }
    return try Mapping(file: path)
  }

  /// - Throws: `Failure` where the directory is not there that locks and the ledger's file are in.
  static func requireDirectory(_ configuration: Configuration) throws {
    let directory = lockDirectory(configuration)
    guard access(directory, F_OK) != 0 else { return }
    throw Failure(
      .unavailable,
      "\(configuration.file): ledger.database: there is no directory \(directory); is its disk mounted?")
  }

  /// The forum's people, as everybody asks about them.
  var members: Members { members(now: now) }

  /// - Parameter clock: another clock than the ledger's.
  func members(now clock: @escaping @Sendable () -> Timestamp) -> Members {
    Members(
      forum: forum, ledger: ledger, keeper: writer, defaults: defaults, takesReplies: poster != nil, now: clock)
  }

  /// What holds where neither forum nor ledger knows a person's choices.
  var defaults: EffectivePreferences {
    let digest = configuration.digest
    return EffectivePreferences(
      mode: configuration.participants.mode,
      digest: DigestSchedule(period: digest.period, hour: digest.hour, weekday: digest.weekday, zone: digest.zone),
      language: configuration.site.language, digestStyle: digest.style, digestFormat: digest.format,
      textOnly: configuration.participants.textOnly, ownPosts: configuration.participants.ownPosts)
  }

  /// The log of one run, with its id.
  func log(job: String) -> Logger { Installation.log(configuration, job: job, now: now) }

  /// The same, before there is an installation.
  static func log(_ configuration: Configuration, job: String, now: @escaping @Sendable () -> Timestamp) -> Logger {
    // Both enums have the same words.
    let level = Logger.Level(rawValue: configuration.log.level.rawValue)!
    let isJSON = configuration.log.format == .json
    var log = Logger(label: "watchpost") { _ in LineLog(isJSON: isJSON, logLevel: level, now: now) }
    log[metadataKey: "job"] = "\(job)"
    // The moment alone would name two hosts' runs alike, the process alone two days' runs.
    log[metadataKey: "run"] = "\(now().seconds)-\(getpid())"
    return log
  }

  /// Where this machine's locks on jobs are: beside the ledger's file, or the configuration if the ledger is on a
  /// server.
  static func lockDirectory(_ configuration: Configuration) -> String {
    let ledger = configuration.ledger.database
    let file = PostgresDatabase.isName(ledger) ? configuration.file : ledger
    let parts = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
  }

  /// The admin has given their word about what was told: see `TroubleBook.forget`.
  func settled(_ topics: Trouble.Topic..., named name: String? = nil) throws {
    try Installation.book(configuration).change { $0.troubles.forget(topics, named: name) }
  }

  /// What this machine's runs keep beside the locks.
  static func book(_ configuration: Configuration) -> RunBookFile {
    RunBookFile(path: lockDirectory(configuration) + "/runs.json")
  }

  /// Root would leave files behind that the user of cron's jobs could not use any more: locks, a write-ahead log.
  /// - Throws: `Failure` if root runs what is somebody else's.
  static func refuseForeignOwner(_ configuration: Configuration) throws {
    guard geteuid() == 0 else { return }
    let ledger = configuration.ledger.database
    for path in [lockDirectory(configuration)] + (PostgresDatabase.isName(ledger) ? [] : [ledger]) {
      var found = stat()
      guard stat(path, &found) == 0, found.st_uid != 0 else { continue }
      let owner = getpwuid(found.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "#\(found.st_uid)"
      throw Failure(
        .usage,
        """
        \(path) belongs to \(owner), and what root makes there \(owner) could not use: run it as \(owner), with \
        `runuser -u \(owner) -- watchpost …`
        """)
    }
  }
}
