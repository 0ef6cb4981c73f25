import Testing

@testable import Mailboxes

@Suite("I1: a mailbox by POP3", .timeLimit(.minutes(10)))
struct POP3Tests {
  private let three = ["one\r\n", ".\r\n..two\r\n", "three\r\n"]

  @Test("I1: what is recorded and removed goes when the session ends in order; what is not stays, and comes again")
  func removed() throws {
    let fake = FakePOP3(three)
    defer { fake.server.shutDown() }
    let mailbox = try POP3Mailbox(settings: fake.settings())
    let messages = try mailbox.takeAll()
    #expect(messages.map(\.text) == three && messages.map(\.entry.size) == [5, 10, 7])
    #expect(messages.allSatisfy { $0.entry.arrived == nil })
    try mailbox.remove(messages[1].entry)
    #expect(fake.names.count == 3)
    try mailbox.close()
    try mailbox.close()
    #expect(fake.names == ["uid1", "uid3"] && fake.server.lines.suffix(2) == ["DELE 2", "QUIT"])
    #expect(try mailbox.next() == nil)
    #expect(try POP3Mailbox(settings: fake.settings()).takeAll().map(\.entry.name) == ["uid1", "uid3"])
  }

  @Test("I1: killed before the session ends, nothing is lost: all of it comes again")
  func killed() throws {
    let fake = FakePOP3(three)
    defer { fake.server.shutDown() }
    do {
      let mailbox = try POP3Mailbox(settings: fake.settings())
      #expect(try mailbox.takeAll(removing: true).count == 3)
    }
    #expect(try POP3Mailbox(settings: fake.settings()).takeAll().map(\.text) == three)
  }

  @Test(
    "X3: 100,000 messages are listed with a bounded number of names kept, and each is given once",
    arguments: [
      1_000, 60_000, 100_000, 200_000,
    ])
  func hundredThousand(pageSize: Int) throws {
    // One megabyte that every listing shares.
    let names = "+OK\r\n" + (1...100_000).map { "\($0) u\($0)\r\n" }.joined() + ".\r\n"
    let fake = FakePOP3([String]()) {
      ["UIDL", "LIST"].contains($0) ? .say($0 == "UIDL" ? names : "+OK\r\n.\r\n") : nil
    }
    defer { fake.server.shutDown() }
    let mailbox = try POP3Mailbox(settings: fake.settings(), pageSize: pageSize)
    var seen = 0
    let last = try mailbox.next { entry in
      seen += 1
      // With the smallest page a part is enough to see.
      return entry.name == "u\(seen)" && (pageSize > 1_000 || seen < 5_000)
    }
    if pageSize > 1_000 { #expect(last == nil && seen == 100_000) } else { #expect(seen == 5_000) }
  }

  @Test("X3: what is too large is told with size and header, and left, also where the server understates it")
  func tooLarge() throws {
    let head = "Subject: x\r\n\r\n"
    let large = head + String(repeating: "y", count: 985) + "\r\n"
    let fake = FakePOP3([
      .init(name: "a", body: head + String(repeating: "y", count: 984) + "\r\n"), .init(name: "b", body: large),
      .init(name: "c", body: large + large, size: 7),
    ])
    defer { fake.server.shutDown() }
    let messages = try POP3Mailbox(settings: fake.settings()).takeAll()
    #expect(messages[0].text?.utf8.count == 1_000)
    #expect(messages[1].content == .tooLarge(header: Array("Subject: x\r\n".utf8)) && messages[1].entry.size == 1_001)
    #expect(messages[2].content == .tooLarge(header: Array("Subject: x\r\n".utf8)))
    #expect(fake.server.lines.contains("TOP 2 0") && !fake.server.lines.contains("RETR 2") && fake.names.count == 3)
  }

  @Test("A message that is passed is not fetched; one that alone cannot be had stops no other")
  func passed() throws {
    let fake = FakePOP3(three) { $0 == "RETR 2" ? .say("-ERR [SYS/TEMP] broken\r\n") : nil }
    defer { fake.server.shutDown() }
    let mailbox = try POP3Mailbox(settings: fake.settings())
    let message = try mailbox.next { $0.name == "uid1" }
    #expect(message?.content == .unreadable("the server does not give it: -ERR [SYS/TEMP] broken"))
    #expect(try mailbox.next()?.text == "three\r\n" && !fake.server.lines.contains("RETR 1"))
  }

  @Test("A message of which the server gives hardly a part is left where it is")
  func cutShort() throws {
    let fake = FakePOP3([.init(name: "a", body: "x\r\n", size: 500)])
    defer { fake.server.shutDown() }
    let message = try POP3Mailbox(settings: fake.settings()).next()
    #expect(message?.content == .unreadable("the server gave 3 of 500 octets; it is left where it is"))
  }

  // MARK: Trouble

  private func trouble(
    timeout: Double = 30, _ reaction: @escaping @Sendable (String) -> FakeIMAP.Reaction?
  ) throws -> MailboxTrouble {
    let fake = FakePOP3(three, reaction)
    defer { fake.server.shutDown() }
    let mailbox = try POP3Mailbox(settings: fake.settings(timeout: timeout))
    let trouble = try #require(throws: MailboxTrouble.self) { try mailbox.takeAll(removing: true) }
    #expect(throws: trouble) { try mailbox.next() }
    try mailbox.close()
    #expect(fake.names.count == 3 && !"\(trouble)".contains("hush"))
    return trouble
  }

  @Test(
    "X3: what is no POP3 ends the run in words, and nothing is lost",
    arguments: [
      ("RETR 2", .flood("", of: 0x78, 10_000), "sent a line without an end"),
      ("RETR 2", .flood("", of: 0, 10_000), "sent a line without an end"),
      ("RETR 2", .say("* OK this is IMAP\r\n"), "said what is no POP3: * OK this is IMAP"),
      ("RETR 2", .say("+OK\r\n.\r\n+OK\r\n"), "said something unasked"),
      ("RETR 2", .sayAndLeave("+OK\r\nFrom: a"), "the connection"),
      ("RETR 2", .leave, "the connection"),
      ("RETR 2", .stall, "has said nothing for 1 s; inbound.timeout"),
      ("RETR 2", .sayForEver("+OK\r\nx"), "longer than 2 s; inbound.message_timeout"),
      ("UIDL", .sayForEver("+OK\r\n"), "sent a list that is none: +OK"),
      (
        "UIDL", .say("+OK\r\n1 \(String(repeating: "x", count: 600))\r\n.\r\n"), "named a message in a way that is none"
      ),
      ("UIDL", .say("+OK\r\n2 b\r\n1 a\r\n.\r\n"), "named a message in a way that is none"),
      ("UIDL", .say("+OK\r\n1 a\u{7}\r\n.\r\n"), "named a message in a way that is none"),
      ("UIDL", .say("+OK\r\n0 a\r\n.\r\n"), "sent a list that is none"),
      ("UIDL", .say("+OK\r\n4294967296 a\r\n.\r\n"), "sent a list that is none"),
      ("UIDL", .flood("+OK\r\n", of: 0x78, 10_000), "sent a line without an end"),
      ("UIDL", .say("-ERR what?\r\n"), "no lasting names (UIDL); fetch by IMAP"),
      ("LIST", .say("-ERR what?\r\n"), "does not list the messages"),
    ] as [(String, FakeIMAP.Reaction, String)])
  func hostile(command: String, reaction: FakeIMAP.Reaction, words: String) throws {
    let trouble = try trouble(timeout: reaction.timeout) { $0 == command ? reaction : nil }
    #expect(trouble.kind == .dialogue && trouble.problem.contains(words), "\(trouble)")
    #expect(trouble.message == (command == "RETR 2" ? "uid2" : nil))
  }

  @Test(
    "What the admin has to look at is told apart: password, a mailbox in use, a server that turns us away",
    arguments: [
      (
        "PASS hush", "-ERR [AUTH] Authentication failed.\r\n", MailboxTrouble.Kind.login,
        "check the user in inbound.mailbox"
      ),
      ("PASS hush", "-ERR [IN-USE] locked\r\n", .busy, "says nothing of user and password"),
      ("PASS hush", "-ERR [LOGIN-DELAY] too often\r\n", .busy, "says nothing of user and password"),
      ("CONNECT", "-ERR no service for you\r\n", .busy, "greeted with a no"),
      ("CONNECT", "* OK this is IMAP\r\n", .dialogue, "the login was not through within 3 s"),
      ("DELE 1", "-ERR no\r\n", .folder, "cannot be removed; it will be fetched again"),
    ])
  func told(command: String, answer: String, kind: MailboxTrouble.Kind, words: String) throws {
    // For a greeting that is none libcurl waits on.
    let trouble = try trouble(timeout: command == "CONNECT" ? 1 : 30) { $0 == command ? .say(answer) : nil }
    #expect(trouble.kind == kind && trouble.problem.contains(words), "\(trouble)")
  }

  @Test("A server that did not remove all of it in the end says so, and we with it")
  func notRemoved() throws {
    let fake = FakePOP3(three) { $0 == "QUIT" ? .say("-ERR some deleted messages not removed\r\n") : nil }
    defer { fake.server.shutDown() }
    let mailbox = try POP3Mailbox(settings: fake.settings())
    #expect(try mailbox.takeAll(removing: true).count == 3)
    let trouble = #expect(throws: MailboxTrouble.self) { try mailbox.close() }
    #expect(trouble?.kind == .folder && trouble?.answer == "-ERR some deleted messages not removed")
  }
}
