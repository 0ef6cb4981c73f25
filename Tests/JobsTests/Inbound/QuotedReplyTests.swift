import Inbound
import TestSupport
import Testing

@testable import Jobs

@Suite("Replies that quote what was mailed, or others")
struct QuotedReplyTests {
  static let post = """
    Dear all,

    Thank you for the draft on living modified fish. I have two remarks:

    1. Section 3 does not mention the Nile tilapia.
    2. The table on page 12 has no source.

    Best wishes,
    Ben
    """

  /// What becomes of a reply to a post of Ben's that Ana got; nil where nothing is posted.
  func posted(_ reply: (_ mail: String) -> String, title: String = "Ponds", post: String = post) throws -> String? {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread, post)
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let mail = MessageReader().read(Array(copy.text.utf8)).parts.first { $0.type == "text/plain" }?.text ?? ""
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: reply(mail)).raw)
    try site.handleAndPost()
    let bodies = try site.bodies(in: thread)
    return bodies.count > 1 ? bodies.last : nil
  }

  static let head = """
    -----Original Message-----
    From: Ben (BCH forum) <discussion-1@forum.example.org>
    Sent: Saturday, November 28, 2026 12:49 AM
    To: Ana <ana@example.net>
    Subject: Ponds


    """

  @Test(
    "I4: An answer below our whole mail, without marks, is posted alone: nobody's post is posted as another's",
    arguments: [post, "Yes.", "Our ministry supports the draft without any reservation, as it said in May."],
    [head, "\(head.drop { $0 != "\n" }.dropFirst())"])
  func underneath(_ post: String, _ head: String) throws {
    let answer = "I agree with Ben, and I add the ponds of Dhaka."
    #expect(try posted({ "\(head)\($0)\n\n\(answer)" }, post: post) == answer)
  }

  @Test("I4: Answers between the lines of our whole mail are posted, also below a line on top")
  func between() throws {
    let body = try #require(
      try posted { mail in
        let answered = mail.replacing("tilapia.\n", with: "tilapia.\nIt does, in the footnote.\n")
          .replacing("no source.\n", with: "no source.\n\nYes, please.\n")
        return "See my answers below.\n\n\(Self.head)\(answered)"
      })
    #expect(body.hasPrefix("See my answers below."))
    #expect(body.contains("\nIt does, in the footnote.") && body.hasSuffix("\nYes, please."), "\(body)")
    #expect(!body.contains("Best wishes") && !body.contains("Dear all"), "\(body)")
  }

  @Test(
    "I4: Of our HTML in an answer nothing is posted, in any language", arguments: ["en", "ar", "es", "fr", "ru", "zh"])
  func languages(_ language: String) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.forum.write { try $0.run("UPDATE participant SET language = $1", [.text(language)]) }
    try site.fixture.post(in: thread, Self.post)
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let parts = MessageReader().read(Array(copy.text.utf8)).parts
    let html = try #require(parts.first { $0.type == "text/html" }?.text)
    let body = html.replacing(/<head>[\s\S]*<\/head>/, with: "")
    let head =
      "<div id=\"divRplyFwdMsg\"><b>From:</b> Ben &lt;b@forum.example.org&gt;<br><b>Sent:</b> 26 May 2026 10:00</div>"
    let text = "<div>I agree.</div><div id=\"appendonsend\"></div><hr>\(head)<div>\(body)</div>"
    let raw = Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text).raw
    try site.receive(raw.replacing("text/plain", with: "text/html"))
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).last == "I agree.")
  }

  @Test(
    "I4: An answer that is a sentence of the post is posted, above our mail or above a quotation of it",
    arguments: ["I agree.", "No, I do not agree.", "I object to this proposal of the committee, in all of its parts."])
  func sentence(_ answer: String) throws {
    let post =
      "Some say:\n\nI agree.\n\nNo, I do not agree.\n\nI object to this proposal of the committee, in all of "
      + "its parts.\n\nWhat do you say?"
    #expect(try posted({ "\(answer)\n\n\($0)" }, post: post) == answer)
    let quoted = { (mail: String) in
      mail.split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" }.joined(separator: "\n")
    }
    #expect(
      try posted({ "\(answer)\n\nOn Sat, 28 Nov 2026 at 6:49, Ben wrote:\n\(quoted($0))" }, post: post) == answer)
    #expect(try posted({ $0 }, post: post) == nil)
  }

  @Test("I4: Below a header's lines our mail goes whole where a program has changed a word, be it in a title")
  func changed() throws {
    for (before, after) in [("two remarks", "2 remarks"), ("Dear all,", "Liebe alle,"), ("You watch", "Sie sehen")] {
      #expect(try posted { "Yes.\n\n\(Self.head)\($0.replacing(before, with: after))" } == "Yes.")
    }
  }

  @Test("I4: Whom a person quotes stays in the post, above the mail that is answered too; our mail's words go")
  func others() throws {
    let words = "The FAO wrote:\n\n> Tilapia is safe in ponds that are closed.\n\nWho is right?"
    let quoted = { (mail: String) in
      mail.split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" }.joined(separator: "\n")
    }
    #expect(try posted { "\(words)\n\nOn Sat, 28 Nov 2026 at 6:49, Ben wrote:\n\(quoted($0))" } == words)
    #expect(try posted { "Ben wrote:\n\(quoted($0))\n\n\(words)" } == words)
  }
}
