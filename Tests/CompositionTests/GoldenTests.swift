import Composition
import Forum
import Foundation
import Mail
import Testing

/// Mails as readers get them, each a file in `Golden`. With WATCHPOST_RECORD=1 in the environment the files are written
/// anew; look at the difference before you commit it.
@Suite("Golden mails") struct GoldenTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  static let isRecording = ProcessInfo.processInfo.environment["WATCHPOST_RECORD"] == "1"

  static func check(_ name: String, _ message: OutgoingMessage) throws {
    let file = Self.folder.appending(path: "\(name).eml")
    if Self.isRecording { try Data(message.data).write(to: file) }
    let golden = try Data(contentsOf: file)
    let isEqual = Array(golden) == message.data  // not within the macro: it would print every octet
    #expect(isEqual, "\(name).eml differs; WATCHPOST_RECORD=1 swift test writes it anew")
    let mail = try MessageReader.read(message.data, allowsUTF8: message.envelope.recipient.needsSMTPUTF8)
    // Beside what nobody can read, the same in clear.
    guard message.data.containsText("base64") else { return }
    let clear = Self.folder.appending(path: "\(name).txt")
    if Self.isRecording { try Data(Self.shown(mail).utf8).write(to: clear) }
    #expect(try String(contentsOf: clear, encoding: .utf8) == Self.shown(mail), "\(name).txt differs")
  }

  /// Decoded subject, sender, and parts.
  private static func shown(_ mail: MessageReader.Part) -> String {
    let fields = ["From", "To", "Subject", "List-Id"].map { "\($0): \(MessageReader.decodedWords(mail[$0] ?? ""))\n" }
    return fields.joined() + mail.leaves.map { "\n######## \($0.type)\n\n\($0.text)" }.joined()
  }

  @Test(
    "M7: an instant copy in each of the six languages",
    arguments: [
      ("en", "UTC", Samples.english), ("fr", "Africa/Dakar", "Chers collègues,\n\nVoir l’annexe III : « évaluation »."),
      ("es", "America/Bogota", "Estimados colegas:\n\n¿Cuáles son los próximos pasos?"),
      ("ru", "Europe/Moscow", Samples.russian), ("zh", "Asia/Shanghai", Samples.chinese),
      ("ar", "Africa/Cairo", Samples.arabic),
    ])
  func languages(_ language: String, zone: String, body: String) throws {
    let copy = Samples.copy(
      Samples.post(body: body, language: language, parent: "p9239"), ancestors: [.init(position: 40, key: 1)])
    try Self.check(
      "instant-\(language)", try Samples.instant(copy, to: Samples.recipient(Language(tag: language)!, zone: zone)))
  }

  @Test("A1, M6: what is sent again says so in the header and in words, with the watch that brings it, or none")
  func sentAgain() throws {
    let copy = Samples.copy(Samples.post())
    try Self.check("instant-resent", try Samples.instant(copy, generation: 7))
    try Self.check("instant-resent-unwatched", try Samples.instant(copy, watch: nil, generation: 7))
    for language in Language.allCases {
      let mail = try MessageReader.read(
        try Samples.instant(copy, to: Samples.recipient(language), generation: 7).data)
      #expect(mail["Watchpost-Resend"] == "7")
      #expect(mail["Message-ID"]?.contains(".7@") == true)
      let first = try MessageReader.read(try Samples.instant(copy, to: Samples.recipient(language)).data)
      #expect(first["Watchpost-Resend"] == nil)
      let (again, before) = (mail.leaf("text/plain")!.text, first.leaf("text/plain")!.text)
      #expect(again.count > before.count + 15, "\(language)")
    }
  }

  @Test("M5, M7: HTML of a post, right to left text in an English mail, names with commas, quotes and emoji")
  func mixed() throws {
    try Self.check("instant-html", try Samples.instant(Samples.copy(Samples.post(body: Samples.html, format: .html))))
    try Self.check(
      "instant-markdown",
      try Samples.instant(
        Samples.copy(
          Samples.post(
            body: "# Points\n\n1. *one*\n2. **two** ~~three~~\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nwww.cbd.int",
            format: .markdown)),
        watch: .everything))
    for (name, format, body) in [("bbcode", BodyFormat.bbcode, Samples.bbcode), ("textile", .textile, Samples.textile)]
    {
      try Self.check("instant-\(name)", try Samples.instant(Samples.copy(Samples.post(body: body, format: format))))
    }
    try Self.check(
      "instant-attachments", try Samples.instant(Samples.copy(Samples.post(), attachments: Samples.attachments)))
    try Self.check(
      "instant-attachments-ar",
      try Samples.instant(
        Samples.copy(Samples.post(body: Samples.arabic, language: "ar"), attachments: Samples.attachments),
        to: Samples.recipient(.ar)))
    try Self.check(
      "instant-rtl-in-english",
      try Samples.instant(
        Samples.copy(Samples.post(by: "ليلى حسن", subject: "Re: نقاط للنظر", body: Samples.arabic, language: "ar")),
        watch: .discussion))
    try Self.check(
      "instant-names",
      try Samples.instant(
        Samples.copy(Samples.post(by: "Smith, \"Jo\" <x@y.z> 🌾", subject: "GM 🌽, \"stacked\" events", body: "🌱 ok\n")),
        to: Samples.recipient(name: "O’Brien, Seán \"Shay\"")))
    try Self.check(
      "instant-text-only", try Samples.instant(Samples.copy(Samples.post()), to: Samples.recipient(textOnly: true)))
    try Self.check(
      "instant-smtputf8",
      try Samples.instant(
        Samples.copy(Samples.post()), to: Samples.recipient(name: "Ольга", address: "ольга@пример.рф")))
  }

  private static let week: [PostCopy] = [
    Samples.copy(Samples.post(9240), position: 41),
    Samples.copy(
      Samples.post(9241, by: "Карл Ум", body: Samples.russian, language: "ru"), thread: Samples.capacity, position: 42),
    Samples.copy(
      Samples.post(9242, by: "李波", body: Samples.chinese, language: "zh"), thread: Samples.benefits,
      discussion: Samples.access, position: 43),
    Samples.copy(
      Samples.post(
        9243, by: "Bo Li", subject: "Isolation distance", body: Samples.html, format: .html, parent: "p9240"),
      position: 44),
  ]

  @Test("D2, D4: digests in every form", arguments: DigestFormat.allCases, DigestStyle.allCases)
  func digests(_ format: DigestFormat, style: DigestStyle) throws {
    let recipient = Samples.recipient(zone: "Africa/Nairobi", style: style, format: format)
    try Self.check("digest-\(format)-\(style)", try Samples.digest(Self.week, to: recipient))
  }

  @Test("D2: digests in the other languages, in parts, text only, before closing")
  func otherDigests() throws {
    for language in ["ar", "es", "fr", "ru", "zh"] {
      try Self.check(
        "digest-\(language)",
        try Samples.digest(
          Array(Self.week.prefix(2)), to: Samples.recipient(Language(tag: language)!), part: 1, of: 2, total: 4))
    }
    let plain = Samples.recipient(textOnly: true)
    try Self.check(
      "digest-text-only",
      try Samples.digest(
        [Self.week[0]], to: plain, kind: .lastCall(discussion: "Risk assessment", closesAt: Samples.closing)))
    try Self.check("digest-catch-up", try Samples.digest([Self.week[2]], to: Samples.recipient(.ru), kind: .catchUp))
  }
}

// MARK: - Notices

extension GoldenTests {
  @Test("I7, I8, B4: every notice in English", arguments: Samples.notices)
  func notices(_ sample: Samples.NamedNotice) throws {
    try Self.check("notice-\(sample.name)", try Samples.notice(sample.notice))
  }

  @Test(
    "M7: notices in the other languages",
    arguments: ["ar", "es", "fr", "ru", "zh"], ["refused-closed", "confirm-reply", "commands-all"])
  func translatedNotices(_ language: String, name: String) throws {
    let notice = try #require(Samples.notices.first { $0.name == name }).notice
    let zone = ["ar": "Africa/Cairo", "zh": "Asia/Shanghai", "ru": "Europe/Moscow"][language] ?? "UTC"
    let recipient = Samples.recipient(Language(tag: language)!, zone: zone)
    try Self.check("notice-\(name)-\(language)", try Samples.notice(notice, to: recipient))
  }

  /// Whoever changes a line of that file makes rows of ledgers unreadable that wait for their sending.
  @Test("I7: what the ledger keeps of a notice is stable, and is read back as it was")
  func stableNotices() throws {
    let file = Self.folder.appending(path: "notices.json")
    let lines = Samples.notices.map(\.notice.json)
    if Self.isRecording { try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file) }
    let kept = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(kept.count == lines.count)
    for (line, sample) in zip(kept, Samples.notices) {
      #expect(sample.notice.json == line, "\(sample.name)")
      #expect(try Notice(json: line) == sample.notice, "\(sample.name)")
    }
  }
}

extension [UInt8] {
  fileprivate func containsText(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
