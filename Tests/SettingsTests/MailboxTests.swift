import Foundation
import Mistakes
import Testing

@testable import Settings

@Suite("The mailbox in the settings") struct MailboxTests {
  private func server(
    _ kind: MailboxServer.Kind, _ port: Int, tls: Bool = true, user: String = "forum",
    host: String = "mail.example.org",
    folder: String? = nil
  ) -> MailboxURL {
    .server(MailboxServer(kind: kind, isTLS: tls, user: user, host: host, port: port, folder: folder))
  }

  @Test("Each way to write a mailbox is read, and what is written back reads as the same")
  func read() throws {
    let table: [(String, MailboxURL)] = [
      ("imaps://forum@mail.example.org/", server(.imap, 993)),
      ("imaps://forum@MAIL.example.org/INBOX", server(.imap, 993, folder: "INBOX")),
      ("imap://forum@mail.example.org", server(.imap, 143, tls: false)),
      ("pop3s://forum@mail.example.org", server(.pop3, 995)),
      ("pop3://forum@[::1]:1110/", server(.pop3, 1110, tls: false, host: "::1")),
      ("imaps://forum@example.org@mail.example.org/a/b", server(.imap, 993, user: "forum@example.org", folder: "a/b")),
      ("imaps://forum%40example.org@mail.example.org", server(.imap, 993, user: "forum@example.org")),
      (
        "imaps://a%3Ab%2F%25@mail.example.org:1993/%C3%A9t%C3%A9%20x",
        server(.imap, 1993, user: "a:b/%", folder: "été x")
      ),
      ("maildir:/var/mail/forum", .maildir(path: "/var/mail/forum")),
      ("maildir:forum", .maildir(path: "/etc/forum")),
    ]
    for (text, expected) in table {
      #expect(try Kind.mailbox.parse(.text(text), "/etc") == expected, "\(text)")
      #expect(try Kind.mailbox.parse(.text(expected.description), "/etc") == expected, "\(text)")
    }
  }

  @Test(
    "What is no mailbox is refused with what to write",
    arguments: [
      "", "mail.example.org", "imap://mail.example.org", "imaps://@mail.example.org", "smtp://a@b", "IMAPS://a@b",
      "imaps://a@", "imaps://a@b:0", "imaps://a@b:99999", "imaps://a%0D%0AA1%20LOGOUT@b", "imaps://a%00@b",
      "imaps://a%@b", "imaps://a%+1@b", "imaps://a%FF@b", "imaps://a@b/x%0Ay", "pop3s://a@b/INBOX", "maildir:",
      "maildir://x", "imaps://a@b c", "imaps://\(String(repeating: "a", count: 501))@b",
    ])
  func refused(text: String) {
    let refusal = #expect(throws: Refusal.self) { try Kind.mailbox.parse(.text(text), "/etc") }
    #expect(refusal?.message.isEmpty == false)
  }

  @Test("O3: a password in the mailbox's address is refused and not repeated")
  func password() {
    let refusal = #expect(throws: Refusal.self) { try Kind.mailbox.parse(.text("imaps://a:hush@mail.example.org"), "") }
    #expect(refusal.map { "\($0)".contains("password") && !"\($0)".contains("hush") } == true)
  }

  @Test("I1: by default nothing is fetched, and a message of 25 MB is taken")
  func defaults() throws {
    let configuration = try configuration()
    #expect(configuration.inbound.mailbox == nil && configuration.inbound.maxSize == 25_000_000)
    #expect(configuration.inbound.authentication == .automatic)
  }

  @Test(
    "S7: what does not go together is told by key and line",
    arguments: [
      (
        "mailbox: imap://a@mail.example.org, starttls: never, password: x",
        "inbound.starttls: the mailbox is on another machine, and plain text is not allowed; set"
      ),
      ("mailbox: imap://a@mail.example.org, starttls: never, allow_plain_text: true, password: x", nil),
      ("mailbox: imap://a@localhost, starttls: never, password: x", nil),
      ("mailbox: imaps://a@mail.example.org, starttls: never, password: x", nil),
      (
        "mailbox: imaps://a@mail.example.org", "inbound.mailbox: there is no password for it; set inbound.password_file"
      ),
      ("mailbox: pop3s://a@mail.example.org, password: x, folder: a", "inbound.folder: POP3 has no folders"),
      (
        "mailbox: imaps://a@mail.example.org/b, password: x, folder: a",
        "inbound.folder: inbound.mailbox names a folder"
      ),
      ("mailbox: imaps://a@mail.example.org, password: x, folder: Eingänge", nil),
      ("mailbox: 'maildir:x', folder: a", "inbound.folder: inbound.mailbox is no imap:// or imaps:// address"),
      ("attachments: keep, attachments_url: https://x.example", "inbound.attachments: there is no directory"),
      ("attachments: keep, attachments_directory: a", "inbound.attachments: posts cannot name them"),
      ("attachment_types: [pdf, exe]", "inbound.attachment_types: \"exe\" is none of pdf, png"),
      ("attachments_url: http://x.example", "inbound.attachments_url: \"http://x.example\" is not https"),
      ("folder: a", "inbound.folder: inbound.mailbox is no imap:// or imaps:// address"),
      ("mailbox: 'maildir:x', ca_file: /nowhere", nil),
      (
        "mailbox: imaps://a@mail.example.org, password: x, ca_file: /nowhere",
        "inbound.ca_file: /nowhere: there is no such file; check the path and who may read it, or leave inbound"
      ),
    ] as [(String, String?)])
  func together(text: String, expected: String?) {
    do {
      _ = try configuration("inbound: {\(text)}")
      #expect(expected == nil)
    } catch {
      #expect(expected.map { "\(error)".contains($0) } == true, "\(error)")
    }
  }
}
