import Forum
import Testing

@Suite("Names of time zones") struct ZoneNameTests {
  @Test(
    "What Rails and others call a zone leads to its IANA name, and what is none leads nowhere",
    arguments: [
      ("Paris", "Europe/Paris"), ("europe/paris", "Europe/Paris"), ("New York", "America/New_York"),
      ("Pacific Time (US & Canada)", "America/Los_Angeles"), ("Nairobi", "Africa/Nairobi"), ("Mars/X", nil), ("", nil),
    ] as [(String, String?)])
  func meant(text: String, name: String?) { #expect(ZoneName.meant(by: text) == name) }
}
