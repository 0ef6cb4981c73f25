import Mail
import Time

/// What an outcome means for what comes next (S2, S3).
public struct Verdict: Hashable, Sendable {
  /// Whether another try can help.
  public enum Permanence: String, Sendable { case transient, permanent }

  /// Whose trouble it is.
  public enum Scope: String, Sendable, CaseIterable {
    /// Our own process or configuration.
    case run
    /// The relay; spends nobody's attempt and pauses the run. Always transient: no message fails by it.
    case relay
    /// Our own address or domain as the sender, or what vouches for it (SPF, DKIM, DMARC). Always transient: it fails
    /// nobody, and waits until it is mended.
    case sender
    /// The policy of the recipient's domain (5.7.x); many equal ones hold the domain, never its people.
    case domain
    /// This message; says nothing of the recipient's address.
    case message
    /// The recipient's mailbox; counts like a bounce.
    case recipient
  }

  /// Whether to try again.
  public let permanence: Permanence
  /// Whose trouble it is; for `relay` and `sender` the permanence is always transient.
  public let scope: Scope

  /// For outcomes that the table below does not class: a caller vouches that relay goes with transient.
  public init(_ permanence: Permanence, _ scope: Scope) {
    self.permanence = permanence
    self.scope = scope
  }
}

/// Classes an outcome; nil for an accepted message.
///
/// | outcome | verdict | why |
/// |---|---|---|
/// | notOffered | transient, message | S7; final when `patience` is over: a relay may misstate what it offers |
/// | lost, uncertain | transient, message | S5 |
/// | unsent | transient, relay | S5: spends nothing |
/// | 421 anywhere | transient, relay | RFC 5321 section 3.8: "may be sent in response to any command" |
/// | 530 anywhere; 454, 534, 535, 538 before the dot | transient, relay | RFC 4954 section 6, RFC 3207: log in, TLS |
/// | x.1.7, x.1.8 anywhere | transient, sender | RFC 3463 section 3.2: the sender's address |
/// | before the content, words that name the sender | transient, sender | Postfix (`Sender address rejected`), Exim |
/// | x.7.20 to x.7.27, x.7.29 anywhere | transient, sender | RFC 7372, 7505, 8617: DKIM, SPF, DMARC, reverse name, ARC |
/// | x.7.60, x.7.509, x.7.515 anywhere | transient, sender | Exchange: may not send as this address; domain not proved |
/// | x.7.8 to x.7.14 anywhere | transient, relay | RFC 4954, 5248, 3463: passwords, log in, encryption, trust |
/// | permanent at RCPT, DATA, dot by the rows below, in words of relaying, lists, limits or login, but x.1.x, x.2.x, size
///   | transient, domain | about us, never about a recipient |
/// | x.2.2 at RCPT, DATA, dot | transient, recipient | mailbox full: 552 5.2.2 as 452 4.2.2; see `patience` |
/// | enhanced code of another class than the reply | as by scope, transient | RFC 2034 section 4 forbids it |
/// | 4xx MAIL: 452, x.7.x, or x.3.x except x.3.4 | transient, relay | RFC 3463 sections 3.4, 3.8: state, policy |
/// | 4xx MAIL: other | transient, message | |
/// | 5xx MAIL: 552, 5.3.4, 5.2.3 | permanent, message | RFC 1870 section 6.1: too large |
/// | 5xx MAIL: 5.6.x | permanent, message | RFC 3463 section 3.7, RFC 6531: content, conversion |
/// | 5xx MAIL: other | transient, relay | every message has our reverse-path: it is ours or the relay's trouble |
/// | 4xx RCPT: x.3.x except x.3.4 | transient, relay | such as a lookup that failed, a full disk |
/// | 4xx RCPT: other | transient, recipient | greylisting is 450 or 451 4.7.1 (RFC 6647 section 2.1) |
/// | 5xx RCPT: 5.7.x | permanent, domain | RFC 3463 section 3.8: policy |
/// | 5xx RCPT: 5.3.4, 5.2.3, 5.6.x | permanent, message | size, content |
/// | 5xx RCPT: 552 without code, or with 5.5.3 | transient, recipient | RFC 5321 section 4.5.3.1.10 |
/// | 5xx RCPT: 502, 521 without 5.1.x or 5.2.x | transient, relay | no RCPT, no mail at all (RFC 7504): for nobody |
/// | 5xx RCPT: 500, 503, 555 without 5.1.x or 5.2.x | transient, recipient | the command was not understood |
/// | 5xx RCPT: other | permanent, recipient | 550, 551, 553, 5.1.x; 501, 504; 5.1.10 (RFC 7505), 556 (RFC 7504) |
/// | 4xx DATA, dot: x.7.x | transient, domain | policy |
/// | 4xx DATA, dot: x.1.x, x.2.x | transient, recipient | mailbox full, told late |
/// | 4xx DATA, dot: 452 without code, x.3.x except x.3.4 | transient, relay | the system's storage |
/// | 4xx DATA, dot: other | transient, message | |
/// | 5xx DATA, dot: 5.7.x | permanent, domain | policy, DMARC, content filters that say so |
/// | 5xx DATA, dot: 5.1.x, 5.2.x except 5.2.3 | permanent, recipient | RFC 3463 section 3.2, 3.3 |
/// | 5xx DATA, dot: 500 to 504, 521, 555, 5.3.x, 5.4.5 | transient, relay | commands, the system, congestion |
/// | 5xx DATA, dot: other | permanent, message | 552, 554: content |
/// | any other code | transient, message | S2: unknown is transient |
public func classify(_ outcome: Outcome) -> Verdict? {
  switch outcome {
  case .accepted: nil
  case .notOffered: Verdict(.transient, .message)
  case .lost, .uncertain: Verdict(.transient, .message)
  case .unsent: Verdict(.transient, .relay)
  case .refused(let reply, let stage): Refusal(reply, stage).verdict
  }
}

/// How long an outcome is waited out at most since the first attempt, where that is shorter than any message's time: a
/// full mailbox two days; an extension that is missing one day, after which the message fails for good.
public func patience(for outcome: Outcome) -> TimeSpan? {
  switch outcome {
  case .notOffered: .days(1)
  case .refused(let reply, let stage) where Refusal(reply, stage).isMailboxFull: .days(2)
  default: nil
  }
}

extension Outcome {
  /// A reply to RCPT that says that the recipient's address is none (5.1.x, but for the codes of the sender's): what a
  /// relay that never took a mail is believed.
  public var isDeadAddress: Bool {
    guard case .refused(let reply, .rcpt) = self, classify(self) == Verdict(.permanent, .recipient) else {
      return false
    }
    return reply.enhanced?.subject == 1
  }

  /// A refusal of MAIL that speaks of its parameters: of this message's own reverse-path, or its size. Of one message
  /// alone it says nothing of the relay.
  public var isAboutParameters: Bool {
    guard case .refused(let reply, .mail) = self, classify(self) == Verdict(.transient, .relay) else { return false }
    if let stated = reply.stated { return stated.subject == 5 && [2, 4].contains(stated.detail) }
    return [501, 555].contains(reply.code)
  }

  /// A refusal for good in words that are never about its recipient, but about us or a limit: it fails nobody at once.
  public var isDenial: Bool {
    guard case .refused(let reply, let stage) = self, classify(self) == Verdict(.transient, .domain) else {
      return false
    }
    return reply.code / 100 == 5 && Refusal(reply, stage).isDenial
  }

  /// 421: the relay closed instead of answering.
  public var isClosing: Bool { if case .refused(let reply, _) = self { reply.code == 421 } else { false } }
}

/// A negative reply, taken apart for the table above.
private struct Refusal {
  let code: Int
  let stage: SMTPStage
  /// Subject and detail of the enhanced code; 0.0 says nothing (RFC 3463 section 3.1) and counts as none.
  let subject: Int
  let detail: Int
  /// The enhanced code's class is not the reply's.
  let contradictsItself: Bool
  /// It says in words that it is about the sender, whatever its code: 5.1.0 and 5.1.1 stand for either address.
  let namesSender: Bool

  /// What MTAs in use say of a sender that they do not take, in their own words: Postfix, Exim, Exchange, sendmail.
  private static let wordsOfSender = [
    "sender address rejected", "sender rejected", "sender verify failed", "sender denied", "sender not allowed",
    "invalid sender", "bad sender", "unknown sender", "sender address verification failed",
  ]

  /// What servers say where they do not let us send, whoever is to get it: relaying, lists of bad machines, accounts,
  /// limits. Of a mailbox they are said with x.1.x or x.2.x, of a message with its size.
  private static let wordsOfDenial = [
    "relay access denied", "relaying", "relay not permitted", "not permitted to relay", "relay denied",
    "unable to relay",
    "cannot relay", "may not relay", "relay prohibited", "not allowed to relay", "rcpthosts", "blocked using",
    "blacklist", "blocklist", "block list", "spamhaus", "reputation", "not verified", "suspended", "sending quota",
    "quota exceeded", "exceeded your", "sending limit", "limit exceeded", "rate limit", "too many", "authenticat",
  ]
  /// It speaks of us, or of a limit, and names neither mailbox nor size.
  let isDenial: Bool

  init(_ reply: Reply, _ stage: SMTPStage) {
    let enhanced = reply.stated
    code = reply.code
    self.stage = stage
    subject = enhanced?.subject ?? 0
    detail = enhanced?.detail ?? 0
    contradictsItself = enhanced.map { $0.class != reply.code / 100 } ?? false
    let words = reply.lines.joined(separator: " ").lowercased()
    namesSender = (stage == .mail || stage == .rcpt) && Refusal.wordsOfSender.contains { words.contains($0) }
    let isOfMailbox =
      [1, 2, 6].contains(subject) || (subject, detail) == (3, 4) || [551, 552, 556].contains(code)
      || words.contains("mailbox") || words.contains("size")
    isDenial = code / 100 == 5 && !isOfMailbox && Refusal.wordsOfDenial.contains { words.contains($0) }
  }

  var verdict: Verdict {
    guard code / 100 == 4 || code / 100 == 5 else { return Verdict(.transient, .message) }
    var (permanence, scope) = judged
    // Never about a recipient, whatever the code.
    if isDenial, stage != .mail, permanence == .permanent { (permanence, scope) = (.transient, .domain) }
    let transient = contradictsItself || scope == .relay || scope == .sender || code / 100 == 4
    return Verdict(transient ? .transient : permanence, scope)
  }

  private var judged: (Verdict.Permanence, Verdict.Scope) {
    if code == 421 || code == 530 || (stage != .dot && [454, 534, 535, 538].contains(code)) {
      return (.transient, .relay)
    }
    if speaksOfSender { return (.transient, .sender) }
    if speaksOfLogin { return (.transient, .relay) }
    if isMailboxFull { return (.transient, .recipient) }
    switch (stage, code / 100) {
    case (.mail, 4): return (.transient, systemTrouble || subject == 7 || code == 452 ? .relay : .message)
    case (.mail, _): return tooLarge || code == 552 || subject == 6 ? (.permanent, .message) : (.transient, .relay)
    case (.rcpt, 4): return (.transient, systemTrouble ? .relay : .recipient)
    case (.rcpt, _): return refusedRecipient
    case (_, 4): return (.transient, lateTransientScope)
    default: return refusedContent
    }
  }

  private var refusedRecipient: (Verdict.Permanence, Verdict.Scope) {
    if tooLarge || subject == 6 { return (.permanent, .message) }
    if subject == 7 { return (.permanent, .domain) }
    if subject == 1 || subject == 2 { return (.permanent, .recipient) }
    switch code {
    case 502, 521: return (.transient, .relay)
    case 500, 503, 552, 555: return (.transient, .recipient)
    default: return (.permanent, .recipient)
    }
  }

  private var lateTransientScope: Verdict.Scope {
    switch subject {
    case 1, 2: tooLarge ? .message : .recipient
    case 3: tooLarge ? .message : .relay
    case 7: .domain
    case 0 where code == 452: .relay
    default: .message
    }
  }

  private var refusedContent: (Verdict.Permanence, Verdict.Scope) {
    if tooLarge { return (.permanent, .message) }
    if subject == 7 { return (.permanent, .domain) }
    if subject == 1 || subject == 2 { return (.permanent, .recipient) }
    let speaksOfSystem = subject == 3 || (subject, detail) == (4, 5)
    return speaksOfSystem || speaksOfCommands ? (.transient, .relay) : (.permanent, .message)
  }

  /// The sender's address, or what vouches for it.
  private var speaksOfSender: Bool {
    namesSender || subject == 1 && (detail == 7 || detail == 8)
      || subject == 7 && (20...27 ~= detail || [29, 60, 509, 515].contains(detail))
  }
  /// Passwords, mechanisms, encryption of our connection to the relay.
  private var speaksOfLogin: Bool { subject == 7 && 8...14 ~= detail }
  /// x.2.2 where it is about a recipient.
  var isMailboxFull: Bool { (subject, detail) == (2, 2) && stage != .mail }
  /// x.3.4 and x.2.3: message too large for the system or for the mailbox.
  private var tooLarge: Bool { (subject, detail) == (3, 4) || (subject, detail) == (2, 3) }
  /// x.3.x: the state of the mail system (RFC 3463 section 3.4).
  private var systemTrouble: Bool { subject == 3 && detail != 4 }
  /// Not understood, out of order, not served here (RFC 5321 section 4.2.2, RFC 7504).
  private var speaksOfCommands: Bool { 500...504 ~= code || [521, 555].contains(code) }
}
