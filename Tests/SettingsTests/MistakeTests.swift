import Foundation
import Mistakes
import Testing

@testable import Settings

/// What an admin reads after a mistake.
@Suite struct MistakeTests {
  func answer(_ text: String, environment: [String: String] = [:]) -> String {
    do {
      _ = try Configuration(
        text: text, file: "config/watchpost.yaml", directory: "/etc", environment: environment)
      return "no mistake"
    } catch {
      return error.description
    }
  }

  @Test func allMistakesOfAFileAreShownAtOnceInTheOrderOfLines() {
    let text = """
      site:
        name: Forum
        url: http://forum.example.org
        colour: blue
      mail: {}
      delivery:
        connections: 900
        conections: 5
        retry: [5m, 10, 4h..2h]
        lease: 5m
        uncertain: retry
      participants:
        mode: digset
      digets: {hour: 7}
      digest:
        hour: seven
        zone: Mars/Olympus
        part_size: 1GB
        last_call:
      collect:
        start: yesterday
        settle: {minutes: 2}
        flood_limit: [1, 2]
      smtp: required
      """
    let expected = """
      config/watchpost.yaml:3: site.url: "http://forum.example.org" is not https; one-click unsubscribe works over \
      https only (RFC 8058)
      config/watchpost.yaml:4: site.colour: there is no such key; check the spelling
      config/watchpost.yaml:7: delivery.connections: 900 is out of range 1...200; the default is 10
      config/watchpost.yaml:8: delivery.conections: there is no such key; did you mean connections?
      config/watchpost.yaml:9: delivery.retry: 10 has no unit; write 10s, 10m, 10h or 10d
      config/watchpost.yaml:10: delivery.lease: 5m is out of range 15m...1d; the default is 20m
      config/watchpost.yaml:11: delivery.uncertain: "retry" is none of resend, hold; the default is resend
      config/watchpost.yaml:13: participants.mode: "digset" is none of instant, digest, off; did you mean digest?
      config/watchpost.yaml:14: digets: there is no such key; did you mean digest?
      config/watchpost.yaml:16: digest.hour: "seven" is no whole number; give one in 0...23
      config/watchpost.yaml:17: digest.zone: "Mars/Olympus" is no time zone; write it as in Africa/Nairobi, or UTC
      config/watchpost.yaml:18: digest.part_size: "1GB" is no size; give a number with B, KB, MB, KiB or MiB
      config/watchpost.yaml:19: digest.last_call: has no value; give one, or remove the line
      config/watchpost.yaml:21: collect.start: "yesterday" is no place to start; write now, all or a moment in UTC: \
      2026-05-26T12:00:00Z
      config/watchpost.yaml:22: collect.settle: a value is expected, not a mapping; remove what is indented below it
      config/watchpost.yaml:23: collect.flood_limit: one value is expected, not a list; give a whole number of posts, \
      1...1000000
      config/watchpost.yaml:24: smtp: a mapping is expected; write lines of the form `key: value` below it, indented
      config/watchpost.yaml: mail.domain: is missing; add it under `mail:`, a domain name
      """
    #expect(answer(text) == expected)
  }

  @Test(
    "wrong YAML is answered with line and column",
    arguments: [
      (
        "site:\n  name: \"Forum\n",
        "config/watchpost.yaml:3:1: this is not YAML: while scanning a quoted scalar: "
          + "found unexpected end of stream; check the indentation, colons and quotation marks here and on the line above"
      ),
      (
        "site:\n\tname: x\n",
        "config/watchpost.yaml:2:1: this is not YAML: while scanning for the next token: "
          + "found character that cannot start any token; "
          + "check the indentation, colons and quotation marks here and on the line above"
      ),
      ("a: *b\n", "config/watchpost.yaml:1:4: this is not YAML: found undefined alias"),
      ("- a\n- b\n", "config/watchpost.yaml:1: a mapping is expected; write lines of the form `key: value`"),
      ("hello\n", "config/watchpost.yaml:1: a mapping is expected; write lines of the form `key: value`"),
      ("log:\n  level: info\nlog:\n  level: info\n", "\"log\" stands twice in one mapping; keep one of them"),
      ("site:\n  name: a\u{1}b\n", "config/watchpost.yaml:2: this is not YAML: control characters are not allowed"),
      ("? [a, b]\n: c\n", "config/watchpost.yaml:1: a key must be a word, not a list or mapping"),
      ("--- {}\n--- {}\n", "config/watchpost.yaml:2:1: this is not YAML: but found another document"),
    ])
  func wrongSyntax(text: String, expected: String) {
    #expect(answer(text).contains(expected), "\(answer(text))")
  }

  @Test func deepNestingIsRefusedNotACrash() {
    let text = String(repeating: "[", count: 100_000)
    #expect(answer(text).contains("this is not YAML"))
  }

  @Test(
    "a key in the wrong place is answered with the right one",
    arguments: [
      ("delivery.rate: 5", "delivery.rate: there is no such key; did you mean `rate:` below `delivery:`?"),
      ("smtp: {connections: 5}", "smtp.connections: there is no such key; did you mean delivery.connections?"),
      ("mail: {reply-prefix: r}", "mail.reply-prefix: there is no such key; did you mean reply_prefix?"),
      ("delivery: {Rate: 5}", "delivery.Rate: there is no such key; did you mean rate?"),
      ("frobnicate: 1", "frobnicate: there is no such key; check the spelling"),
    ])
  func misplacedKey(text: String, expected: String) {
    #expect(answer(text).contains(expected), "\(answer(text))")
  }

  @Test(
    "a variable in the environment is answered by its name",
    arguments: [
      ("WATCHPOST_DELIVERY_RATE", "-1", "WATCHPOST_DELIVERY_RATE: -1 is out of range 0...100000; the default is 0"),
      (
        "WATCHPOST_SMTP_PASWORD", "hush",
        "WATCHPOST_SMTP_PASWORD: there is no such setting; did you mean WATCHPOST_SMTP_PASSWORD?"
      ),
      ("WATCHPOST_X", "1", "WATCHPOST_X: there is no such setting; unset the variable"),
      ("WATCHPOST_SMTP_USER", "", "WATCHPOST_SMTP_USER: the text is empty"),
    ])
  func wrongVariable(variable: String, value: String, expected: String) {
    let text = answer(least, environment: [variable: value])
    #expect(text.contains(expected), "\(text)")
    #expect(!text.contains("hush"))
  }

  @Test(
    "settings that do not go together are refused together with the way out",
    arguments: [
      (
        "smtp: {starttls: never}\ndelivery: {transport: 'smtp://mx.example.org'}",
        "config/watchpost.yaml:3: smtp.starttls: the relay is another machine, and plain text is not allowed"
      ),
      ("smtp: {user: ana}", "config/watchpost.yaml:3: smtp.user: there is no password for it"),
      ("mail: {}", "\"mail\" stands twice"),
      (
        "delivery: {stale_after: 5d}",
        "config/watchpost.yaml:3: delivery.stale_after: is not shorter than delivery.give_up_after, 5d"
      ),
      (
        "smtp: {dot_timeout: 20m}",
        """
        config/watchpost.yaml: delivery.lease: is too short for smtp.dot_timeout, 20m; give 28m or more: what waits for \
        its answer must end within its lease
        """
      ),
      (
        "smtp: {helo: localhost}",
        """
        config/watchpost.yaml:3: smtp.helo: "localhost" is no full domain name; write it as in mail.example.org, in ASCII \
        (xn--…), or an address as [192.0.2.1] or [IPv6:2001:db8::1]
        """
      ),
      (
        "smtp: {ca_file: /nowhere/ca.pem}",
        """
        config/watchpost.yaml:3: smtp.ca_file: /nowhere/ca.pem: there is no such file; check the path and who may read it
        """
      ),
      ("smtp: {ca_file: /etc/hostname}", "smtp.ca_file: /etc/hostname has no certificate in PEM; name a file that has"),
      (
        "ledger: {database: forum.sqlite}",
        "config/watchpost.yaml:3: ledger.database: is the forum's database; give the ledger a file of its own"
      ),
    ])
  func disagreement(text: String, expected: String) {
    #expect(answer(least + text).contains(expected), "\(answer(least + text))")
  }

  @Test("S7: plain text is allowed to loopback, by the setting that says so, and under smtps")
  func plainTextAllowed() throws {
    let relay = { (url: String) in "delivery: {transport: '\(url)'}\n" }
    for url in ["smtp://localhost", "smtp://127.0.0.1:2525", "smtp://[::1]:25", "smtps://mx.example.org"] {
      #expect(answer(least + relay(url) + "smtp: {starttls: never}") == "no mistake", "\(url)")
    }
    let told = relay("smtp://mx.example.org") + "smtp: {starttls: never, allow_plain_text: true}"
    #expect(answer(least + told) == "no mistake")
  }

  @Test(
    "S5: a lease that outlasts the longest wait for an answer is taken, to the minute; so are the names that EHLO takes"
  )
  func relayAllowed() throws {
    #expect(answer(least + "smtp: {dot_timeout: 20m}\ndelivery: {lease: 28m}") == "no mistake")
    #expect(answer(least + "smtp: {dot_timeout: 20m}\ndelivery: {lease: 27m}") != "no mistake")
    #expect(answer(least + "delivery: {lease: 15m}") == "no mistake")
    for name in ["mail.example.org", "\"[192.0.2.1]\"", "\"[IPv6:2001:db8::1]\""] {
      #expect(answer(least + "smtp: {helo: \(name)}") == "no mistake", "\(name)")
    }
    // A Maildir asks no certificate of anybody.
    #expect(answer(least + "smtp: {ca_file: /nowhere}\ndelivery: {transport: 'maildir:mail'}") == "no mistake")
  }

  @Test("A file of certificates that may not be read is told as that")
  func unreadableAuthorities() throws {
    let directory = try TemporaryDirectory()
    try createPrivateFile(directory / "ca.pem", "-----BEGIN CERTIFICATE-----\n".utf8)
    #expect(answer(least + "smtp: {ca_file: '\(directory / "ca.pem")'}") == "no mistake")
    guard chmod(directory / "ca.pem", 0) == 0, getuid() != 0 else { return }
    #expect(answer(least + "smtp: {ca_file: '\(directory / "ca.pem")'}").contains("may not be read by this user"))
  }

  @Test func equalAddressPrefixesAreRefused() {
    let text = """
      site: {name: Forum, url: https://forum.example.org}
      mail: {domain: forum.example.org, stop_prefix: reply}
      """
    #expect(answer(text).contains("config/watchpost.yaml:2: mail.stop_prefix: is the same as mail.reply_prefix"))
    let reply = text.replacing("stop_prefix: reply", with: "confirm_prefix: stop, command_prefix: bounces")
    #expect(answer(reply).contains("config/watchpost.yaml:2: mail.confirm_prefix: is the same as mail.stop_prefix"))
    #expect(answer(reply).contains("config/watchpost.yaml:2: mail.command_prefix: is the same as mail.bounce_prefix"))
    let people = text.replacing("stop_prefix: reply", with: "command_prefix: postmaster")
    #expect(answer(people).contains("mail.command_prefix: is an address that a domain keeps for people"))
  }

  @Test("A prefix that digests come from, and a name too long for From or blank, are refused with their line")
  func whatComposingRefuses() {
    let text = answer(least + "participants: {mode: digest}\n", environment: ["WATCHPOST_MAIL_REPLY_PREFIX": "digest"])
    #expect(text == "WATCHPOST_MAIL_REPLY_PREFIX: is `digest`, from which digests are sent; choose another word")
    for long in [String(repeating: "F", count: 61), String(repeating: "论", count: 41)] {
      let text = answer(least.replacing("name: Forum", with: "name: \(long)"))
      #expect(text.hasPrefix("config/watchpost.yaml:1: site.name: the text "), "\(text)")
    }
    let blank = answer(least.replacing("name: Forum", with: "name: \"  \""))
    #expect(blank.hasPrefix("config/watchpost.yaml:1: site.name: the text is empty"), "\(blank)")
    #expect(
      answer(least.replacing(", url: https://forum.example.org", with: "")) == "no mistake", "site.url is optional")
  }

  @Test("X1: no value brings a control character or a turned reading direction into a header or a terminal")
  func controlCharacters() {
    for odd in ["a\\nb", "a\\rb", "a\\0b", "a\\u202Eb", "a\\u2028b", "\\e[31m", "\\x85"] {
      let text = answer(least.replacing("name: Forum", with: "name: \"\(odd)\""))
      #expect(text.contains("site.name: the text has a line break or another control character"), "\(odd)")
      let shown = answer(least + "log: {level: \"\(odd)\"}")
      #expect(shown.contains("log.level: ") && !shown.unicodeScalars.contains(where: isUnprintable), "\(odd)")
    }
    let long = answer(least + "log: {level: \(String(repeating: "x", count: 10_000))}")
    #expect(long.utf8.count < 250)
  }

  @Test func aFileThatIsNotThereSaysWhatToDo() {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(file: "/nowhere/watchpost.yaml", environment: [:])
    }
    #expect(
      error?.description
        == "/nowhere/watchpost.yaml: there is no such file; check the path")
  }

  @Test func aFileThatIsNotUTF8OrFarTooLargeIsRefused() throws {
    let directory = try TemporaryDirectory()
    try createPrivateFile(directory / "latin", [0x61, 0x3A, 0x20, 0xE9, 0x0A])
    let latin = #expect(throws: ConfigurationError.self) { try YAMLDocument(file: directory / "latin") }
    #expect(latin?.description.hasSuffix("the file is not UTF-8; save it as UTF-8") == true)
    try createPrivateFile(directory / "large", [UInt8](repeating: 0x23, count: 1_000_001))
    let large = #expect(throws: ConfigurationError.self) { try YAMLDocument(file: directory / "large") }
    #expect(large?.description.contains("larger than 1000000 bytes") == true)
  }
}
