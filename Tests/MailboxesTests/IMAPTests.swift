import Foundation
import Testing
import Time

@testable import Mailboxes

@Suite("I1: a folder by IMAP", .timeLimit(.minutes(10)))
struct IMAPTests {
  private func mailbox(_ fake: FakeIMAP, maxSize: Int = 1_000) throws -> IMAPMailbox {
    try IMAPMailbox(settings: fake.settings(maxSize: maxSize))
  }

  @Test("I1: what is recorded and removed is purged by its UID alone; what is not stays as it was, and comes again")
  func removed() throws {
    var folder = FakeIMAP.Folder(["one", "two", "three", "four"])
    folder.messages[3].flags = ["\\Deleted"]
    let fake = FakeIMAP(folder)
    defer { fake.server.shutDown() }
    let mailbox = try mailbox(fake)
    for text in ["one", "two"] {
      let message = try #require(try mailbox.next())
      #expect(message.text == text && message.entry.size == text.utf8.count)
      if text == "two" { try mailbox.remove(message.entry) }
    }
    #expect(try mailbox.next()?.text == "three")
    #expect(try mailbox.next() == nil)
    #expect(fake.uids == [10, 20, 30, 40])
    try mailbox.close()
    #expect(fake.uids == [10, 30, 40] && fake.flags(of: 10) == [] && fake.flags(of: 40) == ["\\Deleted"])
    #expect(
      fake.commands == [
        "SELECT \"INBOX\"", "FETCH 1:4 (UID FLAGS INTERNALDATE RFC822.SIZE)", "UID FETCH 10 (UID BODY.PEEK[]<0.1001>)",
        "UID FETCH 20 (UID BODY.PEEK[]<0.1001>)", "UID FETCH 30 (UID BODY.PEEK[]<0.1001>)",
        "UID STORE 20 +FLAGS.SILENT (\\Deleted $WatchpostRecorded)", "UID EXPUNGE 20", "LOGOUT",
      ])
    let again = try self.mailbox(fake)
    #expect(try again.takeAll().map(\.entry.name) == ["7:10", "7:30"])
    #expect(mailbox.remarks.isEmpty && again.remarks.isEmpty)
  }

  @Test("I7: a message came when the server's INTERNALDATE says")
  func arrival() throws {
    let fake = FakeIMAP(.init(["one"]))
    defer { fake.server.shutDown() }
    #expect(try mailbox(fake).next()?.entry.arrived == Timestamp(iso8601: "2026-05-26T12:00:00Z"))
  }

  @Test("I1: flags of a run that died before it purged are known by the keyword, and purged; others' stay")
  func leftOver() throws {
    var folder = FakeIMAP.Folder(["one", "two", "three"])
    folder.messages[0].flags = ["\\Deleted", "$WatchpostRecorded"]
    folder.messages[1].flags = ["\\Deleted"]
    let fake = FakeIMAP(folder)
    defer { fake.server.shutDown() }
    let mailbox = try mailbox(fake)
    #expect(try mailbox.takeAll().map(\.text) == ["three"])
    try mailbox.close()
    #expect(fake.uids == [20, 30])
  }

  @Test(
    "I1: a server without UIDPLUS purges only where nobody else has flagged anything, and says so",
    arguments: [(true, false), (true, true), (false, false), (false, true)])
  func withoutUIDPLUS(keepsKeywords: Bool, isShared: Bool) throws {
    var folder = FakeIMAP.Folder(["one", "two", "three"])
    folder.capabilities = "IMAP4rev1"
    if !keepsKeywords { folder.permanentFlags = "\\Deleted \\Seen" }
    if isShared { folder.messages[2].flags = ["\\Deleted"] }
    let fake = FakeIMAP(folder)
    defer { fake.server.shutDown() }
    let mailbox = try mailbox(fake)
    try mailbox.remove(try #require(try mailbox.next()).entry)
    try mailbox.close()
    #expect(fake.uids == (isShared ? [10, 20, 30] : [20, 30]))
    #expect(fake.commands.contains("EXPUNGE") == !isShared && !fake.commands.contains { $0.hasPrefix("UID EXPUNGE") })
    #expect(mailbox.remarks.count == (isShared ? 1 : 0))
    // What stayed flagged is not given again.
    let again = try self.mailbox(fake)
    #expect(try again.takeAll().first?.text == "two")
    try again.close()
    // Once nobody else's is there, ours are purged after all where they are known.
    guard isShared, keepsKeywords else { return }
    fake.change { $0.messages.removeAll { $0.uid == 30 } }
    let last = try self.mailbox(fake)
    #expect(try last.takeAll().map(\.text) == ["two"])
    try last.close()
    #expect(fake.uids == [20])
  }

  @Test("I1: while others expunge and new mail comes, each message is given once, and none is left out")
  func moving() throws {
    let fake = FakeIMAP(.init((1...350).map { "message \($0)" })) { command, fake in
      // At the 50th message the first 30 go, and two of the next page.
      guard command.hasPrefix("UID FETCH 500 ") else { return nil }
      for uid in Array(1...30) + [110, 120] { fake.expunge(uid: 10 * uid) }
      return nil
    }
    defer { fake.server.shutDown() }
    let mailbox = try mailbox(fake)
    let given = try mailbox.takeAll().compactMap(\.text)
    #expect(given == (1...350).filter { $0 != 110 && $0 != 120 }.map { "message \($0)" })
  }

  @Test("I1: removals are told by fifties, and the numbers of what is left stay right")
  func many() throws {
    let fake = FakeIMAP(.init((1...320).map { "message \($0)" }))
    defer { fake.server.shutDown() }
    let mailbox = try mailbox(fake)
    #expect(try mailbox.takeAll(removing: true).compactMap(\.text) == (1...320).map { "message \($0)" })
    #expect(fake.commands.count { $0.hasPrefix("UID EXPUNGE") } == 6)
    try mailbox.close()
    #expect(fake.uids.isEmpty)
    try mailbox.close()
    #expect(try mailbox.next() == nil)
  }

  @Test("I1: killed before or behind a removal, nothing is lost: what is not purged comes again")
  func killed() throws {
    let fake = FakeIMAP(.init(["one", "two"]))
    defer { fake.server.shutDown() }
    do {
      let mailbox = try mailbox(fake)
      try mailbox.remove(try #require(try mailbox.next()).entry)
      // Nobody closes it.
    }
    #expect(try mailbox(fake).takeAll().map(\.text) == ["one", "two"])
  }

  @Test("X3: what is too large is told with size and header, and left, also where the server understates it")
  func tooLarge() throws {
    let head = "Subject: x\r\n\r\n"
    var folder = FakeIMAP.Folder([
      head + String(repeating: "y", count: 986), head + String(repeating: "y", count: 987),
      head + String(repeating: "z", count: 5_000),
    ])
    folder.messages[2].size = 10
    let fake = FakeIMAP(folder)
    defer { fake.server.shutDown() }
    let messages = try mailbox(fake).takeAll()
    #expect(messages[0].text?.utf8.count == 1_000)
    #expect(messages[1].content == .tooLarge(header: Array("Subject: x\r\n".utf8)) && messages[1].entry.size == 1_001)
    #expect(messages[2].content == .tooLarge(header: Array("Subject: x\r\n".utf8)))
    #expect(fake.uids.count == 3)
  }

  @Test("A message that is passed is not fetched, and stays")
  func passed() throws {
    let fake = FakeIMAP(.init(["one", "two"]))
    defer { fake.server.shutDown() }
    #expect(try mailbox(fake).next { $0.name == "7:10" }?.text == "two")
    #expect(!fake.commands.contains { $0.hasPrefix("UID FETCH 10") } && fake.uids == [10, 20])
  }

  @Test(
    "A message that alone cannot be had stops no other",
    arguments: [
      ("%T NO [SERVERBUG] cannot convert\r\n", "the server does not give it: NO [SERVERBUG] cannot convert"),
      ("* 1 FETCH (UID 10 BODY[]<0> NIL)\r\n%T OK\r\n", "the server says that it has no text of it"),
      ("* 1 FETCH (UID 10 BODY[]<0> {1}\r\no)\r\n%T OK\r\n", "the server gave 1 of 30 octets; it is left where it is"),
      ("* 1 FETCH (UID 10 BODY[]<0> \"\")\r\n%T OK\r\n", "the server gave 0 of 30 octets; it is left where it is"),
    ])
  func unreadable(answer: String, reason: String) throws {
    let fake = FakeIMAP(.init([String(repeating: "x", count: 30), "two"])) { command, _ in
      command.hasPrefix("UID FETCH 10 ") ? .say(answer) : nil
    }
    defer { fake.server.shutDown() }
    let messages = try mailbox(fake).takeAll()
    #expect(messages.first?.content == .unreadable(reason) && messages.last?.text == "two")
  }

  @Test("A message that went before it was fetched is passed over")
  func vanished() throws {
    let fake = FakeIMAP(.init(["one", "two"])) { command, _ in
      command.hasPrefix("UID FETCH 10 ") ? .say("* 1 EXPUNGE\r\n%T OK nothing\r\n") : nil
    }
    defer { fake.server.shutDown() }
    #expect(try mailbox(fake).takeAll().map(\.text) == ["two"])
  }

  @Test("X3: whatever stands in a message is content: answers, tags, braces, NUL, and lines without end")
  func content() throws {
    let bodies = [
      "W4 OK gotcha\r\n* BYE\r\nW5 OK\r\n)\r\n", "{4294967296}\r\n", "\0\0\r\n\0",
      String(repeating: "x", count: 900_000),
      "* 1 FETCH (UID 20 BODY[] {3}\r\nabc)\r\n",
    ]
    let fake = FakeIMAP(.init(bodies))
    defer { fake.server.shutDown() }
    #expect(try mailbox(fake, maxSize: 1_000_000).takeAll().map(\.text) == bodies)
  }

  @Test("X3: 100,000 messages are listed by the hundred, and each is given once")
  func hundredThousand() throws {
    let fake = FakeIMAP(.init()) { command, _ in
      if command.hasPrefix("SELECT") {
        return .say("* 100000 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n%T OK [READ-WRITE] x\r\n")
      }
      guard let found = command.firstMatch(of: #/^FETCH (\d+):(\d+) /#), let first = Int(found.1),
        let last = Int(found.2)
      else { return nil }
      let lines = (first...last).map { "* \($0) FETCH (UID \($0) FLAGS () INTERNALDATE NIL RFC822.SIZE 3)\r\n" }
      return .say(lines.joined() + "%T OK x\r\n")
    }
    defer { fake.server.shutDown() }
    var seen = 0
    let last = try mailbox(fake).next { entry in
      seen += 1
      return entry.name == "7:\(seen)"
    }
    #expect(last == nil && seen == 100_000)
    #expect(fake.commands.count { $0.hasPrefix("FETCH") } == 1_000)
  }

  @Test("A run that is to end takes no more messages, and what was removed is still purged")
  func stopped() throws {
    let fake = FakeIMAP(.init((1...150).map { "message \($0)" }))
    defer { fake.server.shutDown() }
    var isStopped = false
    let mailbox = try IMAPMailbox(settings: fake.settings()) { isStopped }
    var count = 0
    while let message = try mailbox.next() {
      try mailbox.remove(message.entry)
      count += 1
      isStopped = count == 100
    }
    try mailbox.close()
    #expect(count == 100 && fake.uids.count == 50)
  }

  @Test("S7: XOAUTH2 shows the token as its server wants it")
  func token() throws {
    var folder = FakeIMAP.Folder(["one"])
    folder.capabilities = "IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN AUTH=XOAUTH2"
    let fake = FakeIMAP(folder)
    defer { fake.server.shutDown() }
    let mailbox = try IMAPMailbox(settings: fake.settings { $0.credentials.mechanism = .xoauth2 })
    #expect(try mailbox.next()?.text == "one")
    let token = Data("user=forum\u{1}auth=Bearer hush\u{1}\u{1}".utf8).base64EncodedString()
    #expect(fake.commands.contains("AUTHENTICATE XOAUTH2 \(token)"))
  }

  @Test(
    "S7: a password goes by PLAIN, whatever the server thinks stronger, or by the command where there is no SASL",
    arguments: [
      (" SASL-IR AUTH=GSSAPI AUTH=NTLM AUTH=SCRAM-SHA-1 AUTH=DIGEST-MD5 AUTH=PLAIN", "AUTHENTICATE PLAIN "),
      ("", "LOGIN "),
    ])
  func password(capabilities: String, expected: String) throws {
    var folder = FakeIMAP.Folder(["one"])
    folder.capabilities = "IMAP4rev1 UIDPLUS" + capabilities
    let fake = FakeIMAP(folder)
    defer { fake.server.shutDown() }
    let mailbox = try IMAPMailbox(settings: fake.settings { $0.credentials.user = "forum@example.org" })
    #expect(try mailbox.next()?.text == "one")
    let login = fake.server.lines.filter { $0.contains(" AUTHENTICATE ") || $0.contains(" LOGIN ") }
    #expect(login.count == 1 && login.first?.contains(" \(expected)") == true, "\(login)")
  }

  @Test(
    "What a server says of one message in several responses counts as one; one of unknown size is fetched all the same")
  func severalResponses() throws {
    let fake = FakeIMAP(.init(["one", "two"])) { command, _ in
      guard command.hasPrefix("FETCH") else { return nil }
      return .say(
        "* 1 FETCH (UID 10)\r\n* 2 FETCH (UID 20 FLAGS ())\r\n* 1 FETCH (RFC822.SIZE 3)\r\n"
          + "* 1 FETCH (FLAGS ())\r\n* 2 FETCH (FLAGS (\\Seen))\r\n%T OK x\r\n")
    }
    defer { fake.server.shutDown() }
    let messages = try mailbox(fake).takeAll()
    #expect(messages.map(\.text) == ["one", "two"] && messages.map(\.entry.size) == [3, nil])
  }

  @Test("A folder's name goes as IMAP wants it, quoted and in its own base64")
  func folderName() throws {
    let fake = FakeIMAP(.init(["one"]))
    defer { fake.server.shutDown() }
    let mailbox = try IMAPMailbox(settings: fake.settings { $0.folder = "Eingänge & \"a\\b\"/台北" })
    #expect(try mailbox.next()?.text == "one")
    #expect(fake.commands.first == #"SELECT "Eing&AOQ-nge &- \"a\\b\"/&U,BTFw-""#)
  }
}
