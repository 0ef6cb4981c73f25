import Forum
import Mistakes
import Testing
import Time

@testable import Settings

/// How each kind of value is read and written.
@Suite struct KindTests {
  func read<Value>(_ kind: Kind<Value>, _ text: String, base: String = "/etc") -> Value? {
    try? kind.parse(.text(text), base)
  }

  @Test(
    "lengths of time are read with one unit and written in the largest",
    arguments: [
      ("90s", 90, "90s"), ("2m", 120, "2m"), ("24h", 86_400, "1d"), ("5d", 432_000, "5d"), ("2w", 1_209_600, "14d"),
      ("60m", 3600, "1h"), ("0s", 0, "0s"), ("7 m", 420, "7m"), ("90m", 5400, "90m"),
    ])
  func durations(text: String, seconds: Int64, written: String) throws {
    let span = try TimeSpan(text)
    #expect(span.seconds == seconds)
    #expect(span.description == written)
    #expect(try TimeSpan(written) == span)
  }

  @Test(arguments: ["", "5", "m", "-5m", "1.5h", "5 minutes", "5M", "9999999999d", "1h30m", "٥m", "５m"])
  func noLengthOfTime(text: String) {
    #expect(throws: Refusal.self) { try TimeSpan(text) }
  }

  @Test("S4: a retry schedule is a list of times and spans; one that ends before it begins is refused")
  func retrySchedules() {
    let hours = { (least: Int64, most: Int64) in TimeSpan.hours(least) ... .hours(most) }
    #expect(read(.retry, "1h, 2h..4h")?.steps == [hours(1, 1), hours(2, 4)])
    #expect(read(.retry, "2h...4h,3h..3h")?.steps == [hours(2, 4), hours(3, 3)])
    for wrong in ["", ",", "4h..2h", "30s", "3d", "1h..3d", "1h..", "..1h", "1h 2h", "1h..2h..3h"] {
      #expect(read(.retry, wrong) == nil, "\(wrong)")
    }
    let refusal = #expect(throws: Refusal.self) { try Kind.retry.parse(.list(["5m", "4h..2h"]), "") }
    #expect(refusal?.message == "4h..2h ends before it begins")
  }

  @Test(
    "sizes: KB and MB are thousands, KiB and MiB powers of two",
    arguments: [("100KB", 100_000), ("2MB", 2_000_000), ("1MiB", 1_048_576), ("16 kib", 16_384), ("99999B", 99_999)])
  func sizes(text: String, bytes: Int) {
    #expect(read(.size(in: 1...10_000_000), text) == bytes)
    for wrong in ["100", "KB", "-1KB", "1.5MB", "1TB", "99999999999KB", "11MB"] {
      #expect(read(.size(in: 1...10_000_000), wrong) == nil, "\(wrong)")
    }
  }

  @Test func numbersFlagsAndWords() {
    #expect(read(.integer(in: 0...23), "07") == 7)
    #expect(read(.integer(in: 0...23), "24") == nil)
    #expect(read(.integer(in: 0...23), "7.0") == nil)
    #expect(read(.integer(in: 0...23), "99999999999999999999") == nil)
    for text in ["true", "yes", "ON"] { #expect(read(.flag, text) == true) }
    for text in ["false", "No", "off"] { #expect(read(.flag, text) == false) }
    #expect(read(.flag, "1") == nil)
    // YAML 1.1 would read `off` as a boolean.
    #expect(read(.choice(Mode.self), "off") == .off)
    #expect(read(.choice(Mode.self), "Off") == nil)
  }

  @Test(
    "transports",
    arguments: [
      ("smtp://mx.example.org", TransportURL.smtp(host: "mx.example.org", port: 587, isTLS: false)),
      ("smtps://MX.example.org/", .smtp(host: "mx.example.org", port: 465, isTLS: true)),
      ("smtp://10.0.0.1:2525", .smtp(host: "10.0.0.1", port: 2525, isTLS: false)),
      ("smtp://[2001:db8::1]:25", .smtp(host: "2001:db8::1", port: 25, isTLS: false)),
      ("maildir:/var/mail/out", .maildir(path: "/var/mail/out")),
      ("maildir:out", .maildir(path: "/etc/out")),
    ])
  func transports(text: String, expected: TransportURL) {
    #expect(read(.transport, text) == expected)
    #expect(read(.transport, Kind.transport.write(expected)) == expected)
  }

  @Test(arguments: [
    "", "mx.example.org", "http://mx", "smtp://", "smtp://a b", "smtp://mx:0", "smtp://mx:65536", "smtp://mx:",
    "smtp://u:p@mx", "smtp://[::1", "smtp://[mx]:25", "smtp://mx/path", "smtp://mx\r\nQUIT", "maildir:", "maildir://x",
    "smtp://::1", "SMTP://mx",
  ])
  func noTransport(text: String) {
    #expect(read(.transport, text) == nil)
  }

  @Test func aPasswordInTheRelaysAddressIsNotRepeated() throws {
    let refusal = #expect(throws: Refusal.self) {
      try Kind.transport.parse(.text("smtp://ana:hush@mx.example.org:99999"), "")
    }
    #expect(refusal.map { "\($0)".contains("hush") } == false)
  }

  @Test(arguments: [
    ("now", CollectStart.now), ("all", .all), ("2026-05-26T12:00:00Z", .since(Timestamp(1_779_796_800))),
    ("2026-05-26", .since(Timestamp(1_779_753_600))), ("1970-01-01", .since(Timestamp(0))),
    ("2024-02-29", .since(Timestamp(1_709_164_800))),
  ])
  func starts(text: String, expected: CollectStart) {
    #expect(read(.collectStart, text) == expected)
    #expect(read(.collectStart, Kind.collectStart.write(expected)) == expected)
  }

  @Test(arguments: [
    "", "Now", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-05-26T24:00:00Z", "2026-05-26T12:00:00",
    "2026-05-26 12:00:00Z", "2026-05-26T12:60:00Z", "2026-5-26", "2026-05-26T12:00:00+02:00", "0000-00-00",
  ])
  func noStart(text: String) {
    #expect(read(.collectStart, text) == nil)
  }

  @Test("a text has something to see", arguments: ["", " ", "\u{A0}\u{3000}", "\u{FEFF}", "\u{200B} \u{200F}"])
  func invisibleTexts(text: String) {
    #expect(read(.text(), text) == nil)
    #expect(read(.path, text) == nil)
    #expect(read(.text(), text + "x") == text + "x")
  }

  @Test func addressesDomainsAndPrefixes() {
    #expect(read(.address, "help@example.org")?.description == "help@example.org")
    for wrong in [
      "help", "a@b@c", "Help <help@example.org>", "a b@c.d", "@c", "a@", "a@-c.d", "a,b@c.d", "a@c..d",
      "help..desk@x.org", ".help@x.org", "help.@x.org", "a\u{200B}b@x.org", "\u{301}a@x.org",
    ] {
      #expect(read(.address, wrong) == nil, "\(wrong)")
    }
    #expect(read(.domain, "Forum.Example.ORG") == "forum.example.org")
    for wrong in [
      "", ".", "a..b", "-a.b", "ünï.org", "a b", String(repeating: "a", count: 64), "a.b.",
      String(repeating: "abcd.", count: 40),
    ] {
      #expect(read(.domain, wrong) == nil, "\(wrong)")
    }
    #expect(read(.prefix, "reply-2") == "reply-2")
    for wrong in ["", "Reply", "re+ply", "2reply", "réply", String(repeating: "a", count: 11)] {
      #expect(read(.prefix, wrong) == nil, "\(wrong)")
    }
    #expect(read(.name, "phpBB_3") == "phpBB_3")
    for wrong in ["", "../x", "a.yaml", "a b"] { #expect(read(.name, wrong) == nil, "\(wrong)") }
  }

  @Test func webAddresses() {
    #expect(read(.webBase("why"), "https://forum.example.org/mail/") == "https://forum.example.org/mail")
    #expect(read(.webBase("why"), "http://localhost:8080") == "http://localhost:8080")
    for wrong in [
      "forum.example.org", "http://forum.example.org", "https://", "ftp://x.y", "https://a:b@x.y", "https://x.y/?q",
      "https://x.y/#f", "https://x.y/\">", "javascript:alert(1)", "https://x.y/\r\nBcc: z", "https://x.y/a b",
      "https://x.y/" + String(repeating: "a", count: 300),
    ] { #expect(read(.webBase("why"), wrong) == nil, "\(wrong)") }
  }

  @Test func zones() {
    for zone in ["UTC", "Africa/Nairobi", "America/Argentina/Buenos_Aires", "Pacific/Kiritimati"] {
      #expect(read(.zone, zone) == zone)
    }
    for wrong in ["", "Nairobi", "GMT+3", "EST", "../../etc/passwd", "Europe/Atlantis", "Africa/"] {
      #expect(read(.zone, wrong) == nil, "\(wrong)")
    }
  }

  @Test("a day of the week is a name, or a number as in databases and commands")
  func weekdays() {
    for (text, day) in [("monday", Weekday.monday), ("sunday", .sunday), ("1", .monday), ("7", .sunday)] {
      #expect(read(.weekday, text) == day)
    }
    for wrong in ["", "0", "8", "mon", "1.0", "Montag"] { #expect(read(.weekday, wrong) == nil, "\(wrong)") }
    #expect(Kind.weekday.write(.friday) == "friday")
  }

  @Test func paths() {
    #expect(read(.path, "/a/b") == "/a/b")
    #expect(read(.path, "b/c") == "/etc/b/c")
    #expect(read(.path, "b", base: "") == "b")
    #expect(read(.path, "b", base: "config/") == "config/b")
    #expect(read(.path, "https://a/b") == nil)
    #expect(read(.database, "f.sqlite") == "/etc/f.sqlite")
    for uri in [
      "postgres://db/forum", "postgresql://ana@db:5433/forum?sslmode=verify-full", "postgresql:///?service=a",
    ] {
      #expect(read(.database, uri) == uri)
    }
    for secret in ["postgres://ana:hush@db/forum", "postgresql:///forum?user=ana&password=hush"] {
      let refusal = #expect(throws: Refusal.self) { try Kind.database.parse(.text(secret), "") }
      #expect(refusal?.advice?.contains("~/.pgpass") == true && refusal?.message.contains("hush") == false)
    }
    #expect(read(.database, "mysql://db/forum") == nil)
  }

  @Test(arguments: [
    "Forum", "BCH forum", "a: b", "x #1", "", "true", "7", "- a", "\"q\"", "back\\slash", "ends:", " padded ", "*a",
    "مرحبا",
    "smtp://h:25", "a\u{202E}b", "tab\tand\nline", "null", "{a}", "=", "👩‍🔬", "@x", "`x`", "%a",
  ])
  func everyTextSurvivesBeingWrittenAsYAML(text: String) throws {
    let document = try YAMLDocument(text: "key: \(yamlText(text))", file: "f")
    #expect(document.root.string("key") == text, "\(yamlText(text))")
  }
}
