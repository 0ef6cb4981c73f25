import Capture
import Forum
import Inbound
import Ledger
import Time

/// The mail that comes back in the demo: two people answer their copies by pressing *reply*, and one mailbox is full of
/// nobody.
struct DemoInbox {
  /// What somebody writes above the copy that they answer.
  private static let answers = [
    ("john.smith@example.net", "John Smith, PhD", "I agree. Could the guidance say who decides?\n\nJohn"),
    ("li.wei@example.net", "李伟", "同意。请把试点结果也附上。\n\n李伟"),
  ]
  /// Whose mail server says that there is nobody of that name.
  static let failing = "m.quispe@example.net"

  /// Where the mails of the demo arrive.
  let maildir: String
  /// Where what comes back is taken in.
  let ledger: Ledger
  private var answered: Set<String> = []
  private var reported: Set<String> = []

  init(maildir: String, ledger: Ledger) { (self.maildir, self.ledger) = (maildir, ledger) }

  /// What people and servers send in answer to what has arrived since this was last called.
  mutating func receive(at now: Timestamp) throws {
    for message in try Maildir.messages(at: maildir) {
      guard let recipient = message.recipients.first, !message.from.isEmpty else { continue }
      if recipient == DemoInbox.failing, reported.insert(message.name).inserted {
        try take(report(of: message), for: message.from, at: now)
      }
      for (address, name, words) in DemoInbox.answers
      where address == recipient && !answered.contains(address) {
        guard let reply = reply(to: message, from: "\(name) <\(address)>", words) else { continue }
        answered.insert(address)
        try take(reply, for: nil, at: now)
      }
    }
  }

  private func take(_ text: String, for recipient: String?, at now: Timestamp) throws {
    let raw = Array(text.utf8)
    _ = try ledger.takeIn(
      Received.Draft(
        identity: MessageIdentity.of(raw), mailbox: "demo", recipient: recipient, arrivedAt: now, raw: raw), now: now)
  }

  /// As mail programs write it; nil where the mail offers no reply.
  private func reply(to message: Maildir.Message, from sender: String, _ words: String) -> String? {
    guard let address = field("Reply-To", message), let id = field("Message-ID", message) else { return nil }
    return """
      From: \(sender)
      To: \(address)
      Subject: Re: \(field("Subject", message) ?? "")
      Message-ID: <answer.\(message.name)@example.net>
      In-Reply-To: \(id)
      MIME-Version: 1.0
      Content-Type: text/plain; charset=utf-8

      \(words)

      On Tue, May 27, 2014 at 9:12 AM BCH forum wrote:
      > [the copy]
      """
  }

  /// As a mail server reports (RFC 3464).
  private func report(of message: Maildir.Message) -> String {
    """
    From: MAILER-DAEMON@mx.example.net
    To: \(message.from)
    Subject: Undelivered Mail Returned to Sender
    Message-ID: <report.\(message.name)@mx.example.net>
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary="b"

    --b
    Content-Type: text/plain

    The following message could not be delivered.

    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.example.net

    Final-Recipient: rfc822; \(DemoInbox.failing)
    Action: failed
    Status: 5.1.1
    Diagnostic-Code: smtp; 550 5.1.1 User unknown

    --b--
    """
  }

  /// The first line of a header field; what is looked for here is never folded.
  private func field(_ name: String, _ message: Maildir.Message) -> String? {
    let head = String(decoding: message.data.prefix(8000), as: UTF8.self)
    return head.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
  }
}
