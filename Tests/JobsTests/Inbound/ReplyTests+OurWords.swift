import Inbound
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// Replies in which our own mail stands without any mark of a quotation.
extension ReplyTests {
  @Test(
    "I4: around our mail without marks the words above and below it are kept; our own words alone are never posted",
    arguments: [
      "Our ministry supports the draft without reservation.", "Yes.",
      "First paragraph of the post, which has a number of words.\n\nSecond one, which has as many again as that.\n\nThird.",
    ])
  func unmarked(_ body: String) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread, body)
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let parts = MessageReader().read(Array(copy.text.utf8)).parts
    let text = try #require(parts.first { $0.type == "text/plain" }?.text)
    let html = try #require(parts.first { $0.type == "text/html" }?.text)
    // As programs send it on that keep no attributes.
    let bare = html.replacing(/<head>[\s\S]*<\/head>/, with: "")
      .replacing(/<(h1|div|p|bdi|body|html) [^>]*>/) { "<\($0.1)>" }
    let (top, end) = ("I object to all of that.", "And so does my ministry, strongly.")
    func around(_ html: String) -> String {
      html.replacing("<body", with: "<p>\(top)</p><body").replacing("</body>", with: "<p>\(end)</p></body>")
    }
    let start = try #require(text.range(of: "[#")?.lowerBound)
    let foot = try #require(text.range(of: "Your reply")?.lowerBound)
    let cases: [(text: String, isHTML: Bool, posted: String?)] =
      [
        ("\(top)\n\n\(text)\n\n\(end)", false, "\(top)\n\n\(end)"), ("\(top)\n\n\(text)", false, top),
        ("\(text)\n\n\(end)", false, end),
        ("\(top)\n\n-----Original Message-----\n\n\(text)\n\n\(end)", false, "\(top)\n\n\(end)"),
        (around(html), true, "\(top)\n\n\(end)"), (around(bare), true, "\(top)\n\n\(end)"),
        ("\(bare)<p>\(end)</p>", true, end), (text, false, nil), (html, true, nil), (bare, true, nil),
      ] + (body == "Yes." ? [] : [(String(text[start..<foot]), false, nil)])
    for (number, (text, isHTML, posted)) in cases.enumerated() {
      let raw = Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text, id: "\(number)@x").raw
      try site.receive(isHTML ? raw.replacing("text/plain", with: "text/html") : raw)
      let outcome = try site.handle()
      #expect(outcome == [posted == nil ? .refused : .reply: 1], "\(number)")
      let found = try site.ledgerText("SELECT body FROM reply WHERE received = \(number + 1)").first
      #expect(found == posted, "\(number)")
      site.clock.advance(by: 90_000)
    }
  }

  @Test("I4: few words that stand in the post too are a person's own, where nothing of our mail stands with them")
  func sameWords() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread, "I agree.\n\nOur ministry supports the draft without reservation.")
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    for (number, text) in ["I agree.", "Our ministry supports the draft without reservation."].enumerated() {
      try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text, id: "\(number)@x").raw)
      #expect(try site.handle() == [.reply: 1])
    }
  }
}
