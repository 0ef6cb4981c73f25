import Testing

@testable import Inbound

/// Our mail as a program quotes it: whole, without marks, down to its foot.
@Suite("Our mail quoted whole")
struct WholeMailTests {
  static let post = """
    Dear colleagues,

    here is our draft of the guidance. Please look at section 3 in
    particular: does it match what you do at home?

    We found that field trials under the national act took 14 months on
    average, which is longer than the protocol foresees.

    1. Which data did you ask the applicant for?
    2. How did you judge uncertainty?

    Best wishes,
    Ana Paz
    """
  static let phrases = [
    "In:", "Reply:", "On the web:", "Your answer will be posted in the discussion.", "Reply", "Open in the forum",
    "You watch this thread.", "Change or stop:", "Change or stop", "Stop by e-mail:", "Stop by e-mail",
    "Your account:", "Help desk:", "Times:", "Répondre :", "Votre réponse sera publiée dans la discussion.",
  ]
  static let sent = SentText([post], foot: phrases)
  static let places = [["Online discussion on risk assessment", "Theme 1: guidance", "Living modified fish"]]
  static let mail = AnsweredMail(
    sent, names: ["Ana Paz", "forum.example.org"],
    places: places)
  static let head = """
    From: Ana Paz (BCH forum) <risk@forum.example.org>
    Sent: Saturday, November 28, 2026 1:40 PM
    To: Bob <bob@example.net>
    Subject: Living modified fish


    """
  static let text = """
    [#9231] Ana Paz, 28 November 2026, 14:11 (UTC)

    \(post)

    --\u{20}
    Your answer will be posted in the discussion.
    Reply: reply+aeaqsajcxv6tmgzco25blja@forum.example.org
    On the web: https://forum.example.org/risk/post/9231
    In: Online discussion on risk assessment › Theme 1: guidance
    You watch this thread.
    Change or stop: https://forum.example.org/mail/u/aecasanruia6nkr46oiaxp2ci36q
    Stop by e-mail: stop+aecasanruia6nkr46oiaxp2ci36q@forum.example.org
    Your account: bob@example.net
    Help desk: helpdesk@example.org
    """
  static let digest = """
    Online discussion on risk assessment
    ------------------------------------

    Theme 1: guidance › Living modified fish
    https://forum.example.org/risk/1

    [#9231] Ana Paz, 28 Nov, 14:11

    \(post)

    Reply: reply+aeaqeamc2a24qe77cgdizty@forum.example.org

    --\u{20}
    Times: UTC · Your answer will be posted in the discussion.
    You watch this thread.
    Change or stop: https://forum.example.org/mail/u/aecaeafruiavlovkr4yrquifza5q
    Stop by e-mail: stop+aecaeafruiavlovkr4yrquifza5q@forum.example.org
    Your account: bob@example.net
    Help desk: helpdesk@example.org
    """
  static let points = """
    Your answer will be posted in the discussion. Reply<mailto:reply+a@forum.example.org> · Open in the forum<https://forum.example.org/9231>
    In: Online discussion on risk assessment › Theme 1: guidance
    You watch this thread.
    Change or stop<https://forum.example.org/mail/u/a> · Stop by e-mail<mailto:stop+a@forum.example.org>
    Your account: bob@example.net · Help desk: helpdesk@example.org
    """

  /// As the stage reads a reply: by the marks first; then, where a piece of our mail is left, by what was sent.
  func own(_ text: String) -> String {
    let marked = ReplyText(trimming: text, answering: Self.mail)
    if marked.isAnswer, !marked.own.isEmpty, !marked.hasByline { return marked.own }
    return ReplyText(trimming: text, sent: Self.sent, answering: Self.mail).own
  }

  static let changes: [(String, String)] = [
    ("14 months", "fourteen months"), ("Best wishes,", "Beste Grüße,"), ("Dear colleagues,", "Liebe Kollegen,"),
    ("field trials", "f??ld tri??ls"), ("You watch this thread.", "Sie beobachten dieses Thema."),
    ("Reply: reply+", "Antwort: reply+"), ("colleagues", "coll&#232;gues"),
  ]

  @Test("I4: Below a header's lines our mail goes whole, though a program changed words of it", arguments: changes)
  func changed(_ before: String, _ after: String) {
    let text = Self.text.replacing(before, with: after)
    for rule in ["", "________________________________\n", "-----Original Message-----\n"] {
      #expect(own("Yes.\n\n\(rule)\(Self.head)\(text)") == "Yes.")
    }
    // As the only line of it that is another: whatever stands above our first line is the person's.
    #expect(own("Yes.\n\n\(text)") == "Yes.")
  }

  @Test("I4: What somebody put between its lines stays, as does what stands below, whatever else was changed")
  func answers() {
    let between = Self.text.replacing("applicant for?", with: "applicant for?\nWeather only.")
    for text in [between, between.replacing("14 months", with: "fourteen months")] {
      let words = own("See below.\n\n\(Self.head)\(text)")
      #expect(words.hasPrefix("See below.") && words.contains("\nWeather only."), "\(words)")
      #expect(!words.contains("colleagues") && !words.contains("months") && words.utf8.count < 200, "\(words)")
    }
    for (before, after) in [
      ("uncertainty?", "uncertainty?\n\nBy a panel of three."), ("colleagues,", "colleagues,\n\nHere is mine."),
      ("uncertainty?", "uncertainty? By a panel of three."),
    ] {
      let words = own("See below.\n\n\(Self.head)\(Self.text.replacing(before, with: after))")
      #expect(words.hasPrefix("See below.") && words.hasSuffix(after.suffix(12)), "\(words)")
    }
    let below = Self.text.replacing("14 months", with: "fourteen months")
    #expect(own("\(Self.head)\(below)\n\nIt is too early for us.") == "It is too early for us.")
  }

  @Test("I4: A digest's headings, rules, links and times are ours, below a header's lines and without any mark")
  func digests() {
    for head in [Self.head, "________________________________\n\(Self.head)", ""] {
      #expect(own("Yes.\n\n\(head)\(Self.digest)") == "Yes.", "\(head)")
    }
    #expect(own("\(Self.digest)\n\nIt is too early for us.") == "It is too early for us.")
    let wrapped = Self.digest.replacing("guidance › Living", with: "guidance › Living\n")
    #expect(own("Yes.\n\n\(wrapped)") == "Yes.")
    #expect(own("I would add to Theme 1: guidance.\n\n\(Self.digest)") == "I would add to Theme 1: guidance.")
  }

  @Test("I4: The lines of our foot are known with points, question marks or breaks between, and wrapped at any width")
  func feet() {
    let start = Self.text.firstRange(of: "Your answer")!.lowerBound
    let post = Self.text[..<start]
    let broken = Self.points.replacing(" · ", with: "\n")
    for foot in [
      Self.points, Self.points.replacing("·", with: "?"), Self.points.replacing("<mailto:", with: " <"), broken,
    ] {
      #expect(own("Yes.\n\n\(Self.head)\(post)\(foot)") == "Yes.", "\(foot)")
    }
    for width in [40, 60, 72] {
      let narrow = Self.wrapped(Self.text, width)
      #expect(own("Yes.\n\n\(narrow)") == "Yes.", "\(width)")
      #expect(own("\(narrow)\n\nIt is too early.") == "It is too early.", "\(width)")
    }
    let french = "Votre r?ponse sera publi?e dans la discussion.\nR?pondre : reply+a@forum.example.org"
    #expect(own("Oui.\n\n\(post)\(french)") == "Oui.")
    let marked = Self.text.split(separator: "\n", omittingEmptySubsequences: false).map { "| \($0)" }
    #expect(own("\(marked.joined(separator: "\n"))\n\nIt is too early.") == "It is too early.")
  }

  private static func wrapped(_ text: String, _ width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var lines = [""]
      for word in line.split(separator: " ") {
        if lines[lines.count - 1].count + word.count >= width { lines.append("") }
        lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  @Test(
    "I4: By what lines programs lead to our mail",
    arguments: [
      "Цитирую Ana Paz <risk@forum.example.org>:", "引用 Ana Paz <risk@forum.example.org>:",
      "引用 Ana Paz <risk@forum.example.org>：", "اقتباس Ana Paz <risk@forum.example.org>:",
    ])
  func introductions(_ line: String) {
    let quoted = Self.text.split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" }
    #expect(own("Yes.\n\n\(line)\n\n\(quoted.joined(separator: "\n"))") == "Yes.")
    #expect(ReplyText(trimming: "Yes.\n\n\(line)\n\n> No?").own == "Yes.")
  }

  @Test("I4: GroupWise marks the line that leads to our mail, and not our mail")
  func groupWise() {
    let line = ">>> Ana Paz (BCH forum) <risk@forum.example.org> 28/11/2026 13:40 >>>\n"
    #expect(own("Yes.\n\n\(line)\n\(Self.text)") == "Yes.")
    #expect(own("\(line)\(Self.text)\n\nIt is too early.") == "It is too early.")
    #expect(ReplyText(trimming: "Yes.\n\n\(line)No?").own == "Yes.")
  }

  @Test("I4: The beginning of a post that our HTML has for lists of mails is ours, wherever it was cut off")
  func preheader() {
    let beginning = "Dear colleagues, here is our draft of the guidance. Please look at section 3 in particular: other…"
    #expect(own("\(beginning)\n\n\(Self.text)\n\nIt is too early.") == "It is too early.")
    #expect(own("Yes.\n\nOn 28/11/2026 13:40, Ana Paz wrote:\n\n\(beginning)\n\n\(Self.text)") == "Yes.")
  }

  @Test("I4: An answer above our mail stays, be it a sentence of the post, long or short")
  func repeated() {
    let lines = ["I agree.", "No, I do not agree.", "I object to this proposal of the committee, in all of its parts."]
    let post = "Some say:\n\n\(lines.joined(separator: "\n\n"))\n\nWhat do you say?"
    let sent = SentText([post], foot: Self.phrases)
    let mail = AnsweredMail(sent, names: ["Ana Paz"], places: Self.places)
    let text = Self.text.replacing(Self.post, with: post)
    for line in lines {
      let reply = ReplyText(trimming: "\(line)\n\n\(text)", sent: sent, answering: mail)
      #expect(reply.own == line && reply.isRepeated)
    }
    let nothing = ReplyText(trimming: "\(post.replacing("\n\n", with: " "))\n\n\(text)", sent: sent, answering: mail)
    #expect(nothing.own.isEmpty && !nothing.isRepeated)
    #expect(!ReplyText(trimming: "Yes.\n\n\(text)", sent: sent, answering: mail).isRepeated)
  }

  static let lure = "Hello all,\n\nI hereby RESIGN from the committee"
  static let lures: [(String, String, String)] = [
    // What is sent, what a program makes of it, and where.
    ("https://e.co/\(String(repeating: "y", count: 300))", "", "link"),
    (String(repeating: "y", count: 1200), "", "run"), (String(repeating: "я", count: 1200), "", "run"),
    ("\u{1F600}", "&#128512;", "picture"), ("\u{1F600}", "&#x1F600;", "picture"), ("\u{1F600}", "", "picture"),
    ("\u{1F600}", "\u{FFFD}", "picture"), ("\u{200B}", "", "blank"), ("\u{E0041}", "", "tag"),
    ("\u{E0041}", "&#917569;", "tag"), ("\u{200B}", "&#8203;", "blank"), ("\u{1F600}\u{1F600}", "????", "picture"),
  ]

  @Test(
    "I4: Whatever a writer puts into a post that programs break, replace or leave out, no answer has the post in it")
  func lured() {
    for (sign, changed, kind) in Self.lures {
      for place in ["RESIGN", "RESIGN ", "committee", "committee\n\n"] {
        let post =
          Self.lure.replacing(place, with: place + sign) + ".\n\nThanks to all of you, and see you soon\nMallory"
        let sent = SentText([post], foot: Self.phrases)
        let mail = AnsweredMail(
          sent, names: ["Mallory", "forum.example.org"], places: Self.places)
        let back = changed.isEmpty && kind != "picture" && kind != "blank" && kind != "tag" ? sign : changed
        let text = Self.text.replacing(Self.post, with: post.replacing(sign, with: back))
        for reply in [text, Self.broken(text, 72), Self.broken(text, 40)] {
          let own = ReplyText(trimming: "Own answer.\n\n\(reply)", sent: sent, answering: mail).own
          #expect(own == "Own answer.", "\(kind) behind \(place.debugDescription)")
        }
      }
    }
  }

  /// As a program breaks lines that it breaks anywhere.
  private static func broken(_ text: String, _ width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var lines: [String] = []
      var rest = line
      while rest.count > width {
        let window = rest.prefix(width)
        let blank = window.lastIndex(of: " ")
        let fits = blank.map { rest[rest.index(after: $0)...].prefix { $0 != " " }.count <= width } ?? false
        let end = fits ? blank! : window.endIndex
        lines.append(String(rest[..<end]))
        rest = rest[end...].drop { $0 == " " }
      }
      return (lines + [String(rest)]).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  @Test("I4: The lines of a letter that Word wrote stand as far apart as there")
  func word() {
    func letter(_ kind: String) -> InboundMessage {
      let lines = ["Dear all,", "&nbsp;", "first line", "second line", "&nbsp;", "Bob"]
      return message(
        "From: bob@example.net\nContent-Type: text/html; charset=utf-8\n\n<html><body>"
          + lines.map { "<p\(kind)>\($0)<o:p></o:p></p>" }.joined(separator: "\n") + "</body></html>")
    }
    #expect(ReplyText(letter(" class=MsoNormal")).own == "Dear all,\n\nfirst line\nsecond line\n\nBob")
    #expect(ReplyText(letter("")).own.contains("first line\n\nsecond line"))
  }

  @Test("I4: Proton's line goes in Chinese too", arguments: ["使用 Proton Mail 安全邮件发送。", "使用 Proton Mail 安全邮件发送"])
  func device(_ line: String) { #expect(ReplyText(trimming: "Yes.\n\n\(line)").own == "Yes.") }
}
