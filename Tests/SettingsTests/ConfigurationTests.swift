import Foundation
import Mistakes
import Testing
import Time

@testable import Settings

/// The least that makes a configuration.
let least = """
  site: {name: Forum, url: https://forum.example.org}
  mail: {domain: forum.example.org}

  """

func configuration(_ text: String = "", environment: [String: String] = [:]) throws -> Configuration {
  try Configuration(text: least + text, directory: "/etc/watchpost", environment: environment)
}

@Suite struct ConfigurationTests {
  @Test func theDefaultsAreThoseOfTheRules() throws {
    let configuration = try configuration()
    #expect(configuration.collect.settle == .minutes(2))  // C4
    #expect(configuration.collect.start == .now)  // C3
    #expect(configuration.delivery.staleAfter == .days(1))  // C5
    #expect(configuration.collect.floodLimit == 1000)
    #expect(configuration.digest.lastCall == .hours(24))  // D3
    #expect(configuration.delivery.giveUpAfter == .days(5))  // S4
    #expect(configuration.delivery.uncertain == .resend)  // S5
    #expect(configuration.delivery.group == 100)
    #expect(configuration.retention.answers == .days(180))  // O7
    #expect(configuration.retention.grace == .days(30))
    #expect(configuration.digest.hour == 7)
    #expect(configuration.digest.weekday.isoNumber == 1)
    #expect(configuration.participants.mode == .instant)
    #expect(configuration.mail.replyPrefix == "reply")
    #expect(configuration.log.level == .warning)  // O3
  }

  @Test("S4: the retry schedule is 5, 15, 30, 60 minutes, then 2 to 4 hours")
  func retrySchedule() throws {
    let schedule = try configuration().delivery.retry
    let waits = (1...7).map { schedule.wait(afterFailures: $0) }
    let fixed = [5, 15, 30, 60].map { TimeSpan.minutes($0) ... .minutes($0) }
    #expect(waits == fixed + Array(repeating: .hours(2) ... .hours(4), count: 3))
  }

  @Test func theFileBeatsTheDefaultAndTheEnvironmentBeatsTheFile() throws {
    let text = "delivery: {connections: 20, rate: 50}"
    let configuration = try configuration(
      text, environment: ["WATCHPOST_DELIVERY_RATE": "7", "WATCHPOST_DELIVERY_RETRY": "1m, 2m..3m", "PATH": "/bin"])
    #expect(configuration.delivery.connections == 20)
    #expect(configuration.delivery.rate == 7)
    #expect(configuration.delivery.retry.steps == [.minutes(1) ... .minutes(1), .minutes(2) ... .minutes(3)])
    #expect(configuration.origin(of: Configuration.catalog.delivery.connections) == .file(line: 3))
    #expect(
      configuration.origin(of: Configuration.catalog.delivery.rate)
        == .environment(variable: "WATCHPOST_DELIVERY_RATE"))
    #expect(configuration.origin(of: Configuration.catalog.delivery.group) == .fallback)
  }

  @Test func theEnvironmentMayGiveWhatMustBeGiven() throws {
    let configuration = try Configuration(
      text: "", directory: "/etc",
      environment: [
        "WATCHPOST_SITE_NAME": "F", "WATCHPOST_SITE_URL": "https://f.example", "WATCHPOST_MAIL_DOMAIN": "F.example",
        "WATCHPOST_CONFIG": "x", "WATCHPOST_RECORD": "1",
      ])
    #expect(configuration.mail.domain == "f.example")
  }

  @Test func relativePathsBeginAtTheFilesDirectoryDefaultsToo() throws {
    let configuration = try configuration("ledger: {database: ./db/ledger.sqlite}\nforum: {database: /srv/f.sqlite}")
    #expect(configuration.ledger.database == "/etc/watchpost/db/ledger.sqlite")
    #expect(configuration.forum.database == "/srv/f.sqlite")
    #expect(configuration.mail.keys == "/etc/watchpost/keys")
    #expect(configuration.jobs.directory == "/etc/watchpost/jobs")
    #expect(configuration.mail.templates == nil)
  }

  @Test func aFilesOwnDirectoryIsTheBase() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("watchpost.yaml", least)
    let configuration = try Configuration(file: file, environment: [:])
    #expect(configuration.mail.keys == directory / "keys")
  }

  @Test func anOptionOnTheCommandLineOverridesAll() throws {
    var configuration = try configuration(environment: ["WATCHPOST_DELIVERY_CONNECTIONS": "3"])
    configuration.set(Configuration.catalog.delivery.connections, to: 4)
    #expect(configuration.delivery.connections == 4)
    #expect(configuration.origin(of: Configuration.catalog.delivery.connections) == .program)
  }

  @Test("O3: secrets are never printed, whatever prints them")
  func secretsAreRedacted() throws {
    let configuration = try configuration(
      "smtp: {user: ana}", environment: ["WATCHPOST_SMTP_PASSWORD": "hush-hush"])
    #expect(configuration.smtp.password?.reveal() == "hush-hush")
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in ["\(configuration)", dumped, "\(configuration.effective)", String(reflecting: configuration)] {
      #expect(!text.contains("hush-hush"))
    }
    #expect("\(configuration)".contains("smtp.password: (set, not shown) (WATCHPOST_SMTP_PASSWORD)"))
  }
}

/// Secrets in files (rule X2).
@Suite struct SecretFileTests {
  @Test func aPasswordComesFromAFileOfItsOwnWithoutItsLineEnd() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.write("pw", "hush hush\r\n", mode: 0o600)
    let file = try directory.write("watchpost.yaml", least + "smtp: {user: ana, password_file: pw}")
    #expect(try Configuration(file: file, environment: [:]).smtp.password?.reveal() == "hush hush")
    let over = try Configuration(file: file, environment: ["WATCHPOST_SMTP_PASSWORD": "other"])
    #expect(over.smtp.password?.reveal() == "other")
  }

  @Test("X2: a password file that others can read is refused with the remedy", arguments: [0o644, 0o640, 0o604, 0o620])
  func readablePasswordFile(mode: Int) throws {
    let directory = try TemporaryDirectory()
    let password = try directory.write("pw", "hush", mode: mode)
    let file = try directory.write("watchpost.yaml", least + "smtp: {user: ana, password_file: pw}")
    let error = #expect(throws: ConfigurationError.self) { try Configuration(file: file, environment: [:]) }
    #expect(error?.mistakes.first?.place == password)
    #expect(error?.description.contains("run: chmod 600 \(password)") == true)
  }

  @Test("E1, X2: the mailbox's password that may not be read keeps from work who fetches mail, and nobody else")
  func mailboxPassword() throws {
    let directory = try TemporaryDirectory()
    let password = try directory.write("pw", "hush", mode: 0o644)
    let file = try directory.write(
      "watchpost.yaml", least + "inbound: {mailbox: 'imaps://a@mail.example.org', password_file: pw}")
    let configuration = try Configuration(file: file, environment: [:])
    #expect(configuration.inbound.password == nil)
    let words = configuration.unreadableMailboxPassword.map { "\($0)" } ?? ""
    #expect(words.contains("inbound.password_file") && words.contains("run: chmod 600 \(password)"))
    _ = try directory.write("pw", "hush", mode: 0o600)
    let mended = try Configuration(file: file, environment: [:])
    #expect(mended.unreadableMailboxPassword == nil && mended.inbound.password?.reveal() == "hush")
  }

  @Test("X2: a configuration with a password in it that others can read is refused")
  func readableConfiguration() throws {
    let directory = try TemporaryDirectory()
    let text = least + "smtp: {user: ana, password: hush}"
    let open = try directory.write("open.yaml", text, mode: 0o644)
    let error = #expect(throws: ConfigurationError.self) { try Configuration(file: open, environment: [:]) }
    #expect(
      error?.description
        == "\(open): it holds a secret, and its mode 644 lets others than its owner at it; run: chmod 600 \(open)")
    let closed = try directory.write("closed.yaml", text, mode: 0o600)
    #expect(try Configuration(file: closed, environment: [:]).smtp.password?.reveal() == "hush")
  }

  @Test func aPasswordGivenTwiceIsRefused() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(
      "watchpost.yaml", least + "smtp: {user: ana, password: hush, password_file: pw}", mode: 0o600)
    let error = #expect(throws: ConfigurationError.self) { try Configuration(file: file, environment: [:]) }
    #expect(error?.description.contains("smtp.password_file: smtp.password is given as well") == true)
  }
}
