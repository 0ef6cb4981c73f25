import Forum
import Testing
import Time

@Suite("A post that is said to be a reply") struct ReplyWrittenTests {
  private func difference(
    _ written: String, _ reply: String = "I agree: fish & chips, 7 < 9.", _ format: BodyFormat = .html
  ) -> String? {
    let now = Timestamp(1_770_000_000)
    func post(_ key: String, by author: String, _ body: String) -> Post {
      Post(
        key: key, ordinal: 1, threadKey: "t", discussionKey: "d", number: key, authorKey: author, authorName: "",
        body: body, format: format, createdAt: now)
    }
    let draft = ReplyDraft(mailKey: "k", author: "4", parent: "1", body: reply, arrivedAt: now, now: now)
    return draft.difference(
      fromWritten: post("2", by: "4", written), answering: post("1", by: "3", ""), isPending: false)
  }

  @Test(
    "E8: the reply's text is known in whatever form a forum keeps it",
    arguments: [
      ("<p>I agree: fish &amp; chips, 7 &lt; 9.</p>", "I agree: fish & chips, 7 < 9."),
      ("<blockquote>Who agrees?</blockquote><p>I agree: f*** &#38; chips</p>", "I agree: fish & chips, 7 < 9."),
      ("D&eacute;j&agrave; vu, &#231;a m&#xEA;me", "Déjà vu, ça même"),
      ("<p>&#1076;&#1072; &#1085;&#1077;&#1090;</p>", "да нет"), ("<p>同意します。</p>", "同意します。"),
      ("3 < 5, as it was written, and > 4.", "3 < 5, as it was written, and > 4."), ("<p>+1</p>", "+1"),
      ("<img alt=\":-)\">", ":-)"),
    ])
  func same(_ written: String, _ reply: String) { #expect(difference(written, reply) == nil) }

  @Test(
    "E8: another text, a piece of it, or none, is not the reply's", arguments: ["I ag", "", "<p></p>", "Thank you."])
  func other(_ written: String) { #expect(difference(written) == "does not have the reply's text") }

  @Test("E8: a text of signs alone is known by nothing but that there is a text")
  func signs() {
    #expect(difference("", ":-)") != nil)
    #expect(difference("(smile)", ":-)", .plain) == nil)
  }
}
