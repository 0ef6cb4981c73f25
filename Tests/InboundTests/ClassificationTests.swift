import Inbound
import Testing

/// What a fixture is, whom it is about: `address action status`, with `!` where it is permanent.
struct Reading: CustomStringConvertible, Sendable {
  let name: String
  let kind: Classification.Kind
  let recipients: [String]

  init(_ name: String, _ kind: Classification.Kind, _ recipients: String...) {
    self.name = name
    self.kind = kind
    self.recipients = recipients
  }

  var description: String { name }
}

@Suite("What messages are")
struct ClassificationTests {
  static let readings = [
    Reading("standard-failed", .bounce, "bo@example.net failed 5.1.1!"),
    Reading("standard-delayed", .bounce, "bo@example.net delayed 4.4.1"),
    Reading("standard-delivered", .bounce, "bo@example.net delivered 2.0.0"),
    Reading("standard-relayed", .bounce, "bo@example.net relayed 2.1.9"),
    Reading("standard-expanded", .bounce, "bo@example.net expanded 2.1.5"),
    // Given up, but it may work another day.
    Reading("standard-expired", .bounce, "bo@example.net failed 4.4.7"),
    // The address that we mailed, not the one that it was forwarded to.
    Reading("standard-forwarded", .bounce, "bo@example.net failed 5.2.2!"),
    Reading("standard-vague", .bounce, "bo@example.net failed 5.2.2!"),
    Reading("standard-two", .bounce, "bo@example.net failed 5.1.1!", "cy@example.net delayed 4.2.2"),
    Reading("standard-broken-boundary", .bounce, "bo@example.net failed 5.1.1!"),
    Reading("exim", .bounce, "bo@example.net failed 5.1.1!", "cy@example.net failed -!"),
    Reading("exim-field", .bounce, "bo@example.net failed 5.2.1!"),
    Reading("exim-delayed", .bounce, "bo@example.net delayed -"),
    Reading("qmail", .bounce, "bo@example.net failed 5.1.1!", "cy@example.net failed 5.1.1!"),
    Reading("postfix", .bounce, "bo@example.net failed 4.2.2"),
    Reading("postfix-delayed", .bounce, "bo@example.net delayed -"),
    Reading("sendmail", .bounce, "bo@example.net failed 5.1.1!"),
    Reading("sendmail-delayed", .bounce, "bo@example.net delayed -"),
    Reading("sendmail-old", .bounce, "bo@example.net failed 5.0.0!"),
    Reading("exchange", .bounce, "bo@example.net failed 5.1.1!"),
    Reading("outlook", .bounce, "bo@example.net failed 5.1.10!"),
    Reading("gmail", .bounce, "bo@example.net failed 5.1.1!"),
    Reading("gmail-delayed", .bounce, "bo@example.net delayed -"),
    Reading("yahoo", .bounce, "bo@example.net failed 5.0.0!"),
    Reading("qq", .bounce, "bo@example.net failed 5.0.0!"),
    Reading("notes", .bounce, "bo@example.net failed -!"),
    Reading("transcript", .bounce, "bo@example.net failed 5.7.1!"),
    Reading("sentence", .bounce, "bo@example.net failed -!"),
    Reading("returned", .bounce, "bo@example.net failed -!"),
    Reading("bare", .bounce, "bo@example.net failed -!", "cy@example.net failed -!"), Reading("challenge", .autoReply),
    Reading("amazon", .bounce, "bo@example.net failed 5.1.1!"),
    Reading("amazon-complaint", .complaint, "bo@example.net delivered -"),
    Reading("arf", .complaint, "bo@example.net delivered -"),
    Reading("receipt", .other), Reading("calendar", .other), Reading("reaction", .other), Reading("list", .other),
    Reading("vacation", .autoReply), Reading("command", .command), Reading("reply", .reply),
  ]

  @Test("B2: Reports, complaints and other mail are told apart, and every recipient is read", arguments: readings)
  func fixture(_ reading: Reading) throws {
    let octets = try #require(Fixtures.all.first { $0.name == reading.name + ".eml" }).octets
    let found = Classification(MessageReader().read(octets))
    #expect(found.kind == reading.kind)
    #expect(
      found.recipients.map { "\($0.address) \($0.action.rawValue) \($0.status ?? "-")\($0.isPermanent ? "!" : "")" }
        == reading.recipients)
  }

  @Test("Every fixture stands in the table")
  func complete() {
    #expect(Set(Fixtures.all.map(\.name)) == Set(Self.readings.map { $0.name + ".eml" }))
  }

  @Test(
    "I6: Automatic mail is known by its header",
    arguments: [
      "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "X-Autoreply: yes", "X-Autorespond: a",
      "Precedence: auto_reply", "Precedence: bulk", "Return-Path: <>", "Sender: x\nFrom: noreply@example.net",
      "X-Auto-Reply-From: bo@example.net",
      "X-Mailer: vacation 1.2",
    ])
  func automaticByHeader(_ field: String) {
    let from = field.contains("From: noreply") ? "" : "From: bo@example.net\n"
    let read = message("\(from)\(field)\nSubject: Re: A thread\n\nBack on Monday.\n")
    #expect(Classification(read).kind == .autoReply)
  }

  @Test(
    "I6: Automatic mail without a header for it is known by its subject, in the languages in use",
    arguments: [
      "Out of Office: A thread", "Automatic reply: A thread", "Automatische Antwort: A thread",
      "Réponse automatique : A thread", "Respuesta automática: A thread", "Resposta automática: A thread",
      "Risposta automatica: A thread", "Automatisch antwoord: A thread", "Автоответ: A thread", "自动回复: A thread",
      "自動応答: A thread", "Autosvar: A thread", "Automatyczna odpowiedź: A thread", "자동 회신: A thread",
      "Otomatik Yanıt: A thread", "رد تلقائي: A thread",
      "स्वचालित उत्तर: A thread", "Jibu otomatiki: A thread", "Trả lời tự động: A thread",
    ])
  func automaticBySubject(_ subject: String) {
    let read = message("From: bo@example.net\nSubject: \(subject)\nContent-Type: text/plain; charset=utf-8\n\nHello.\n")
    #expect(Classification(read).kind == .autoReply)
  }

  @Test(
    "I6: A person who tells of an absence, or answers in a discussion about it, is no machine",
    arguments: [
      (
        "Re: A thread",
        "We agree.\n\nThe second section is clear to us. The third one is not, and should be.\n\nI am out of the "
          + "office until Monday."
      ),
      (
        "Re: A thread",
        "I am on vacation, but here is what I think.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n> No?"
      ),
      ("Re: Moving away from seeds", "We agree."), ("Re: Absence of methods", "We agree."),
      ("Re: Automatic reply systems in use", "We agree."), ("Vacation houses", "We agree."),
      ("Recall: the wolves", "Nobody wants them back."), ("Away from seeds", "We agree."),
      ("A question on mail that was rejected", "Why was it?"),
    ])
  func absent(_ subject: String, _ text: String) {
    #expect(Classification(message("From: bo@example.net\nSubject: \(subject)\n\n\(text)\n")).kind == .reply)
  }

  @Test(
    "I6: A notice without any header says so at once",
    arguments: [
      ("Re: A thread", "Dear sender,\n\nI am out of the office until Monday.\n"),
      ("Away: A thread", "Back on Monday.\n"), ("I will be out of office until Monday", "Regards\n"),
      ("Re: Out of office: A thread", "Back on Monday.\n"), ("Re: A thread", "Ich bin derzeit nicht im Hause.\n"),
    ])
  func notice(_ subject: String, _ text: String) {
    #expect(Classification(message("From: bo@example.net\nSubject: \(subject)\n\n\(text)\n")).kind == .autoReply)
  }

  @Test("I6: A help desk's acknowledgement is no reply; a person's thanks are")
  func acknowledged() {
    let text = "We have received your message.\n"
    #expect(Classification(message("From: help@example.net\nSubject: [#12] Seeds\n\n\(text)")).kind == .autoReply)
    #expect(Classification(message("From: bo@example.net\nSubject: Re: [#12] Seeds\n\n\(text)")).kind == .reply)
  }

  @Test("B2: An answer in a thread with a reverse-path is a report only if it says so at once")
  func noReport() {
    let head =
      "Return-Path: <root@example.net>\nFrom: <MAILER-DAEMON@example.net>\nIn-Reply-To: <a@example.org>\nSubject: Seeds\n\n"
    let words = "Your message to bo@example.net was rejected: the mailbox is full.\n"
    #expect(Classification(message(head + words)).kind == .bounce)
    #expect(Classification(message("\(head)Seeds are small, I know.\n\(words)")).kind == .autoReply)
  }

  @Test(
    "A person's reply stays one, whatever it tells of",
    arguments: [
      "Auto-Submitted: no", "X-Autoreply: no", "X-Auto-Response-Suppress: OOF", "Precedence: normal", "X-Priority: 1",
    ])
  func reply(_ field: String) {
    let text = "The delivery of seeds failed; user unknown to us. See a@example.org: 550 samples were rejected."
    let read = message("From: bo@example.net\n\(field)\nSubject: Re: A thread\n\n\(text)\n")
    #expect(Classification(read).kind == .reply && Classification(read).reply?.own == text)
  }

  @Test("I6: A date that is attached to a text is the person's; a calendar's answer, and a recall, are programs'")
  func calendars() {
    func parts(_ calendar: String, text: String = "I propose this date.") -> Classification {
      Classification(
        message(
          """
          From: bo@example.net
          Subject: Re: A thread
          MIME-Version: 1.0
          Content-Type: multipart/mixed; boundary="b"

          --b
          Content-Type: text/plain

          \(text)
          --b
          \(calendar)

          BEGIN:VCALENDAR
          METHOD:REQUEST
          END:VCALENDAR
          --b--

          """))
    }
    let attached = "Content-Type: text/calendar; method=REQUEST\nContent-Disposition: attachment; filename=date.ics"
    #expect(parts(attached).kind == .reply)
    #expect(parts(attached, text: "").kind == .other)
    #expect(parts("Content-Type: text/calendar; method=REPLY").kind == .other)
    let recall =
      "From: bo@example.net\nSubject: Recall: A thread\n\nBo would like to recall the message, \"A thread\".\n"
    #expect(Classification(message(recall)).kind == .other)
  }

  @Test(
    "Commands are those to a command address and those that are whole",
    arguments: [
      ("listserv@forum.example.org", "", "anything", true), ("stop+abc@forum.example.org", "", "", true),
      ("forum@forum.example.org", "signoff art22", "", true),
      ("forum@forum.example.org", "x", "set Art22 noMail", true),
      ("forum@forum.example.org", "Re: x", "Set the table for mail, please", false),
      ("forum@forum.example.org", "Re: x", "Help", false),
    ])
  func command(_ to: String, _ subject: String, _ text: String, _ isCommand: Bool) {
    let read = message("From: bo@example.net\nTo: \(to)\nSubject: \(subject)\n\n\(text)\n")
    #expect(Classification(read).kind == (isCommand ? .command : .reply))
  }
}
