import Composition
import Delivery
import Forum
import Foundation
import Glibc
import Jobs
import Ledger
import Logging
import Mail
import SQL
import Settings
import Sources
import Tokens

import struct Delivery.RetrySchedule
import protocol Delivery.Transport

/// Everything that a command works with, made from the configuration.
struct Workshop {
  let configuration: Configuration
  let ledger: Ledger
  let source: SQLSource
  /// Writes to the embedded forum; nil if the forum is a foreign one.
  let writer: EmbeddedForumWriter?
  let keys: KeyRing

  /// The clock that everybody who shares the ledger goes by.
  let now: @Sendable () -> Timestamp

  /// This machine's clock.
  static let machineClock: @Sendable () -> Timestamp = { Timestamp(Int64(Glibc.time(nil))) }

  /// The database's clock, asked once and then counted on, where machines share one; else this machine's.
  private static func clock(_ ledger: Ledger) throws -> @Sendable () -> Timestamp {
    guard let shared = try ledger.clock() else { return machineClock }
    let start = ContinuousClock.now
    return { shared + (ContinuousClock.now - start).components.seconds }
  }

  /// Reads the configuration and opens forum and ledger.
  init(_ option: ConfigurationOption) throws {
    try self.init(configuration: Workshop.configuration(option))
  }

  /// - Parameter creating: whether databases of our own that are not there are made; a typo or a disk that is not
  ///   mounted must not look like an empty forum or ledger.
  init(configuration: Configuration, creating: Bool = false) throws {
    self.configuration = configuration
    keys = try KeyRing(SigningKeys.load(configuration.mail.keys))
    let access: SQLiteDatabase.Access = creating ? .own : .existing
    ledger = Ledger(try openDatabase(configuration.ledger.database, access))
    try ledger.migrate(creating: creating)
    now = try Workshop.clock(ledger)
    if configuration.forum.source == "embedded" {
      let forum = try openDatabase(configuration.forum.database, access)
      try EmbeddedForum.migrate(forum, creating: creating)
      source = SQLSource(database: forum, mapping: EmbeddedForum.mapping(forum.dialect))
      writer = EmbeddedForumWriter(forum)
    } else {
      let mapping = try Mapping(file: Workshop.mappingFile(configuration))
      let forum = try openDatabase(configuration.forum.database, .foreign(readOnly: true))
      source = SQLSource(database: forum, mapping: mapping)
      writer = nil
      try source.check()
    }
  }

  static func configuration(_ option: ConfigurationOption) throws -> Configuration {
    let environment = ProcessInfo.processInfo.environment
    let usual = ["watchpost.yaml", "/etc/watchpost/watchpost.yaml"]
    let path =
      option.config ?? environment["WATCHPOST_CONFIG"] ?? usual.first { access($0, F_OK) == 0 } ?? usual[0]
    guard access(path, F_OK) == 0 else {
      throw Failure(
        .configuration, "\(path): there is no such configuration file; make one with `watchpost init DIRECTORY`")
    }
    return try Configuration(file: path, environment: environment)
  }

  private static func mappingFile(_ configuration: Configuration) -> String {
    "\(configuration.forum.mappings)/\(configuration.forum.source).yaml"
  }

  /// The log of one run, with its id.
  func log(job: String) -> Logger {
    let level = Logger.Level(rawValue: configuration.log.level.rawValue)!
    let isJSON = configuration.log.format == .json
    var log = Logger(label: "watchpost") { [now] _ in LineLog(isJSON: isJSON, logLevel: level, now: now) }
    log[metadataKey: "job"] = "\(job)"
    log[metadataKey: "run"] = "\(now().seconds)-\(getpid())"
    return log
  }

  /// Where this machine's locks on jobs are: beside the ledger's file, or the configuration if the ledger is on a server.
  static func lockDirectory(_ configuration: Configuration) -> String {
    let ledger = configuration.ledger.database
    return directory(of: PostgresDatabase.isName(ledger) ? configuration.file : ledger)
  }

  static func directory(of file: String) -> String {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
  }

  /// What holds where neither forum nor ledger knows a person's wishes.
  var defaults: Preferences {
    var wishes = Preferences()
    wishes.mode = Mode(rawValue: configuration.participants.mode.rawValue)
    wishes.textOnly = configuration.participants.textOnly
    wishes.ownPosts = configuration.participants.ownPosts
    wishes.language = configuration.site.language.rawValue
    wishes.digestPeriod = DigestPeriod(rawValue: configuration.digest.period.rawValue)
    wishes.digestHour = configuration.digest.hour
    wishes.digestWeekday = Weekday.allCases.firstIndex(of: configuration.digest.weekday)! + 1
    wishes.zone = configuration.digest.zone
    wishes.digestStyle = DigestStyle(rawValue: configuration.digest.style.rawValue)
    wishes.digestFormat = DigestFormat(rawValue: configuration.digest.format.rawValue)
    return wishes
  }

  /// - Parameter clock: another clock than the ledger's.
  func context(stop: StopSignal = StopSignal(), now clock: (@Sendable () -> Timestamp)? = nil) -> StageContext {
    StageContext(
      source: source, ledger: ledger, defaults: defaults, signingKey: keys.current, now: clock ?? now,
      isStopping: { stop.requested })
  }

  func stages(stop: StopSignal, now clock: (@Sendable () -> Timestamp)? = nil) throws -> Stages {
    let delivery = configuration.delivery
    let start: CollectStage.Start =
      switch configuration.collect.start {
      case .now: .now
      case .all: .all
      case .since(let seconds): .at(Timestamp(seconds))
      }
    return Stages(
      context: context(stop: stop, now: clock),
      collect: CollectStage.Settings(
        settle: configuration.collect.settle.seconds, floodLimit: configuration.collect.floodLimit,
        gapExpiry: configuration.collect.gapExpiry.seconds, start: start),
      digest: DigestStage.Settings(
        partSize: configuration.digest.partSize, lastCall: configuration.digest.lastCall.seconds),
      deliver: DeliverStage.Settings(
        group: max(delivery.group, 4 * delivery.connections), lease: delivery.lease.seconds,
        leaseMargin: leaseMargin, resendsUncertain: delivery.uncertain == .resend,
        staleAfter: delivery.staleAfter.seconds, retry: retry, domainHold: delivery.domainHold),
      prune: PruneStage.Settings(
        answers: configuration.retention.answers.seconds, grace: configuration.retention.grace.seconds),
      composer: composer, transport: transport, stop: stop, random: { Double.random(in: 0..<1) })
  }

  /// The final dot's answer may take ten minutes; what is begun must end within its lease.
  private var leaseMargin: Int64 { min(660, configuration.delivery.lease.seconds / 2) }

  private var retry: RetrySchedule {
    RetrySchedule(
      steps: configuration.delivery.retry.steps.map { $0.lowerBound.seconds...$0.upperBound.seconds },
      lifetime: configuration.delivery.giveUpAfter.seconds)
  }

  func composer() throws -> Composer { try composer(keys: keys) }

  func composer(keys: KeyRing) throws -> Composer {
    let templates = try TemplateSet(directory: configuration.mail.templates)
    return try Composer(
      settings: CompositionSettings(
        siteName: configuration.site.title, domain: configuration.mail.domain,
        replyPrefix: configuration.mail.replyPrefix, bouncePrefix: configuration.mail.bouncePrefix,
        stopPrefix: configuration.mail.stopPrefix, webURL: configuration.site.url,
        helpdesk: configuration.site.helpdesk.map { try Address($0) },
        digestPartLimit: configuration.digest.partSize),
      templates: templates, keys: keys)
  }

  func transport() throws -> any Transport {
    switch configuration.delivery.transport {
    case .maildir(let path):
      return MaildirTransport(path: path, unique: { "\(getpid()).\(ProcessInfo.processInfo.hostName)" })
    case .smtp(let host, let port, let isTLS):
      return try SMTPTransport(settings: relay(host, port, isTLS))
    }
  }

  private func relay(_ host: String, _ port: Int, _ isTLS: Bool) throws -> RelaySettings {
    let smtp = configuration.smtp
    let isLoopback = configuration.delivery.transport.isLoopback
    let security: RelaySettings.Security =
      switch (isTLS, smtp.startTLS) {
      case (true, _): .implicit
      case (false, .required): .startTLS
      case (false, .never): .none
      case (false, .automatic): isLoopback ? .none : .startTLS
      }
    var relay = RelaySettings(
      host: host, port: port, security: security,
      heloName: smtp.helo ?? (isLoopback ? "localhost" : ProcessInfo.processInfo.hostName))
    relay.caFile = smtp.caFile
    relay.allowClearText = smtp.allowPlainText
    relay.connections = configuration.delivery.connections
    relay.rate = configuration.delivery.rate == 0 ? nil : Double(configuration.delivery.rate)
    if smtp.authentication != .none, let user = smtp.user, let password = smtp.password {
      relay.credentials = RelaySettings.Credentials(
        user: user, secret: password.reveal(),
        mechanism: RelaySettings.Mechanism(rawValue: smtp.authentication.rawValue.uppercased()))
    }
    return relay
  }
}
