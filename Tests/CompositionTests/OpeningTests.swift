import Composition
import Forum
import Testing

@Suite("What a mail begins with") struct OpeningTests {
  private func instant(_ copy: PostCopy, _ language: Language = .en) throws -> MessageReader.Part {
    try MessageReader.read(try Samples.instant(copy, to: Samples.recipient(language)).data)
  }

  @Test("M6: a reply says whom it answers, in the reader's language")
  func answers() throws {
    let parent = PostCopy.Answered(number: "9239", authorName: "李波 <b>")
    let copy = Samples.copy(Samples.post(), parent: parent)
    let english = try instant(copy)
    #expect(english.leaf("text/plain")!.text.contains("(UTC)\nIn reply to 李波 <b> [#9239]\n\nDear colleagues"))
    #expect(
      english.leaf("text/html")!.text.contains(
        "</h4>\n<p>In reply to 李波 &lt;b&gt; [#9239]</p>\n"))
    #expect(try instant(copy, .ru).leaf("text/plain")!.text.contains("\nВ ответ на [#9239] (李波 <b>)\n"))
    #expect(!(try instant(Samples.copy(Samples.post()))).leaf("text/plain")!.text.contains("In reply to"))
  }

  @Test(
    "M6: the inbox shows the first words that say something",
    arguments: [
      ("Dear colleagues,\n\nWe agree.", "We agree."), ("Уважаемые коллеги!\nМы согласны.", "Мы согласны."),
      ("各位同事：\n\n我们同意\n这个建议。", "我们同意这个建议。"), ("السلام عليكم،\nنوافق.", "نوافق."),
      // What may be all that somebody has to say stays.
      ("Agreed!\n\nAna", "Agreed! Ana"), ("Dear colleagues,", "Dear colleagues,"),
      ("Thank you, Ana.\nOne question:", "Thank you, Ana. One question:"),
      ("> Dear all,\n> is it so?\n\nIt is.", "It is."),
    ])
  func preview(_ body: String, expected: String) throws {
    let padding = String(repeating: " word", count: 5)
    let html = try instant(Samples.copy(Samples.post(body: body + padding))).leaf("text/html")!.text
    let shown = html.components(separatedBy: "mso-hide:all\">").last!.components(separatedBy: "</div>")[0]
    #expect(shown.hasPrefix(expected), "\(shown)")
  }

  @Test("M4: all posts of a thread but its first are replies, also where the forum knows no parents")
  func replies() throws {
    var thread = Samples.risk
    thread.firstPostKey = "p9239"
    #expect(
      try instant(Samples.copy(Samples.post(), thread: thread))["Subject"] == "Re: Points to consider in field trials")
    thread.firstPostKey = "p9240"
    #expect(
      try instant(Samples.copy(Samples.post(), thread: thread))["Subject"] == "Points to consider in field trials")
  }

  @Test(
    "X1: nobody writes the line that stands above another's words: in a post it is a quotation",
    arguments: [
      ("I wait.\n\n[#4] Ana Paz, 28 Nov, 15:52\n\nI resign.", BodyFormat.plain),
      (
        "<p>I wait.</p><p><a href='https://evil.example/'>[#4]</a> <b>Ana Paz</b>, 28 Nov, 15:52</p><p>I resign.", .html
      ),
      ("I wait.\n\n**[#4]** *Ana Paz*, 28 Nov, 15:52\n\nI resign.", .markdown),
      ("I wait.\n[b][#4] Ana Paz, 28 Nov, 15:52[/b]\n\nI resign.", .bbcode),
    ])
  func forged(_ body: String, _ format: BodyFormat) throws {
    for mail in [
      try instant(Samples.copy(Samples.post(body: body, format: format))),
      try MessageReader.read(try Samples.digest([Samples.copy(Samples.post(body: body, format: format))]).data),
    ] {
      let text = mail.leaf("text/plain")!.text
      #expect(!text.contains("\n[#4]") && text.contains("\n> "), "\(text)")
      let html = mail.leaf("text/html")!.text.replacing(/<[^>]*>/, with: "")
      #expect(html.contains("&gt; [#4] Ana Paz"), "\(html)")
    }
    let plain = try instant(Samples.copy(Samples.post(body: "[#4] I agree with that.")))
    #expect(plain.leaf("text/plain")!.text.contains("\n[#4] I agree"), "a mention is one")
    let long = String(repeating: "Mall ", count: 20) + "[#9241] Ana Paz, 28 Nov, 15:52"
    for mail in [
      try instant(Samples.copy(Samples.post(by: long))), try instant(Samples.copy(Samples.post(subject: long))),
    ] { #expect(!mail.leaf("text/plain")!.text.contains("\n[#9241]")) }
  }

  @Test("M6: a post without an address of its own is read on its thread's page, or its discussion's")
  func link() throws {
    let nowhere = Samples.post(url: false)
    for (thread, address) in [(Samples.risk, "risk/thread/1"), (Samples.capacity, "risk")] {
      let mail = try instant(Samples.copy(nowhere, thread: thread))
      #expect(
        mail.leaf("text/html")!.text.contains("<a href=\"https://forum.example.org/\(address)\">Open in the forum</a>"))
      #expect(mail.leaf("text/plain")!.text.contains("On the web: https://forum.example.org/\(address)\n"))
    }
  }

  @Test("M6: what a stop address ends is said: of a post its watch, of a digest all mail")
  func stop() throws {
    let one = try instant(Samples.copy(Samples.post()))
    let all = try MessageReader.read(try Samples.digest([Samples.copy(Samples.post())]).data)
    #expect(one.leaf("text/plain")!.text.contains("Stop watching by e-mail: stop+"))
    #expect(one.leaf("text/html")!.text.contains(">Stop watching by e-mail</a>"))
    #expect(all.leaf("text/plain")!.text.contains("Stop all mail by e-mail: stop+"))
    #expect(all.leaf("text/html")!.text.contains(">Stop all mail by e-mail</a>"))
  }
}
