import Testing
import Time

@Suite("Dates of mail headers")
struct MailDateTests {
  @Test(
    "I7: are read as RFC 5322 writes them, in their zone",
    arguments: [
      ("Tue, 26 May 2026 12:00:00 +0000", "2026-05-26T12:00:00Z"),
      ("26 May 2026 12:00:00 +0545", "2026-05-26T06:15:00Z"),
      ("Tue, 26 May 2026 12:00 -0800 (PST)", "2026-05-26T20:00:00Z"),
      (" tue,  1 jan 2030 00:00:60 GMT", "2030-01-01T00:01:00Z"), ("26 May 2026 12:00:00 EST", nil),
      ("26 May 2026 24:00:00 +0000", nil), ("26 Mai 2026 12:00:00 +0000", nil), ("", nil), ("yesterday", nil),
      ("26 May 26 12:00:00 +0000", nil),
    ] as [(String, String?)])
  func read(_ text: String, _ moment: String?) {
    #expect(Timestamp(rfc5322: text)?.description == moment)
  }

  @Test("are read back as they are written")
  func roundTrip() {
    for seconds in stride(from: Int64(0), to: 4_000_000_000, by: 123_456_789) {
      #expect(Timestamp(rfc5322: Timestamp(seconds).rfc5322) == Timestamp(seconds))
    }
  }
}
