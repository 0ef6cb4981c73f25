import Curl
import Foundation
import Subprocess
import TestSupport
import Testing
import Time

@testable import Mailboxes

@Suite("I1: a real server, Dovecot", .serialized, .timeLimit(.minutes(10)))
struct DovecotTests {
  /// Each way in, with what keeps it from being read.
  private static let ways: [(Dovecot.Way, Security)] = [
    (.imap, .none), (.imap, .startTLS), (.imaps, .implicit), (.pop3, .none), (.pop3, .startTLS), (.pop3s, .implicit),
  ]

  /// Runs with a Dovecot of its own. Where there is none the test is skipped, and says so, unless it is CI's.
  private func withDovecot(_ body: (Dovecot, _ kill: @escaping () throws -> Void) async throws -> Void) async throws {
    do {
      let dovecot = try await Dovecot()
      try await dovecot.run { try await body(dovecot, $0) }
    } catch let missing as Dovecot.Missing {
      skip("\(missing)")
    } catch let error as SubprocessError where error.code == .executableNotFound {
      skip("openssl, setpriv")
    }
  }

  private func skip(_ needed: String) {
    if ProcessInfo.processInfo.environment["CI"] != nil { Issue.record("there is no \(needed)") }
    print("SKIPPED: tests with a real mail server need \(needed) (`make mail-deps`)")
  }

  @Test("I1, S7: by IMAP and POP3, plain, STARTTLS and TLS: what is removed is gone, what is not stays and comes again")
  func removed() async throws {
    try await withDovecot { dovecot, _ in
      for (round, (way, security)) in Self.ways.enumerated() {
        let texts = (1...3).map { "Subject: \($0) \(way) \(security)\r\n\r\n.\r\n..\r\nW4 OK done\r\n* BYE {4}\r\n" }
        for (index, text) in texts.enumerated() { try dovecot.deliver(10 * round + index, text) }
        let mailbox = try dovecot.mailbox(dovecot.settings(way, security))
        let messages = try mailbox.takeAll()
        try #require(messages.map(\.text) == texts, "\(way) \(security)")
        #expect(messages.map(\.entry.size) == texts.map(\.utf8.count))
        for index in [0, 2] { try mailbox.remove(messages[index].entry) }
        try mailbox.close()
        #expect(try dovecot.left == [texts[1]], "\(way) \(security)")
        let again = try dovecot.mailbox(dovecot.settings(way, security))
        let last = try again.takeAll(removing: true)
        #expect(last.map(\.text) == [texts[1]] && last.map(\.entry.name) == [messages[1].entry.name])
        #expect(last.map(\.entry.arrived) == [messages[1].entry.arrived])
        try again.close()
        #expect(try dovecot.left.isEmpty, "\(way) \(security)")
      }
    }
  }

  @Test("S7: a certificate of an authority that nobody named is refused before the login")
  func untrusted() async throws {
    try await withDovecot { dovecot, _ in
      for (way, security) in Self.ways where security != .none {
        let mailbox = try dovecot.mailbox(dovecot.settings(way, security) { $0.caFile = nil })
        let trouble = #expect(throws: MailboxTrouble.self) { try mailbox.next() }
        #expect(trouble?.kind == .tls && trouble?.problem.contains("inbound.ca_file") == true, "\(way) \(security)")
        let blind = dovecot.settings(way, security) { ($0.caFile, $0.verify) = (nil, false) }
        #expect(try dovecot.mailbox(blind).next() == nil)
      }
    }
  }

  @Test("A wrong password, a folder that is not there and a server that is not are told apart")
  func told() async throws {
    try await withDovecot { dovecot, kill in
      func trouble(_ settings: ServerSettings) throws -> MailboxTrouble {
        let mailbox = try dovecot.mailbox(settings)
        return try #require(throws: MailboxTrouble.self) { try mailbox.next() }
      }
      for (way, security) in Self.ways {
        let wrong = try trouble(dovecot.settings(way, security) { $0.credentials.secret = "hash" })
        #expect(wrong.kind == .login && wrong.answer?.contains("Authentication failed") == true, "\(wrong)")
        #expect(!"\(wrong)".contains("hash"))
      }
      let missing = try trouble(dovecot.settings(.imap, .none) { $0.folder = "Nirgends" })
      #expect(
        missing.kind == .folder && missing.answer?.contains("Mailbox doesn't exist: Nirgends") == true, "\(missing)")
      try kill()
      let mailbox = try dovecot.mailbox(dovecot.settings(.imap, .none))
      let gone = #expect(throws: MailboxTrouble.self) { while true { _ = try mailbox.next() } }
      #expect(gone?.kind == .unreachable || gone?.kind == .dialogue)
    }
  }

  @Test("S7: AUTH PLAIN and LOGIN, and what libcurl finds best")
  func mechanisms() async throws {
    try await withDovecot { dovecot, _ in
      try dovecot.deliver(1, "one\n")
      for mechanism in [Credentials.Mechanism.plain, .login, nil] {
        for (way, security) in Self.ways {
          let mailbox = try dovecot.mailbox(dovecot.settings(way, security) { $0.credentials.mechanism = mechanism })
          #expect(try mailbox.next()?.text == "one\r\n")
          try mailbox.close()
        }
      }
    }
  }

  @Test("I1: killed between recording and the end, on our side or the server's, nothing is lost")
  func killed() async throws {
    let dovecot: Dovecot
    do {
      dovecot = try await Dovecot()
    } catch {
      return skip("\(error)")
    }
    let texts = (1...120).map { "Subject: \($0)\r\n\r\nx\r\n" }
    for (index, text) in texts.enumerated() { try dovecot.deliver(index, text) }
    var recorded: Set<String> = []
    try await dovecot.run { kill in
      for (way, security) in Self.ways {
        let mailbox = try dovecot.mailbox(dovecot.settings(way, security))
        for _ in 1...60 {
          guard let message = try mailbox.next() else { break }
          recorded.insert(message.text ?? "")
          try mailbox.remove(message.entry)
        }
        // It is dropped here as a dead process drops it.
      }
      let mailbox = try dovecot.mailbox(dovecot.settings(.pop3, .none))
      let message = try #require(try mailbox.next())
      recorded.insert(message.text ?? "")
      try mailbox.remove(message.entry)
      try kill()
      #expect(throws: MailboxTrouble.self) { try mailbox.close() }
    }
    #expect(try Set(dovecot.left).union(recorded) == Set(texts))
    try await dovecot.run { _ in
      let mailbox = try dovecot.mailbox(dovecot.settings(.imap, .none))
      recorded.formUnion(try mailbox.takeAll(removing: true).compactMap(\.text))
      try mailbox.close()
    }
    #expect(try recorded == Set(texts) && dovecot.left.isEmpty)
  }

  @Test("I1, I7: a thousand messages go one by one, with the moment they came; one that somebody else flagged stays")
  func thousand() async throws {
    try await withDovecot { dovecot, _ in
      try dovecot.deliver(0, "flagged by somebody else\n", to: "cur")
      for number in 1...1_000 { try dovecot.deliver(number, "Subject: \(number)\n\nx\n") }
      let mailbox = try dovecot.mailbox(dovecot.settings(.imaps, .implicit))
      let messages = try mailbox.takeAll(removing: true)
      #expect(messages.map(\.text) == (1...1_000).map { "Subject: \($0)\r\n\r\nx\r\n" })
      #expect(messages.map(\.entry.arrived) == (1...1_000).map { Timestamp(1_779_796_800 + $0) })
      try mailbox.close()
      #expect(try dovecot.left == ["flagged by somebody else\n"])
    }
  }

  @Test("X3: what is too large is told with its size and header, and left, by IMAP and POP3")
  func tooLarge() async throws {
    try await withDovecot { dovecot, _ in
      try dovecot.deliver(1, "Subject: big\r\n\r\n" + String(repeating: "x\r\n", count: 500_000))
      try dovecot.deliver(2, "Subject: small\r\n\r\nx\r\n")
      for (way, security) in Self.ways {
        let mailbox = try dovecot.mailbox(dovecot.settings(way, security) { $0.maxSize = 1_000_000 })
        let messages = try mailbox.takeAll()
        #expect(messages.first?.content == .tooLarge(header: Array("Subject: big\r\n".utf8)))
        #expect(messages.first?.entry.size == 1_500_016 && messages.last?.text == "Subject: small\r\n\r\nx\r\n")
        let large = try dovecot.mailbox(dovecot.settings(way, security) { $0.maxSize = 2_000_000 })
        #expect(try large.next()?.text?.utf8.count == 1_500_016)
      }
    }
  }

  @Test("A folder with a name in another script is found by the name that people see")
  func folder() async throws {
    try await withDovecot { dovecot, _ in
      for folder in ["", "/new", "/cur", "/tmp"] {
        #expect(mkdir("\(dovecot.maildir)/.Eing&AOQ-nge\(folder)", 0o777) == 0)
        chmod("\(dovecot.maildir)/.Eing&AOQ-nge\(folder)", 0o777)
      }
      try dovecot.directory.write("mail/forum/.Eing&AOQ-nge/new/1779796801.M1.host", "one\n")
      let mailbox = try dovecot.mailbox(dovecot.settings(.imap, .none) { $0.folder = "Eingänge" })
      #expect(try mailbox.takeAll(removing: true).map(\.text) == ["one\r\n"])
      try mailbox.close()
      #expect(try dovecot.mailbox(dovecot.settings(.imap, .none) { $0.folder = "Eingänge" }).next() == nil)
    }
  }
}
