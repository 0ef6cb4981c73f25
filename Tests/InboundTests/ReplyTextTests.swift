import Inbound
import Testing

@Suite("What a person wrote in a reply")
struct ReplyTextTests {
  static let cases: [(String, String)] = [
    ("Yes.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> No?\n", "Yes."),
    ("Yes.\n\nOn Mon, 26 May 2014 at 10:00, Ana Paz (forum) <\na@example.org> wrote:\n\n> No?\n", "Yes."),
    ("Ja.\n\nAm 26.05.2014 um 10:00 schrieb Ana:\n> Nein?\n", "Ja."),
    ("Ja.\n\nAna <a@example.org> schrieb am Mo., 26. Mai 2014, 10:00:\n\n> Nein?\n", "Ja."),
    ("Oui.\n\nLe 26 mai 2014 à 10:00, Ana <a@example.org> a écrit :\n> Non ?\n", "Oui."),
    ("Sí.\n\nEl 26 may 2014, Ana escribió:\n> ¿No?\n", "Sí."),
    ("Да.\n\n26.05.2014 10:00, Ana пишет:\n> Нет?\n", "Да."),
    ("是。\n\n在 2014年5月26日，Ana <a@example.org> 写道：\n> 不？\n", "是。"),
    ("Yes.\n\n-----Original Message-----\nFrom: Ana\nNo?\n", "Yes."),
    ("Yes.\n\nFrom: Ana\nSent: Monday\nTo: Bo\nSubject: A thread\n\nNo?\n", "Yes."),
    ("Yes.\n\nOn 26 May 2014, Ana wrote:\n\nNo mark stands here.\n", "Yes."),
    ("Yes.\n\n-- \nBo\n", "Yes."),
    ("Yes.\n\nSent from my phone\n", "Yes."),
    // Below what they answer.
    ("On 26 May 2014, Ana wrote:\n> No?\n\nYes.\n", "Yes."),
    ("Hi.\n\n> One?\nYes.\n\n> Two?\nNo.\n", "Hi.\n\n> One?\nYes.\n\n> Two?\nNo."),
    // A person's own words.
    ("From: here to there is a long way.\nYes.", "From: here to there is a long way.\nYes."),
    ("FYI\n\n---------- Forwarded message ----------\nFrom: Cy\nTo: Bo\nDate: Monday\n\nText", nil),
    ("", ""), (">", ""),
  ].map { ($0.0, $0.1 ?? $0.0) }

  @Test("I4: Quotations, their introductions and signatures go; answers among quoted lines stay", arguments: cases)
  func trimmed(_ text: String, _ own: String) {
    #expect(ReplyText(trimming: text).own == own)
  }

  @Test("I4: Nothing is lost: every line is the person's or is kept as trimmed", arguments: cases)
  func whole(_ text: String, _ own: String) {
    let reply = ReplyText(trimming: text)
    let lines = { (text: String) in
      text.split(separator: "\n").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }.sorted()
    }
    #expect(lines(reply.own + "\n" + reply.elided) == lines(text))
  }

  @Test("HTML alone is read as text, its quotations as quoted")
  func html() {
    let read = message(
      """
      From: bo@example.net
      Subject: Re: A thread
      Content-Type: text/html; charset=utf-8

      <html><head><title>x</title><style>p{}</style></head><body><p>Caf&eacute; &amp; tea&#33;</p>
      <div class="gmail_quote"><div>On 26 May 2014, Ana wrote:<br></div><blockquote>No?</blockquote></div></body></html>
      """)
    #expect(Classification(read).reply?.own == "Café & tea!")
  }
}
