import Testing

@testable import Inbound

@Suite("What of a reply quotes the mail that it answers")
struct AnsweredMailTests {
  /// A post, as mails have it.
  static let post = """
    Dear all,

    Thank you for the draft on living modified fish. I have two remarks:

    1. Section 3 does not mention the Nile tilapia.
    2. The table on page 12 has no source.

    Would it be possible to extend the deadline to 15 December?

    Kind regards,
    Ana
    """
  /// What stands around it.
  static let foot = [
    "From:", "Date:", "In:", "To reply, simply answer this message: your answer will be posted under your name.",
    "Reply to:",
    "You are receiving this message because you are watching the thread", "To stop by e-mail, send any message to:",
    "This message belongs to your account",
  ]
  static let sent = SentText(
    ["Living modified fish\nAna Paz\n\(post)", "Living modified fish\n\(post)"], foot: foot)
  static let mail = AnsweredMail(sent, names: ["Ana Paz", "forum.example.org"])
  /// The mail's text part.
  static let text = """
    From: Ana Paz
    Date: 28 November 2026, 00:56 (UTC)
    In: Risk assessment › Living modified fish

    [#374] Living modified fish

    \(post)

    To reply, simply answer this message: your answer will be posted
    under your name.
    Reply to: reply+aea6sapwalniy7qb42ya66rrdi@forum.example.org

    --\u{20}
    You are receiving this message because you are watching the thread
    “Living modified fish”.
    To stop by e-mail, send any message to:
    stop+aecosapwaikujt62k3kehdzucm@forum.example.org
    This message belongs to your account bo@example.net.
    """
  static let quoted = text.split(separator: "\n", omittingEmptySubsequences: false).map { "> " + $0 }.joined(
    separator: "\n")
  static let below = "\n\nOn Sat, 28 Nov 2026 at 6:49, Ana Paz (BCH forum) <risk@forum.example.org> wrote:\n\(quoted)"
  static let head = """
    From: Ana Paz (BCH forum) <risk@forum.example.org>
    Sent: Saturday, November 28, 2026 12:49 AM
    To: Bo <bo@example.net>
    Subject: Living modified fish
    """

  func own(_ text: String) -> String { ReplyText(trimming: text, answering: Self.mail).own }

  @Test(
    "I4: Whom a person quotes who wrote no mail of ours stays quoted, with the line that leads to it, in any language",
    arguments: [
      "The FAO wrote:\n\n> Tilapia is safe.\n\nBut the WHO wrote:\n\n> We do not know.\n\nWho is right?",
      "Li Wei wrote last week:\n\n> We in China have many ponds, and all of them are small.\n\nSo have we.",
      "农业部写道：\n\n> 我们没有意见，请按照第三节的规定办理。\n\n所以我同意。",
      "Le ministère a écrit :\n\n> Nous sommes d’accord avec la section trois du projet.\n\nDonc moi aussi.",
      "Министерство пишет:\n\n> Возражений против третьего раздела проекта нет.\n\nЗначит, и я согласен.",
      "On 3 May 2026 at 10:00, the FAO <fao@example.int> wrote:\n> Tilapia is safe wherever the ponds are closed.\n\nIs it?",
      "The Protocol says:\n\n> Risk assessments shall be carried out in a scientifically sound manner.",
    ])
  func others(_ words: String) {
    #expect(own(words) == words)
    #expect(own(words + Self.below) == words)
  }

  @Test("I4: Without knowing what was sent, two quotations that somebody leads to are a person's")
  func unknown() {
    let words = "The FAO wrote:\n\n> Tilapia is safe.\n\nBut the WHO wrote:\n\n> We do not know.\n\nWho is right?"
    #expect(ReplyText(trimming: words).own == words)
  }

  @Test("I4: Our mail goes below whatever introduces it, and what a program quotes of another at the end goes too")
  func programs() {
    for head in [
      "Ana Paz wrote:", "On Sat, 28 Nov 2026 at 6:49, Ana Paz (BCH forum) <risk@forum.example.org> wrote:",
      "Saturday, November 28, 2026, 3:49:15 AM, you wrote:", "",
    ] {
      #expect(own("Yes.\n\n\(head)\n\(Self.quoted)") == "Yes.", "\(head)")
      #expect(own("\(head)\n\(Self.quoted)\n\nYes.") == "Yes.", "\(head)")
    }
    // A post of three words tells nothing; who wrote it does.
    #expect(own("On 28/11/2026 00:49, Ana Paz (BCH forum) wrote:\n> Is it?\n\nYes.") == "Yes.")
    let letter = "> Come home early tonight, the children are ill and ask for you.\n> Your wife"
    #expect(own("Yes.\n\nOn 27/11/2026 00:49, Cy <cy@example.org> wrote:\n\(letter)\n\n-- \nBo") == "Yes.")
    let header = "From: Cy <cy@example.org>\nSent: Friday, November 27, 2026 12:49 AM\nTo: Bo\nSubject: Tonight\n\n"
    #expect(own("Yes.\n\n\(header)Come home early tonight, the children are ill and ask for you.") == "Yes.")
  }

  @Test(
    "I4: Lines that look like fields of a mail's header take nothing away that was never mailed",
    arguments: [
      "I propose a meeting:\n\nDate: 15 December\nSubject: the tilapia\nFrom: 10:00\nTo: 12:00\n\nWho can come?",
      "Предлагаю заседание.\n\nДата: 15 декабря\nТема: проект документа\nОт: Секретариата\n\nКто согласен?",
      "Предлагаю:\n\nОт: 1 декабря\nДата: 15 декабря\nТема: проект\n\nКак вам?",
      "Please write to the ministry like this:\n\nTo: minister@gov.example\nSubject: Tilapia\n\nDear Minister, please read on.",
    ])
  func fields(_ words: String) {
    #expect(ReplyText(trimming: words).own == words)
    #expect(own(words) == words)
    #expect(own(words + Self.below) == words)
  }

  @Test("I4: Nor do they above our mail, where it is quoted whole and without marks")
  func fieldsAbove() {
    let words =
      "To all:\n\nFrom: the farmers: they need until January.\nTo: the editors: please wait.\nSubject: to approval we can."
    for head in ["-----Original Message-----\n\(Self.head)", Self.head] {
      #expect(own("\(words)\n\n\(head)\n\n\(Self.text)") == words)
    }
  }

  @Test("I4: What is filled into the lines of our foot goes with it, in lines of its own or not")
  func filled() {
    let html = Self.text.replacing("thread\n“", with: "thread “").replacing("message to:\n", with: "message to: ")
    for text in [Self.text, html] {
      #expect(own("Yes.\n\n\(Self.head)\n\n\(text)") == "Yes.")
      #expect(own("\(Self.head)\n\n\(text)\n\nYes, I do.") == "Yes, I do.")
    }
  }

  @Test("I4: A letter that somebody makes up, or passes on, is theirs where none of it was mailed")
  func letters() {
    let french =
      "Écrivez ainsi :\n\nDe : votre ministère\nÀ : ministre@gouv.example\nObjet : tilapia\n\nMonsieur, lisez la section 3."
    #expect(own(french) == french)
    #expect(own(french + Self.below) == french)
    let passed = """
      Here is the letter of the ministry:

      ---------- Forwarded message ---------
      From: Minister <min@gov.example>
      Date: Mon, Nov 23, 2026 at 9:00 AM
      Subject: Tilapia
      To: <bo@example.net>

      Dear Mr Li,

      we have no objection to the draft, and shall say so in Montreal.
      """
    #expect(own(passed) == passed)
    #expect(own(passed + Self.below) == passed)
    let ours = "For you:\n\n---------- Forwarded message ---------\n\(Self.head)\n\n\(Self.text)"
    #expect(own(ours) == "For you:")
  }

  @Test(
    "I4: Answers between the lines of our mail stay where it is quoted whole and without marks",
    arguments: ["", "[Bo] "])
  func between(_ name: String) {
    let answered = Self.text.replacing("tilapia.\n", with: "tilapia.\n\(name)It does, in the footnote.\n")
      .replacing("15 December?\n", with: "15 December?\n\n\(name)Yes, please.\n")
    for separator in ["-----Original Message-----\n", "", "________________________________\n"] {
      let words = own("See my answers below.\n\n\(separator)\(Self.head)\n\n\(answered)")
      #expect(words.hasPrefix("See my answers below."))
      #expect(
        words.contains("\n\(name)It does, in the footnote.") && words.hasSuffix("\n\(name)Yes, please."), "\(words)")
      #expect(!words.contains("account") && !words.contains("[#374]") && !words.contains("Dear all"), "\(words)")
    }
  }

  @Test("I4: So they do where the HTML beside the text says that all of it is another message")
  func betweenInHTML() {
    let answered = Self.text.replacing("tilapia.\n", with: "tilapia.\nIt does, in the footnote.\n")
      .replacing("15 December?\n", with: "15 December?\n\nYes, please.\n")
    func html(_ text: String) -> String {
      text.replacing("<", with: "&lt;").split(separator: "\n", omittingEmptySubsequences: false).map {
        "<div>\($0)<br></div>"
      }
      .joined()
    }
    func letter(_ top: String, _ text: String) -> InboundMessage {
      message(
        """
        From: Bo <bo@example.net>
        Content-Type: multipart/alternative; boundary=b

        --b
        Content-Type: text/plain; charset=utf-8

        \(top)

        ________________________________
        \(Self.head)

        \(text)
        --b
        Content-Type: text/html; charset=utf-8

        <div>\(top)</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">\(html(Self.head))</div>\(html(text))
        --b--
        """)
    }
    let words = ReplyText(letter("See my answers below.", answered), answering: Self.mail).own
    #expect(words.hasPrefix("See my answers below."))
    #expect(words.contains("\nIt does, in the footnote.") && words.hasSuffix("\nYes, please."), "\(words)")
    #expect(!words.contains("account") && !words.contains("Dear all"), "\(words)")
    #expect(ReplyText(letter("I agree.", Self.text), answering: Self.mail).own == "I agree.")
  }

  @Test("I4: Below our mail, quoted whole and without marks, an answer stays alone")
  func underneath() {
    let answer = "I agree with Ana, and I add the ponds of Dhaka."
    let paragraphs = "Dear Ana,\n\nI agree, and I add the ponds of Dhaka.\n\nBest regards,\nBo"
    for head in ["-----Original Message-----\n\(Self.head)", Self.head] {
      #expect(own("\(head)\n\n\(Self.text)\n\n\(answer)") == answer)
      #expect(own("\(head)\n\n\(Self.text)\n\n\(paragraphs)") == paragraphs)
    }
    #expect(ReplyText(trimming: "\(Self.text)\n\n\(answer)", sent: Self.sent, answering: Self.mail).own == answer)
  }

  @Test(
    "I4: Marks that begin with somebody's initials are marks where our mail stands behind them, or a line leads to them"
  )
  func initials() {
    let head = "Hello Ana,\n\nSaturday, November 28, 2026, 3:49:15 AM, you wrote:\n\n"
    let text = "\(head)AP> Do you agree?\n\nYes, I do, and here is why."
    #expect(ReplyText(trimming: text).own == "Hello Ana,\n\nYes, I do, and here is why.")
    #expect(own(text) == "Hello Ana,\n\nYes, I do, and here is why.")
    let marked = Self.quoted.split(separator: "\n").map { "АП" + $0 }.joined(separator: "\n")
    #expect(
      own("Здравствуйте, Ana.\n\nВы писали 28 ноября 2026 г., 3:49:15:\n\n\(marked)\n\nДа.")
        == "Здравствуйте, Ana.\n\nДа.")
    let greeted = "Да.\n\nИван\n\nЗдравствуйте, Ana.\n\nВы писали 28 ноября 2026 г., 3:49:15:\n\n\(marked)\n\n-- \nИван"
    #expect(own(greeted) == "Да.\n\nИван", "a greeting that a program puts in front of what it quotes goes with it")
    let answers = "Ana> Would it be possible to extend the deadline to 15 December?\n\nYes, in my view."
    #expect(own(answers) == answers.replacing("Ana>", with: ">"))
    let both =
      "AP> 1. Section 3 does not mention the Nile tilapia.\n\nIt does.\n\nAP> Would it be possible to extend the deadline?\n\nYes."
    let read = ReplyText(trimming: both, answering: Self.mail)
    #expect(read.own == both.replacing("AP>", with: ">") && read.elided == "AP\nAP")
    let prompt = "Try this:\n\nSQL> select * from ponds where depth > 3;\n\nIt gives all of them."
    #expect(own(prompt) == prompt)
  }
}
