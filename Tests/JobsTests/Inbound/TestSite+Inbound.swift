import Forum
import Foundation
import Identifiers
import Inbound
import Ledger
import TestSupport
import Time
import Tokens

@testable import Jobs

/// Mail that comes in, and the stages that take it further.
extension TestSite {
  static let keys: KeyRing = {
    do { return try KeyRing([1: [UInt8](repeating: 7, count: 32)]) } catch { preconditionFailure("\(error)") }
  }()

  var handling: HandleStage.Settings {
    HandleStage.Settings(
      addresses: OurAddresses(domain: "forum.example.org"), wordsAround: { TestSite.composer.wordsAroundPosts },
      localPart: { TestSite.composer.localPart(of: $0) })
  }

  /// Without a mailbox.
  var inbound: Stages.Inbound {
    Stages.Inbound(
      mailbox: { nil }, handle: handling, post: PostStage.Settings(), keys: TestSite.keys, poster: fixture.writer)
  }

  /// A message is taken in; returns its number, nil if it is known.
  @discardableResult
  func receive(_ text: String, for recipient: String? = nil, at moment: Timestamp? = nil) throws -> ReceivedID? {
    let raw = Array(text.utf8)
    return try ledger.takeIn(
      Received.Draft(
        identity: MessageIdentity.of(raw), mailbox: "test", recipient: recipient, arrivedAt: moment ?? clock.now,
        raw: raw), now: clock.now)
  }

  @discardableResult
  func handle(_ settings: HandleStage.Settings? = nil) throws -> [Received.Outcome: Int] {
    try HandleStage(context, settings ?? handling, keys: TestSite.keys).runOnce().outcomes
  }

  @discardableResult
  func postReplies(
    over poster: (any ReplyPoster)? = nil, receipts: Bool = false
  ) throws -> PostStage.Report {
    try PostStage(context, PostStage.Settings(sendsReceipts: receipts), poster: poster ?? fixture.writer).runOnce()
  }

  @discardableResult
  func probe() throws -> ProbeStage.Report { try ProbeStage(context).runOnce() }

  /// What the job `inbound` does with what was taken in.
  func handleAndPost() throws {
    try handle()
    try postReplies()
    try deliver()
  }

  /// The bodies of a thread's posts, in their order, with their authors' numbers.
  func bodies(in thread: String) throws -> [String] {
    try fixture.forum.read {
      try $0.query("SELECT body FROM post WHERE thread = $1 ORDER BY id", [.text(thread)]) { $0.text(0) }
    }
  }

  /// A row's text, `SELECT …`.
  func ledgerText(_ sql: String) throws -> [String] {
    try fixture.ledgerFile.read { try $0.query(sql) { $0.text(0) } }
  }
}

/// A message as somebody's mail program sends it.
struct Letter {
  var from: String
  var to: String
  var subject = "Re: Risk assessment"
  var text: String
  var id = "1@mail.example.net"
  var inReplyTo: String?
  var more: [String] = []

  var raw: String {
    var lines = ["From: \(from)", "To: \(to)", "Subject: \(subject)", "Message-ID: <\(id)>"]
    if let inReplyTo { lines.append("In-Reply-To: \(inReplyTo)") }
    lines += more + ["Date: Tue, 26 May 2026 10:00:00 +0000", "MIME-Version: 1.0"]
    lines.append("Content-Type: text/plain; charset=utf-8")
    return (lines + ["", text, ""]).joined(separator: "\r\n")
  }
}

extension ScriptedRelay.Mail {
  /// The value of a header field on one line.
  func field(_ name: String) -> String {
    let unfolded = text.replacing("\r\n ", with: " ")
    return unfolded.split(separator: "\r\n").first { $0.hasPrefix("\(name): ") }.map {
      String($0.dropFirst(name.count + 2))
    } ?? ""
  }

  /// What its text says, in one line.
  var words: String {
    let part = MessageReader().read(Array(text.utf8)).parts.first { $0.type == "text/plain" }
    return (part?.text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The reverse-path that the real relay is given.
  func bounceAddress(_ keys: KeyRing) -> String {
    "bounces+\(keys.token(for: .bounce(delivery: delivery), key: 1))@forum.example.org"
  }

  /// "This is spam", to the address that the mail had signed (RFC 5965).
  var complaint: String {
    """
    From: feedback@isp.example
    To: \(bounceAddress(TestSite.keys))
    Message-ID: <complaint@isp.example>
    Content-Type: multipart/report; report-type=feedback-report; boundary="b"

    --b
    Content-Type: message/feedback-report

    Feedback-Type: abuse
    Version: 1

    --b--

    """
  }

  /// The report that a mail server sends back for this mail (RFC 3464).
  func report(status: String, action: String = "failed", id: String = "r1", words: String = "User unknown") -> String {
    """
    From: MAILER-DAEMON@mx.example.net
    To: \(bounceAddress(TestSite.keys))
    Subject: Undelivered Mail Returned to Sender
    Message-ID: <\(id)@mx.example.net>
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary="b"

    --b
    Content-Type: text/plain

    I'm sorry to have to inform you that your message could not be delivered.

    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.example.net

    Final-Recipient: rfc822; \(address)
    Action: \(action)
    Status: \(status)
    Diagnostic-Code: smtp; 550 \(status) \(words)

    --b--

    """
  }
}
