import Foundation
import Testing

@testable import Inbound

extension SentText {
  /// A mail as it was sent: its text, and its HTML.
  fileprivate init(_ mail: InboundMessage) {
    self.init(
      mail.parts.compactMap { part in
        switch part.type {
        case "text/plain": part.text
        case "text/html": part.text.map { HTMLText.text(of: $0) }
        default: nil
        }
      })
  }
}

/// What was mailed, in one language, and a person's answer.
struct Sent: CustomStringConvertible, Sendable {
  let language: String
  let lines: [String]
  let answer: String

  var description: String { language }
}

@Suite("What was sent is known")
struct SentTextTests {
  static let mails = [
    Sent(
      language: "en",
      lines: [
        "The secretariat has received fourteen submissions on the draft guidance,",
        "of which nine support a common format for the exchange of information.",
        "Parties are invited to comment on sections two and three before Friday.",
      ], answer: "Section two should come first."),
    Sent(
      language: "ar",
      lines: [
        "تلقت الأمانة أربعة عشر تقريرا بشأن مشروع التوجيهات المقترحة هذا العام،",
        "ويؤيد تسعة منها صيغة مشتركة لتبادل المعلومات بين الأطراف المعنية.",
      ], answer: "ينبغي أن يأتي القسم الثاني أولا."),
    Sent(
      language: "zh", lines: ["秘书处收到了十四份关于指南草案的意见，", "其中九份支持采用统一的信息交换格式。", "请各缔约方在星期五之前提出意见。"], answer: "第二节应该放在最前面。"),
    Sent(
      language: "ru",
      lines: [
        "Секретариат получил четырнадцать замечаний к проекту руководства, из которых",
        "девять поддерживают общий формат обмена информацией между Сторонами.",
      ], answer: "Второй раздел должен стоять первым."),
  ]

  static func known(_ sent: Sent) -> SentText {
    SentText(
      [sent.lines.joined(separator: "\n")],
      foot: ["You get this because you watch the thread. To stop, press the button."])
  }

  @Test("I4: What was sent is cut, whatever marks or none stand before it, however it is wrapped", arguments: mails)
  func shapes(_ sent: Sent) {
    let known = Self.known(sent)
    let text = sent.lines.joined(separator: sent.language == "zh" ? "" : " ")
    let shapes: [String] = [
      sent.lines.joined(separator: "\n"), sent.lines.map { "| " + $0 }.joined(separator: "\n"),
      sent.lines.map { "» " + $0 }.joined(separator: "\n"), text, wrapped(text, at: 30), wrapped(text, at: 72),
      wrapped(text, at: 50).split(separator: "\n").map { "\t" + $0 }.joined(separator: "\n"),
      sent.lines.map { "*" + $0 + "*" }.joined(separator: "\n\n"), text + " <https://example.org/thread/1?x=y>",
      // Quoted twice, once by the one who was quoted.
      text + "\n\n" + sent.lines.map { "> " + $0 }.joined(separator: "\n"),
    ]
    for shape in shapes {
      let reply = ReplyText(trimming: "\(sent.answer)\n\n\(shape)\n", sent: known)
      #expect(reply.own == sent.answer, "\(shape)")
      // Introduced by words that no list has.
      let introduced = ReplyText(trimming: "\(sent.answer)\n\nXyzzy 26/5/2014 plugh:\n\(shape)\n", sent: known)
      #expect(introduced.own.hasPrefix(sent.answer) && !introduced.own.contains(sent.lines[0].prefix(8)))
      let below = ReplyText(trimming: "\(shape)\n\n\(sent.answer)\n", sent: known)
      #expect(below.own == sent.answer, "\(shape)")
    }
  }

  private func wrapped(_ text: String, at width: Int) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + word.count > width { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.joined(separator: "\n")
  }

  /// Watchpost's own mails, as they are composed.
  static let composed: [(name: String, mail: InboundMessage)] = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let folder = tests.appending(path: "CompositionTests/Golden")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    precondition(!names.isEmpty, "the mails are missing: \(folder.path())")
    return names.sorted().filter { $0.hasPrefix("instant") && $0.hasSuffix(".eml") }.map { name in
      let octets = (try? Data(contentsOf: folder.appending(path: name))).map(Array.init) ?? []
      return (name, MessageReader().read(octets))
    }
  }()

  @Test("I4: Of an answer to our own mail the answer stays, in text and HTML, whatever stands before the quotation")
  func own() throws {
    let answer = "Yes, with one exception."
    for (name, mail) in Self.composed {
      let known = SentText(mail)
      let text = try #require(mail.parts.first { $0.type == "text/plain" }?.text)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      for shape in [
        text, lines.map { "> " + $0 }.joined(separator: "\n"), lines.map { "\t| " + $0 }.joined(separator: "\n"),
      ] {
        for head in [
          "", "Xyzzy plugh:\n", "From: Ana <a@example.org>\nSent: Monday, May 26, 2014 10:00\nTo: Bo\nSubject: x\n\n",
        ] {
          let own = ReplyText(trimming: "\(answer)\n\n\(head)\(shape)", sent: known).own
          #expect(own == answer || head.hasPrefix("X") && own == "\(answer)\n\nXyzzy plugh:", "\(name)\n\(own)")
        }
      }
      guard let html = mail.parts.first(where: { $0.type == "text/html" })?.text else { continue }
      let head = "From: bo@example.net\nContent-Type: text/html; charset=utf-8\n\n"
      let own = ReplyText(message("\(head)<div>\(answer)</div><br>\(html)"), sent: known).own
      #expect(own == answer, "\(name)\n\(own)")
    }
  }

  @Test("I4: Nobody answers our own foot: it goes wherever it stands")
  func foot() {
    let known = Self.known(Self.mails[0])
    let text = "I agree.\n\nYou get this because you watch the thread.\nTo stop, press the button.\n\nReally."
    #expect(ReplyText(trimming: text, sent: known).own == "I agree.\n\nReally.")
  }

  @Test("I4: Where only the post is known, what our mail says above and below it goes too")
  func surroundings() {
    let sent = Self.mails[0]
    let known = SentText([sent.lines.joined(separator: "\n")], foot: ["See this post in the online forum"])
    let mail = """
      From: Ana Paz
      Date: 26 May 2026, 11:50 (UTC)
      In: Risk assessment › Theme 1 › Points to
      consider in field trials

      [#9240] Re: Points to consider in field trials

      \(sent.lines.joined(separator: "\n"))

      See this post in the online forum
      https://forum.example.org/risk/post/9240
      """
    #expect(ReplyText(trimming: "I agree.\n\n\(mail)", sent: known).own == "I agree.")
    #expect(ReplyText(trimming: "\(mail)\n\nI agree.", sent: known).own == "I agree.")
  }

  @Test("I4: A lone short line, or a few of the same words, may be the person's")
  func lone() {
    let sent = SentText(["Thank you all.\nWe meet on Friday at ten.\nBring the samples and the forms with you."])
    for text in [
      "Fine.\n\nThank you all.\n\nBo", "We meet on Friday at ten.", "I shall bring the samples and the forms with me.",
    ] {
      #expect(ReplyText(trimming: text, sent: sent).own == text)
    }
  }

  @Test("I4: A sign or a link alone is an answer too", arguments: ["👍", ":-)", "https://example.org/answer"])
  func sign(_ answer: String) {
    let sent = Self.mails[0]
    for text in [
      "\(answer)\n\n\(sent.lines.joined(separator: "\n"))", "\(sent.lines.joined(separator: "\n"))\n\n\(answer)",
    ] {
      #expect(ReplyText(trimming: text, sent: Self.known(sent)).own == answer)
    }
  }

  @Test("I4: Words added to a sentence that was sent are the person's")
  func shared() {
    let sent = Self.mails[0]
    let text = sent.lines.joined(separator: " ") + " But why only Friday?"
    #expect(ReplyText(trimming: text, sent: Self.known(sent)).own == "But why only Friday?")
  }

  @Test("I4: Answers between the lines of a message quoted whole stay, with what they answer")
  func between() {
    let sent = Self.mails[0]
    let head = "From: Ana Paz <a@example.org>\nSent: Monday, May 26, 2014 10:00 AM\nTo: Bo\nSubject: A thread\n\n"
    let text = "See below.\n\n\(head)\(sent.lines[0])\n\(sent.lines[1])\nNo, ten of them do.\n\n\(sent.lines[2])\n"
    let reply = ReplyText(trimming: text, sent: Self.known(sent))
    #expect(reply.own == "See below.\n\n\(sent.lines[0])\n\(sent.lines[1])\nNo, ten of them do.")
    #expect(ReplyText(trimming: text).own == "See below.", "without knowing, all of it goes")
    let below = "\(head)\(sent.lines.joined(separator: "\n"))\n\nNo, ten of them do.\n"
    #expect(ReplyText(trimming: below, sent: Self.known(sent)).own == "No, ten of them do.")
  }

  /// Twelve sentences of a post, as a mail has them.
  static let long = [
    "The secretariat has received fourteen submissions on the draft guidance,",
    "of which nine support a common format for the exchange of information.",
    "", "Each Party shall, within twelve months of its entry into force, report",
    "on the measures that it has taken, and on what they have brought about.", "",
    "Living modified organisms that are intended for direct use as food are",
    "to be handled, packaged and transported under conditions of safety.", "",
    "Parties are invited to comment on sections two and three before Friday.",
  ]

  @Test(
    "I4: Our words with others among them, or without some, are the person's draft, and all of it stays",
    arguments: [
      ("within twelve months", "within six days"), ("that it has taken", "that it has planned and taken"),
      ("shall, within", "shall, wherever it can, within"), ("direct use as food", "use as food"),
      ("nine support", "seven support"), ("under conditions of safety", "under any conditions of safety"),
      ("to comment on sections", "not to comment on sections"),
    ])
  func draft(_ before: String, _ after: String) {
    let known = SentText([Self.long.joined(separator: "\n")])
    let text = Self.long.joined(separator: "\n").replacing(before, with: after)
    for draft in [text, text.replacing("\n\n", with: "\t").replacing("\n", with: " ").replacing("\t", with: "\n\n")] {
      for reply in ["I would write:\n\n\(draft)\n\nAna", "\(draft)\n\nWould this do?", draft] {
        #expect(ReplyText(trimming: reply, sent: known).own == reply)
      }
      // Below what a program puts above a message, too.
      let head = "From: Ana <a@example.org>\nSent: Monday, May 26, 2014 10:00\nTo: Bo\nSubject: x\n\n"
      let below = ReplyText(trimming: "My changes are below.\n\n\(head)\(draft)", sent: known).own
      #expect(below.contains(after), "\(below)")
    }
  }

  @Test("I4: Lines that stand in place of ours within a paragraph keep what is left of it")
  func replacedLine() {
    let known = SentText([Self.long.joined(separator: "\n")])
    var lines = Self.long
    lines[4] = "to the clearing-house, in a language of the United Nations."
    for reply in ["I would write:\n\n\(lines.joined(separator: "\n"))", lines[3...4].joined(separator: "\n")] {
      #expect(ReplyText(trimming: reply, sent: known).own == reply)
    }
  }

  @Test("I4: A sentence of ours among a person's own stays, as does a small part of a long post by itself")
  func pasted() {
    let known = SentText([Self.long.joined(separator: "\n")])
    for reply in [
      "You write:\n\n\(Self.long[9])\n\nBefore which Friday?", "Dear all,\n\n\(Self.long[9])\n\nBefore which Friday?",
      "This one I support:\n\n\(Self.long[9])",
      "I think that \(Self.long[6]) \(Self.long[7]) is too vague for a guide.",
      "\(Self.long[9]) Before which Friday?", "Yes: \(Self.long[9])", "\(Self.long[9])\nWhy?",
    ] {
      #expect(ReplyText(trimming: reply, sent: known).own == reply)
    }
  }

  @Test("I4: Of one line the person's word in front of the whole of ours stays, be it one")
  func oneWord() {
    let known = SentText([Self.long.joined(separator: "\n")])
    let flat = Self.long.joined(separator: " ")
    #expect(ReplyText(trimming: "Yes: \(flat)", sent: known).own == "Yes:")
    #expect(ReplyText(trimming: "\(flat) Why?", sent: known).own == "Why?")
  }

  @Test("I4: What a mail program changes in a quotation does not make it the person's")
  func programs() {
    let known = SentText([
      "We see three ways:\n\n1. To leave the text as it stands now.\n2. To write \"safety\" for 'security' "
        + "wherever it occurs.\n3. To begin anew, see https://example.org/draft and the annex to it."
    ])
    let shapes = [
      "We see three ways:\n\n  *   To leave the text as it stands now.\n  *   To write “safety” for ‘security’ wherever\n"
        + "it occurs.\n  *   To begin anew, see https://example.org/draft<https://safe.example/?url=x> and the annex to it.",
      "We see three ways:\n\no  To leave the text as it stands now.\no  To write «safety» for «security» wherever it "
        + "occurs.\n[cid:image001.png@01D8.5E]\no  To begin anew, see https://example.org/draft [1] and the annex to it.",
    ]
    for shape in shapes {
      #expect(ReplyText(trimming: "The second.\n\n\(shape)", sent: known).own == "The second.", "\(shape)")
    }
  }

  @Test("I4: Whoever answers between the lines of a message quoted whole keeps the shortest answers, and the last")
  func betweenAll() {
    let known = SentText([Self.long.joined(separator: "\n")])
    let head = "From: Ana <a@example.org>\nSent: Monday, May 26, 2014 10:00\nTo: Bo\nSubject: x\n\n"
    var lines = Self.long
    lines.insert(contentsOf: ["", "Agreed.", ""], at: 2)
    let text = "See below.\n\n\(head)\(lines.joined(separator: "\n"))\n\nThat is too early for us."
    let own = ReplyText(trimming: text, sent: known).own
    #expect(own.hasPrefix("See below.") && own.contains("\nAgreed.\n") && own.hasSuffix("That is too early for us."))
  }

  @Test("I4: A line of the person's between quoted ones stays, with marks or without", arguments: ["> ", ""])
  func betweenQuoted(_ mark: String) {
    let known = SentText([Self.long.joined(separator: "\n")])
    var lines = Self.long.map { mark + $0 }
    lines.insert("Nine are too few.", at: 2)
    let head = "On Tue, 26 May 2026 at 10:00, BCH forum wrote:\n"
    for text in [lines.joined(separator: "\n"), head + lines.joined(separator: "\n")] {
      for sent in mark.isEmpty ? [known] : [nil, known] {
        let own = ReplyText(trimming: text, sent: sent).own
        #expect(own.contains("Nine are too few."), "\(text)\n\nhas\n\n\(own)")
        #expect(!own.contains("Parties are invited"), "\(own)")
      }
    }
  }

  @Test("I4: Of a digest that is quoted whole without any mark no post is left")
  func digest() {
    let titles = ["Points to consider in field trials of modified plants", "Capacity-building: what is missing?"]
    let texts = [Self.long, Self.mails[0].lines].map { $0.joined(separator: "\n") }
    let known = zip(titles, texts).map { SentText(["\($0)\nAna Paz\n\($1)"], foot: ["On the web:", "Reply to:"]) }
    let posts = zip(titles, texts).map { title, text in
      """
      ____________________________________________________________
      [#9240] \(title)
      From: Ana Paz
      Date: 26 May 2026, 11:50 (UTC)
      In: Risk assessment › Theme 1 › Points to consider

      \(text)

      On the web: https://forum.example.org/risk/post/9240
      Reply to: reply+aearckioqld7t6ihuj5kbby@forum.example.org
      """
    }
    for head in ["", "From: Forum <f@example.org>\nSent: Monday, May 26, 2014 10:00\nTo: Bo\nSubject: x\n\n"] {
      let reply = "Section two first.\n\n\(head)\(posts.joined(separator: "\n\n"))"
      let own = ReplyText(trimming: reply, sent: known[0].union(known[1])).own
      #expect(own == "Section two first.")
    }
  }

  @Test("I4: It is kept as octets, and read back; other octets are none")
  func octets() {
    let known = SentText(
      [Self.mails[0], Self.mails[2]].map { $0.lines.joined(separator: "\n") }, foot: ["To stop, press the button."])
    #expect(SentText(octets: known.octets) == known)
    #expect(SentText(octets: []) == nil && SentText(octets: Array(known.octets.dropLast())) == nil)
    #expect(SentText(octets: [9] + known.octets.dropFirst()) == nil)
    #expect(SentText([]).isEmpty && SentText(octets: SentText([]).octets)?.isEmpty == true)
    // Some 33 words: eight octets each.
    #expect(Self.known(Self.mails[0]).octets.count < 400)
  }
}
