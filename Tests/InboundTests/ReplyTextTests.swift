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
    // What a program forwards is not written by the person.
    ("FYI\n\n---------- Forwarded message ----------\nFrom: Cy\nTo: Bo\nDate: Monday\n\nText", "FYI"),
    ("", ""), (">", ""),
    // The introduction shares a line with the answer.
    ("Yes. On Mon, May 26, 2014 at 10:00 AM, a@example.org wrote:\n> No?\n", "Yes."),
    ("Yes--- On Mon, May 26, 2014 at 10:00 AM, a@example.org wrote:\n> No?\n", "Yes"),
    // The signature stands above the quotation, or below.
    ("Yes.\n\n--\nAna Paz\n\nOn Mon, 26 May 2014 at 10:00, Cy <c@example.org> wrote:\n> No?\n", "Yes."),
    (
      "Yes.\n\nOn Mon, 26 May 2014 at 10:00, Cy <c@example.org> wrote:\n> No?\n\n--\nAna Paz\n+1 555 010 0199\n", "Yes."
    ),
    (
      "Yes.\n\nOn Mon, 26 May 2014 at 10:00, Cy <c@example.org> wrote:\n> No?\n\nBest regards,\nAna\n",
      "Yes.\n\nBest regards,\nAna"
    ),
    // A sign-off with a name stays; titles, organizations and numbers go.
    ("Yes.\n\nBest regards,\nAna", nil),
    ("Yes.\n\nBest regards,\nAna Paz\nHead of Unit\nTel.: +1 555 010 0199\n", "Yes.\n\nBest regards,\nAna Paz"),
    (
      "Ja.\n\nMit freundlichen Grüßen\nAna Paz\n\nReferentin, Bundesamt\nTelefon 0555 0100199\nwww.example.org\n",
      "Ja.\n\nMit freundlichen Grüßen\nAna Paz"
    ),
    ("是的。\n\n此致\n敬礼\n\n王小明\n研究员\n电话：010-55501001\n", "是的。\n\n此致\n敬礼\n\n王小明"),
    ("نعم.\n\nمع التحية\nليلى\nمدير القسم\nهاتف: 0555010019\n", "نعم.\n\nمع التحية\nليلى"),
    ("Yes.\n\nAna Paz\nInstitute of Seeds\nTel: +1 555 010 0199\nana@example.org\n", "Yes."),
    // Paragraphs between introductions, and answers below quotations.
    (
      "On Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> One?\nYes.\n> Two?\nNo.\n> Three?\n",
      "> One?\nYes.\n> Two?\nNo."
    ),
    (
      "Hello Ana,\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> One?\n\nYes.\n", "Hello Ana,\n\nYes."
    ),
    (
      "See below.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> One?\nYes.\n> Two?\n",
      "See below.\n\n> One?\nYes."
    ),
    ("Hi Ana\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> One?\n\nYes.\n", "Hi Ana\n\nYes."),
    // Of a long quotation what is answered stays.
    (
      "On Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> Dear all,\n>\n> zero.\n>\n> One?\n\nYes.\n\n> Two?\n\nNo.\n\n> Bye.\n",
      "> One?\n\nYes.\n\n> Two?\n\nNo."
    ),
    // All of it is quoted, down to its signature: what stands below answers no part of it.
    (
      "Yes.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> One?\n> -- \n> Ana\n\nAnd one thing more.\n",
      "Yes.\n\nAnd one thing more."
    ),
    // Quoted by hand in front of what the program quotes.
    (
      "> A rule is a rule.\n\nIt is.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> One?\n",
      "> A rule is a rule.\n\nIt is."
    ),
    // Apple's programs mark the introduction too.
    (
      "> On 26 May 2014, at 10:00, Ana <a@example.org> wrote:\n> \n> One?\nYes.\n> Two?\nNo.\n> Three?\n",
      "> One?\nYes.\n> Two?\nNo."
    ),
    ("Yes.\n\n[cid:image001.png@01D0.5E6F]\n", "Yes."),
    // Pasted by hand: no program introduced it.
    ("> A rule is a rule.", nil), ("> A rule is a rule.\n\nIt is.", nil),
    ("はい。\n\nOn 2014/05/26 10:00, Ana wrote:\n＞いいえ？\n", "はい。"),
    ("Yes.\n\nAna Paz\n\nTel: +1 555 010 0199\n", "Yes.\n\nAna Paz"),
    ("If a < b and so on:\n> One?\nYes.\n> Two?\nNo.", nil),
    ("Yes.\n\n##- Please type your reply above this line -##\n\nNo?", "Yes."),
    // A person's own words, whatever they look like.
    ("Yes.\n\nMore here\nhttps://example.org/seeds", nil), ("Yes.\n\nAsk them\nseeds@example.org", nil),
    ("Section 1\n-------\nThe ministry agrees with it, and so do we all.\nhttps://example.org/1", nil),
    ("First, we agree with what was said.\n\n—\n\nSecond, there is one thing that we do not see in it.", nil),
    ("Merci pour ce texte\nNous sommes d'accord\nLe ministère a répondu", nil),
    ("On 26 May 2014, at its last meeting, the chair of the group said\nthat seeds travel. We agree.", nil),
    ("We met.\n\nOn 26 May 2014 the secretariat wrote:\n\n\"Seeds travel.\"\n\nWe agree.", nil),
    ("On the other hand, we wrote: nothing.\nOn Monday we meet.", nil),
    ("As I wrote on 26 May 2014: seeds do not travel.\nThat is all.", nil),
    ("The data comes From: our database, not To: yours.\nSubject: to change.", nil),
    ("Write to ana@example.org:\nshe knows it.", nil), ("Key points\n----\nOne.\n\n----\nTwo is as long as one.", nil),
    ("Sent from my desk, this is easier to read than from a phone.", nil),
    ("Von meinem Standpunkt aus ist es richtig.\nVielen Dank für die Frage, die sich viele stellen.", nil),
    ("从我的角度看，这是对的。", nil), ("मेरे विचार में यह सही है।", nil), ("Rapor dün gönderildi", nil),
    ("We sell virus-free seeds.\n\nPlease add us to the mailing list of the group.", nil),
    (
      "Confidential information must stay confidential: so says article 21, and it is confidential for whoever asks.",
      nil
    ),
    ("External experts should be heard.\n\nWarning signs are missing from the draft.", nil),
    ("You can reach the laboratory at:\n\nDr Cy\nTel: +1 555 010 0199", nil),
    (
      "```\nFrom: ana@example.org\nDate: Mon, 26 May 2014\nTo: bo@example.net\nSubject: x\n```\nThat is what I saw.",
      nil
    ),
    ("Try this:\n\n>>> 1 + 1\n2\n>>> import sys", nil),
    ("--- a/seeds.txt\n+++ b/seeds.txt\n@@ -1 +1 @@\n-one\n+two", nil),
    ("2024-01-15 14:30:25\n15.01.2024 14:30\nJan 15, 2024 at 14:30\nare the same.", nil),
    ("I have the figures.\n\nSent from my office I can say: yes.\n\nMore follows tomorrow.", nil),
    ("I have the figures.\n\nSent from my office I can say: yes.", nil),
    ("One.\n\nSent from my phone\n\nMore follows tomorrow.", nil),
    ("Part one?\n\n--\nThird part?", nil), ("Yes.\n\n--\nBo\nSave trees.", "Yes."),
    ("Three points:\n\n-- one\n-- two\n-- three", nil),
  ].map { ($0.0, $0.1 ?? $0.0) }

  @Test("I4: Quotations, their introductions and signatures go; answers among quoted lines stay", arguments: cases)
  func trimmed(_ text: String, _ own: String) {
    #expect(ReplyText(trimming: text).own == own)
  }

  @Test("I4: Nothing is lost: everything is the person's or is kept as trimmed", arguments: cases)
  func whole(_ text: String, _ own: String) {
    let reply = ReplyText(trimming: text)
    // Characters, not lines: an introduction may share a line with the answer.
    let written = { (text: String) in text.utf8.filter { $0 > 0x20 }.sorted() }
    #expect(written(reply.own + reply.elided) == written(text))
  }

  static let structures: [(String, String)] = [
    (
      "<p>Yes.</p><div class=\"gmail_quote\"><div class=\"gmail_attr\">Ana, on a Monday<br></div><blockquote class=\"gmail_quote\">No?"
        + "</blockquote></div>", "Yes."
    ),
    (
      "<div>Yes.</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>X:</b> Ana</div><div>No?</div>",
      "Yes."
    ),
    (
      "<p class=MsoNormal>Yes.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p>"
        + "<b>X:</b> Ana</p></div><p>No?</p>", "Yes."
    ),
    (
      "<div>Yes.</div><div class=\"moz-cite-prefix\">Ana:<br></div><blockquote type=\"cite\"><p>No?</p></blockquote>",
      "Yes."
    ),
    ("<div>Yes.</div><div id=\"yahoo_quoted_1\" class=\"yahoo_quoted\"><div>Ana:</div><div>No?</div></div>", "Yes."),
    (
      "<div>Yes.</div><div class=\"protonmail_quote\">On Monday, May 26th, 2014 at 10:00, Ana &lt;a@example.org&gt; wrote:<br>"
        + "<blockquote class=\"protonmail_quote\" type=\"cite\">No?</blockquote></div>", "Yes."
    ),
    (
      "<div>Yes.</div><div class=\"zmail_extra\"><div>---- On Mon, 26 May 2014 Ana &lt;a@example.org&gt; wrote ----</div>"
        + "<blockquote>No?</blockquote></div>", "Yes."
    ),
    ("<div>Yes.</div><div name=\"quote\" style=\"border-left:2px solid\"><div>X: Ana</div>No?</div>", "Yes."),
    ("<p>Yes.</p><div class=\"gmail_signature\">Ana Paz<br>Institute</div>", "Yes."),
    ("<div>Yes.</div><div id=\"Signature\"><p>Ana Paz</p></div><div id=\"appendonsend\"></div><p>No?</p>", "Yes."),
    // A signature alone is what the person wrote.
    ("<div class=\"gmail_signature\">Yes.</div>", "Yes."),
    // Answers among the quoted.
    (
      "<div class=\"gmail_quote\"><div class=\"gmail_attr\">Ana:</div><blockquote class=\"gmail_quote\">One?</blockquote><div>Yes."
        + "</div><blockquote class=\"gmail_quote\">Two?</blockquote><div>No.</div></div>", "> One?\nYes.\n> Two?\nNo."
    ),
    // A paragraph that is indented, and what nobody sees.
    (
      "<p>Yes:</p><blockquote style=\"margin:0 0 0 40px;border:none;padding:0px\">it is so.</blockquote>",
      "Yes:\n\nit is so."
    ),
    ("<div style=\"display:none\">hidden</div><p>1 &lt; 2 &laquo;&eacute;&raquo; a<b</p>", "1 < 2 «é» a"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    // Lists keep their numbers and marks, one within another too.
    (
      "<div>Points:</div><ol><li>Add the table.<ul><li>with its source</li><li><p>and a date</p></li></ul></li><li><div>Name it."
        + "</div></li></ol><ul><li>ponds</li></ul><div>So.</div>",
      "Points:\n\n1. Add the table.\n  - with its source\n  - and a date\n2. Name it.\n\n- ponds\n\nSo."
    ),
    ("<div>On.</div><ol start=\"3\"><li>Three.</li></ol>", "On.\n\n3. Three."),
  ]

  @Test("I4: The structure of HTML tells what is quoted, in any language", arguments: structures)
  func structured(_ html: String, _ own: String) {
    let head = "From: bo@example.net\nSubject: Re: A thread\nContent-Type: text/html; charset=utf-8\n\n"
    #expect(ReplyText(message("\(head)<html><body>\(html)</body></html>")).own == own)
  }

  @Test("I4: What the HTML calls quoted goes from the text, also where the text has more of it")
  func bottom() {
    let read = message(
      """
      From: Bo <bo@example.net>
      Content-Type: multipart/alternative; boundary=b

      --b
      Content-Type: text/plain; charset=utf-8

      Dear Ana,

      Von: Ana <a@example.org>
      Gesendet: Montag, 26. Mai 2014
      An: Bo
      Betreff: Seeds

      #x .y {border:1px solid} Seeds have been sent to the laboratory this year.
      --b
      Content-Type: text/html; charset=utf-8

      <p>Dear Ana,</p><div class="yahoo_quoted"><p>Von: Ana &lt;a@example.org&gt;<br>Gesendet: Montag, 26. Mai 2014<br>An: Bo<br>
      Betreff: Seeds</p><p>Seeds have been sent to the laboratory this year.</p></div>
      --b--
      """)
    #expect(ReplyText(read).own == "Dear Ana,")
  }

  @Test("I4: Where there is text and HTML, the text is read and the HTML's structure helps")
  func both() {
    let read = message(
      """
      From: Bo <bo@example.net>
      Subject: Re: A thread
      Content-Type: multipart/alternative; boundary=b

      --b
      Content-Type: text/plain; charset=utf-8

      We *agree* with this.

      Ana on some day:
      No seeds have been sent to the laboratory this year,
      or so it seems to the people who wait there.
      Ana
      --b
      Content-Type: text/html; charset=utf-8

      <p>We <b>agree</b> with this.</p><div class="moz-cite-prefix">Ana on some day:</div><blockquote type="cite">
      <p>No seeds have been sent to the laboratory this year, or so it seems to the people who wait there.</p>
      <p>Ana</p></blockquote>
      --b--
      """)
    #expect(ReplyText(read).own == "We *agree* with this.")
  }

  /// A message in two forms.
  private func both(_ text: String, _ html: String) -> InboundMessage {
    message(
      """
      From: Bo <bo@example.net>
      Content-Type: multipart/alternative; boundary=b

      --b
      Content-Type: text/plain; charset=utf-8

      \(text)
      --b
      Content-Type: text/html; charset=utf-8

      \(html)
      --b--
      """)
  }

  @Test("I4: Lines that a program broke at a width are whole again, as the HTML beside the text has them")
  func broken() {
    let read = both(
      """
      Nous appuyons la proposition *décrite à la page
      7*, qui ne laisse rien
      ouvert. Voir le rapport <https://example.org/a>
      pour le reste.

      One.
      Two.
      日本ではナイルティラピアの
      養殖は少ない。
      """,
      """
      <div>Nous appuyons la proposition <b>décrite à la page 7</b>, qui ne laisse rien ouvert. Voir le <a href="https://example.org/a">rapport</a> pour le reste.</div><div><br></div><div>One.<br>Two.</div><div>日本ではナイルティラピアの養殖は少ない。</div>
      """)
    #expect(
      ReplyText(read).own == """
        Nous appuyons la proposition *décrite à la page 7*, qui ne laisse rien ouvert. Voir le rapport <https://example.org/a> pour \
        le reste.

        One.
        Two.
        日本ではナイルティラピアの養殖は少ない。
        """)
  }

  @Test("I4: A sentence with words of the quotation in it stays one sentence")
  func sentence() {
    let quoted = "Would it be possible to extend the deadline to 15 December of this year?"
    for sentence in [
      "You ask: \(quoted) Yes, it would be.", "\"\(quoted)\" is no question, is it?",
      "And \"\(quoted)\" is not the question here.",
    ] {
      let read = both(
        "\(sentence)\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> Dear all,\n> \(quoted)",
        """
        <div>\(sentence)</div><div class="gmail_quote"><div class="gmail_attr">On Mon, 26 May 2014 at 10:00, Ana wrote:</div>
        <blockquote class="gmail_quote">Dear all,<br>\(quoted)</blockquote></div>
        """)
      #expect(ReplyText(read).own == sentence)
    }
  }

  static let leftovers: [(String, String)] = [
    ("Here is the map:\n\n[image: map.png]\n\nIt is new.", "Here is the map:\n\nIt is new."),
    ("The map [image: map.png] is new [1].", "The map  is new [1]."),
    ("I agree.\n\nBo\n[cid:image001.png@01DB]", "I agree.\n\nBo"),
    (
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nI agree:\n\n- - one\n- - two\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n=ab\n"
        + "-----END PGP SIGNATURE-----", "I agree:\n\n- one\n- two"
    ),
    (
      "Yes.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> No?\n\nThis email was scanned by Guard. https://guard.example",
      "Yes."
    ),
    ("是的。\n\n\n| |\n李伟\n|\n|\nliwei@example.com\n|\n", "是的。"),
  ]

  @Test(
    "I4: What programs leave in a text goes: pictures' places, armour, scanners' words, cards", arguments: leftovers)
  func left(_ text: String, _ own: String) {
    let reply = ReplyText(trimming: text)
    #expect(reply.own == own)
    let written = { (text: String) in text.utf8.filter { $0 > 0x20 }.sorted() }
    #expect(written(reply.own + reply.elided) == written(text))
  }

  @Test("I4: Flowed text is put together, a text in several parts too, and files are left out")
  func flowed() {
    let flowed = message(
      "From: bo@example.net\nContent-Type: text/plain; format=flowed\n\nOne line \nthat goes on.\n\nOn Mon, 26 May 2014 10:00, \n"
        + "Ana Paz <a@example.org> \nwrote:\n> quoted \n> text\n-- \nBo\n")
    #expect(ReplyText(flowed).own == "One line that goes on.")
    let joined = message(
      "From: bo@example.net\nContent-Type: text/plain; format=flowed; delsp=yes\n\n日本 \n語です。\n")
    #expect(ReplyText(joined).own == "日本語です。")
    let parts = message(
      "From: bo@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nOne.\n--b\nContent-Type: image/png\n\nx\n--b\n\n"
        + "Two.\n--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nThree.\n--b--\n")
    #expect(ReplyText(parts).own.split(separator: "\n").map(String.init) == ["One.", "Two."])
  }

  @Test("X3: Texts made to take long are read like others, and nothing of them is lost", .timeLimit(.minutes(10)))
  func hostile() {
    let texts = [
      String(repeating: "Yes. On Mon, May 26, 2014 at 10:00 AM, a@example.org wrote:\n> No?\n", count: 300),
      String(repeating: "Thanks\nAna\nTel: +1 555 010 0199\n", count: 700),
      String(repeating: "Thanks\n> No?\n", count: 1000), String(repeating: "<", count: 20_000),
      String(repeating: "From: a\n", count: 2000), String(repeating: "> ", count: 20_000),
      String(repeating: "a b:", count: 5000), String(repeating: "x:\n", count: 3000),
    ]
    for text in texts {
      for reply in [
        ReplyText(trimming: text, sent: SentText([text])),
        ReplyText(trimming: text, answering: AnsweredMail(SentText([text]), names: [])),
      ] {
        #expect((reply.own + reply.elided).utf8.count { $0 > 0x20 } == text.utf8.count { $0 > 0x20 })
      }
    }
    for html in ["<div =\"", "<div class=a></div>", "<br>", "<blockquote>", "&amp", "<a '>"] {
      let body = String(repeating: html, count: 5000)
      #expect(Classification(message("From: bo@example.net\nContent-Type: text/html\n\n<p>\(body)")).kind == .reply)
    }
  }

  @Test("I4: The sender's own name begins a signature, without a delimiter too")
  func named() {
    let read = message("From: Ana Paz <a@example.org>\n\nYes, we do.\n\nAna Paz\nHead of Unit\nInstitute of Seeds\n")
    #expect(ReplyText(read).own == "Yes, we do.")
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
