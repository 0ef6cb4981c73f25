import Forum
import Testing

@Suite("A language") struct LanguageTests {
  @Test(
    "M7: is one of the six by the first part of its tag, and none where that is none of them",
    arguments: [
      ("fr", .fr), ("fr-CA", .fr), ("FR_ca", .fr), ("zh-Hant-TW", .zh), ("ZH", .zh), ("ar-EG", .ar), ("es-419", .es),
      ("ru", .ru), ("en-GB", .en), ("de", nil), ("", nil), ("-", nil), ("french", nil), ("f", nil), ("fr CA", nil),
      ("zhé", nil), ("\u{202E}ar", nil),
    ] as [(String, Language?)])
  func tags(_ tag: String, _ language: Language?) { #expect(Language(tag: tag) == language) }

  @Test("M7: runs from right to left in Arabic alone")
  func direction() { #expect(Language.allCases.filter(\.isRightToLeft) == [.ar]) }
}
