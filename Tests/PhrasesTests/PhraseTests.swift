import Forum
import Testing
import Time

@testable import Phrases

private let noon = Timestamp(iso8601: "2026-05-26T12:00:00Z")!

@Suite("Phrases, numbers and dates") struct PhraseTests {
  @Test(
    "M7: numbers take the plural form of their language (CLDR)",
    arguments: [
      ("en", 1, "1 post"), ("en", 0, "0 posts"), ("en", 12, "12 posts"), ("fr", 0, "0 message"),
      ("fr", 2, "2 messages"),
      ("es", 1, "1 mensaje"), ("es", 3, "3 mensajes"), ("zh", 1, "1 个帖子"),
      ("ru", 1, "1 сообщение"), ("ru", 3, "3 сообщения"), ("ru", 5, "5 сообщений"), ("ru", 11, "11 сообщений"),
      ("ru", 12, "12 сообщений"), ("ru", 21, "21 сообщение"), ("ru", 22, "22 сообщения"), ("ru", 111, "111 сообщений"),
      ("ar", 0, "لا مشاركات"), ("ar", 1, "مشاركة واحدة"), ("ar", 2, "مشاركتان"), ("ar", 3, "3 مشاركات"),
      ("ar", 10, "10 مشاركات"), ("ar", 11, "11 مشاركة"), ("ar", 99, "99 مشاركة"), ("ar", 100, "100 مشاركة"),
      ("ar", 103, "103 مشاركات"),
    ])
  func plurals(_ language: String, count: Int, expected: String) {
    #expect(PhraseBook.builtIn[Language(tag: language)!].posts(count) == expected)
  }

  @Test(
    "M7: dates stand in the reader's language and zone",
    arguments: [
      ("en", "UTC", "26 May 2026, 12:00 (UTC)"), ("en", "Asia/Kolkata", "26 May 2026, 17:30 (UTC+5:30)"),
      ("en", "America/St_Johns", "26 May 2026, 09:30 (UTC−2:30)"),
      ("en", "Pacific/Kiritimati", "27 May 2026, 02:00 (UTC+14)"),
      ("en", "Nowhere/Land", "26 May 2026, 12:00 (UTC)"), ("es", "America/Lima", "26 de mayo de 2026, 07:00 (UTC−5)"),
      ("fr", "Europe/Paris", "26 mai 2026 à 14:00 (UTC+2)"), ("ru", "Europe/Moscow", "26 мая 2026 г., 15:00 (UTC+3)"),
      ("zh", "Asia/Shanghai", "2026年5月26日 20:00（UTC+8）"), ("ar", "Asia/Amman", "26 أيار/مايو 2026، 15:00 (UTC+3)"),
    ])
  func dates(_ language: String, zone: String, expected: String) {
    let date = LocalDate(PhraseBook.builtIn[Language(tag: language)!])
    #expect(date.text(noon, offset: Zones().offset(zone, at: noon)) == expected)
  }

  @Test(
    "M7: dates beside a mail of the same year are short, as the language writes them",
    arguments: [
      ("en", "26 May, 15:05"), ("fr", "26 mai à 15:05"), ("es", "26 may., 15:05"), ("ru", "26 мая, 15:05"),
      ("zh", "5月26日 15:05"), ("ar", "26 مايو، 15:05"),
    ])
  func shortDates(_ language: String, expected: String) {
    let date = LocalDate(PhraseBook.builtIn[Language(tag: language)!])
    #expect(date.shortText(Timestamp(noon.seconds + 300), offset: 3 * 3600) == expected)
  }

  @Test("The first of a month, and moments before 1970")
  func edges() {
    let french = LocalDate(PhraseBook.builtIn[.fr])
    #expect(french.text(Timestamp(iso8601: "2026-05-01T00:05:00Z")!, offset: 0) == "1er mai 2026 à 00:05 (UTC)")
    #expect(french.text(Timestamp(-1), offset: 0) == "31 décembre 1969 à 23:59 (UTC)")
  }

  @Test("A language tag names one of the six languages, else English")
  func tags() {
    #expect(Language(tag: "fr-CA") == .fr)
    #expect(Language(tag: "ZH_hans") == .zh)
    #expect(Language(tag: "de") == nil)
    #expect(Language(tag: "") == nil)
    #expect(Language(tag: "arx") == nil)
  }

  @Test("M7: every language has every phrase, and no English is left in the others")
  func complete() {
    let english = PhraseBook.builtIn[.en]
    for language in Language.allCases where language != .en {
      let words = PhraseBook.builtIn[language]
      let alike: Set<Phrase> = [
        .dayOne, .date, .dateShort, .kilobytes, .megabytes, .digestSubject, .list, .noticeSubject, .overviewWatch,
        .overviewWatchNamed, .monthsShort, .byline, .contentsLine, .image, .imageNamed,
      ]
      for phrase in Phrase.allCases where !alike.contains(phrase) {
        #expect(words[phrase] != english[phrase], "\(language): \(phrase)")
      }
    }
  }

  @Test("M7: French keeps its colons, semicolons and quotation marks on the line of their word")
  func frenchSpaces() {
    let words = PhraseBook.builtIn[.fr]
    for phrase in Phrase.allCases {
      let text = words[phrase].pieces.map { if case .text(let text) = $0 { text } else { "x" } }.joined()
      for loose in [" :", " ;", " !", " ?", "« ", " »"] { #expect(!text.contains(loose), "\(phrase)") }
    }
  }

  @Test("M7: what fills a phrase in HTML is escaped and isolated")
  func isolation() {
    let phrase = PhraseText("a {b} & c")!
    #expect(phrase.filledHTML(["b": "<x>"]) == "a &lt;x&gt; &amp; c")
    #expect(phrase.filledHTML(["b": "<س>"]) == "a <bdi>&lt;س&gt;</bdi> &amp; c")
    #expect(phrase.filled(["b": "<x>"]) == "a <x> & c")
    #expect(PhraseText("on {title}.")!.filled(["title": "GM 玉米"]) == "on GM 玉米.")
    #expect(PhraseText("on {title}.")!.filled(["title": "نقاط 3"]) == "on \u{2068}نقاط 3\u{2069}.")
    #expect(PhraseText("عن {title}.", .rtl)!.filled(["title": "GM 玉米"]) == "عن \u{2068}GM 玉米\u{2069}.")
    #expect(PhraseText("عن {title}.", .rtl)!.filled(["title": "نقاط 3"]) == "عن نقاط 3.")
    #expect(PhraseText("من {address}", .rtl)!.filled(["address": "a@b.example"]) == "من a@b.example", "to be copied")
    #expect(PhraseText("a { b") == nil)
    #expect(PhraseText("a } b") == nil)
  }
}
