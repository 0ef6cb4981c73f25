import Curl
import TestSupport
import Testing

@testable import Mailboxes

@Suite("X3: an IMAP server that fails or is hostile", .timeLimit(.minutes(10)))
struct IMAPTroubleTests {
  /// What one message costs before the trouble.
  private func trouble(
    _ folder: FakeIMAP.Folder = .init(["one", "two"]), timeout: Double = 30,
    _ change: (inout ServerSettings) -> Void = { _ in },
    _ reaction: @escaping @Sendable (String) -> FakeIMAP.Reaction?
  ) throws -> MailboxTrouble {
    let fake = FakeIMAP(folder) { command, _ in reaction(command) }
    defer { fake.server.shutDown() }
    let mailbox = try IMAPMailbox(settings: fake.settings(timeout: timeout, change))
    let trouble = try #require(throws: MailboxTrouble.self) { try mailbox.takeAll(removing: true) }
    // What ended stays ended, in the same words, and closing it is no second trouble.
    #expect(throws: trouble) { try mailbox.next() }
    try mailbox.close()
    #expect(fake.uids == folder.messages.map(\.uid))
    #expect(!"\(trouble)".contains("hush") && "\(trouble)".contains("imap://forum@127.0.0.1:\(fake.server.port)/INBOX"))
    return trouble
  }

  @Test(
    "X3: what is no IMAP, and more than was asked for, ends the run in words, and nothing is lost",
    arguments: [
      (.say("* 1 FETCH (UID 10 BODY[]<0> {4294967296}\r\n"), "announced 4294967296 octets where 1001 were the most"),
      (.say("* 1 FETCH (UID 10 BODY[]<0> {99999999999999999999}\r\n"), "announced 99999999999999999999 octets"),
      (.say("* 1 FETCH (UID 10 BODY[]<0> {1002}\r\n"), "announced 1002 octets where 1001"),
      (.say("* 1 FETCH (X {600}\r\n\(String(repeating: "x", count: 600)) Y {600}\r\n"), "announced 600 octets"),
      (.flood("", of: 0x78, 400_000), "sent a line without an end"),
      (.flood("", of: 0, 400_000), "sent a line without an end"),
      (.sayForEver("* OK [ALERT] still here\r\n"), "longer than 2 s; inbound.message_timeout"),
      (.sayForEver(String(repeating: "x", count: 9_000)), "sent a line without an end"),
      (.say("* 2 FETCH (UID 20 BODY[]<0> {3}\r\ntwo)\r\n%T OK\r\n"), "another message than the one"),
      (.say("* 1 FETCH (BODY[]<0> {3}\r\none)\r\n%T OK\r\n"), "another message than the one"),
      (.say("* 1 FETCH (UID 10 BODY[TEXT] {3}\r\none)\r\n%T OK\r\n"), "another message than the one"),
      (
        .say("* 1 FETCH (UID 10 BODY[]<0> {3}\r\none)\r\n* 1 FETCH (UID 10 BODY[]<0> {3}\r\ntwo)\r\n%T OK\r\n"),
        "another message than the one"
      ),
      (.say("* 1 FETCH (UID 10 BODY[]<0>\r\n"), "said what is no IMAP: * 1 FETCH (UID 10 BODY[]<0>"),
      (.say("* 1 FETCH \(String(repeating: "(", count: 200_000))\r\n"), "said what is no IMAP"),
      (.say("* 1 FETCH (UID 0 X y)\r\n"), "said what is no IMAP"), (.say("\r\n"), "said what is no IMAP"),
      (.say("220 smtp.example ESMTP\r\n"), "said what is no IMAP: 220 smtp"),
      (.say("W999 OK done\r\n"), "answered a command that it was not given, W999"),
      (.say("%T BYE\r\n"), "answered a command that it was not given"),
      (.say("+ go on\r\n"), "wants more of a command that is whole"),
      (.say("* 0 EXPUNGE\r\n"), "said that message 0 of 2 has gone"),
      (.say("* 3 EXPUNGE\r\n"), "said that message 3 of 2 has gone"),
      (.sayAndLeave("* BYE shutting down\r\n"), "took leave in the middle of it"),
      (.sayAndLeave("* 1 FETCH (UID 10 BODY[]<0> {900}\r\nFrom: a"), "the connection"),
      (.leave, "the connection"),
      (.stall, "has said nothing for 1 s; inbound.timeout"),
    ] as [(FakeIMAP.Reaction, String)])
  func hostile(reaction: FakeIMAP.Reaction, words: String) throws {
    let trouble = try trouble(timeout: reaction.timeout) { $0.hasPrefix("UID FETCH 10 ") ? reaction : nil }
    #expect(trouble.kind == .dialogue && trouble.problem.contains(words), "\(trouble)")
    #expect(trouble.message == "7:10")
  }

  @Test(
    "What the admin has to look at is told apart: password, folder, busy, no way to log in",
    arguments: [
      (
        "LOGIN", "%T NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", MailboxTrouble.Kind.login,
        "check the user in"
      ),
      ("LOGIN", "%T NO no\r\n", .login, "the login as forum (any mechanism) was refused"),
      ("LOGIN", "%T NO [UNAVAILABLE] later\r\n", .busy, "says nothing of user and password"),
      ("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%T OK x\r\n", .login, "offers no way to log in"),
      ("SELECT", "%T NO [NONEXISTENT] Mailbox doesn't exist\r\n", .folder, "the folder INBOX cannot be opened"),
      ("SELECT", "%T NO [INUSE] locked\r\n", .busy, "cannot be opened just now"),
      ("SELECT", "* OK [UIDVALIDITY 1] x\r\n%T OK [READ-ONLY] x\r\n", .folder, "may be read, but not removed"),
      (
        "SELECT", "* OK [UIDVALIDITY 1] x\r\n* OK [PERMANENTFLAGS (\\Seen)] x\r\n%T OK x\r\n", .folder,
        "may be read, but not removed"
      ),
      ("SELECT", "* 1 EXISTS\r\n%T OK x\r\n", .dialogue, "no lasting numbers"),
      ("FETCH", "%T NO no\r\n", .dialogue, "does not list the messages"),
    ])
  func told(command: String, answer: String, kind: MailboxTrouble.Kind, words: String) throws {
    let trouble = try trouble { $0.hasPrefix(command) ? .say(answer) : nil }
    #expect(trouble.kind == kind && trouble.problem.contains(words), "\(trouble)")
  }

  @Test("A greeting that turns us away, or is none, is told as that")
  func greetings() throws {
    for (greeting, kind) in [
      ("* BYE too many connections", MailboxTrouble.Kind.busy), ("220 smtp.example ESMTP", .dialogue),
      ("\0\0", .dialogue),
    ] {
      var folder = FakeIMAP.Folder()
      folder.greeting = greeting
      #expect(try trouble(folder, timeout: 2) { _ in nil }.kind == kind, "\(greeting)")
    }
  }

  @Test("A removal that is refused is told; all of it comes again")
  func notRemoved() throws {
    let fake = FakeIMAP(.init(["one", "two"])) { command, _ in
      command.hasPrefix("UID STORE") ? .say("%T NO [NOPERM] not yours\r\n") : nil
    }
    defer { fake.server.shutDown() }
    let mailbox = try IMAPMailbox(settings: fake.settings())
    #expect(try mailbox.takeAll(removing: true).count == 2)
    let trouble = #expect(throws: MailboxTrouble.self) { try mailbox.close() }
    #expect(trouble?.kind == .folder && trouble?.answer == "NO [NOPERM] not yours")
    try mailbox.close()
    #expect(fake.uids == [10, 20])
  }

  @Test("A host that nobody has, a port that nobody listens on, and one that says nothing are told as unreachable")
  func unreachable() throws {
    let silent = TalkingServer { $0.stall() }
    defer { silent.shutDown() }
    let gone = TalkingServer { $0.leave() }
    gone.shutDown()
    for (host, port, words) in [
      // No name server is asked for such a name.
      ("no..where", 143, "the name no..where has no address"),
      ("127.0.0.1", gone.port, "no connection; is a mail server listening there?"),
      ("127.0.0.1", silent.port, "no greeting within 2 s (inbound.timeout sets the limit); if this port is for TLS"),
    ] {
      var settings = ServerSettings(
        kind: .imap, host: host, port: port, security: .none, credentials: Credentials(user: "forum", secret: "hush"))
      settings.allowClearText = true
      settings.timeout = 0.5
      let mailbox = try IMAPMailbox(settings: settings)
      let trouble = try #require(throws: MailboxTrouble.self) { try mailbox.next() }
      #expect(trouble.kind == .unreachable && trouble.problem.contains(words), "\(trouble)")
    }
  }

  @Test("S7: STARTTLS that is not offered ends it before the login; a server of clear text behind imaps:// too")
  func noTLS() throws {
    let fake = FakeIMAP(.init(["one"]))
    defer { fake.server.shutDown() }
    for security in [Security.startTLS, .implicit] {
      let mailbox = try IMAPMailbox(settings: fake.settings(timeout: 2) { $0.security = security })
      let trouble = try #require(throws: MailboxTrouble.self) { try mailbox.next() }
      #expect(trouble.kind == .tls, "\(trouble)")
    }
    #expect(!fake.server.lines.contains { $0.contains("LOGIN") || $0.contains("hush") })
  }

  @Test("S7: plain text to another machine is refused by its setting, unless it is allowed; so are controls in a name")
  func refusedSettings() throws {
    func settings(_ change: (inout ServerSettings) -> Void) -> ServerSettings {
      var settings = ServerSettings(
        kind: .imap, host: "mail.example.org", port: 143, security: .none,
        credentials: Credentials(user: "forum", secret: "hush"))
      change(&settings)
      return settings
    }
    func key(_ settings: ServerSettings) -> String? {
      do {
        try settings.validate()
        return nil
      } catch { return error.key }
    }
    #expect(key(settings { _ in }) == "security")
    #expect(key(settings { $0.allowClearText = true }) == nil)
    #expect(key(settings { $0.security = .startTLS }) == nil)
    for host in ["", "a b", "a/b", "a@b", "a\nb", "[::1]"] { #expect(key(settings { $0.host = host }) == "host") }
    #expect(key(settings { $0.host = "127.0.0.1" }) == nil)
    #expect(key(settings { ($0.security, $0.folder) = (.implicit, "a\r\nW1 LOGOUT") }) == "folder")
    #expect(key(settings { ($0.security, $0.credentials.user) = (.implicit, "a\nb") }) == "credentials")
    #expect(key(settings { ($0.security, $0.credentials.secret) = (.implicit, "") }) == "credentials")
  }
}
