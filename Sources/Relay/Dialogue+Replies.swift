import DeliveryPolicy
import Mail

/// What each reply means for the transaction that it is about.
extension Dialogue {
  mutating func take(_ heard: ReplyInbox.Heard) {
    let reply = heard.reply
    guard !transactions.isEmpty else {
      let isFarewell = state == .quitting || reply.code == 421
      return fail(isFarewell ? "the relay closed: \(reply)" : "the relay answered what nobody asked: \(reply)")
    }
    // It may answer any command, and come unasked (RFC 5321 section 3.8).
    if reply.code == 421 { return fail("the relay closed: \(reply)", refusedBy: reply) }
    guard matches(heard) else { return takeEarly(heard) }
    switch transactions[0].step {
    case .reset: takeReset(reply)
    case .mail: takeMail(reply)
    case .rcpt: takeRcpt(reply)
    case .data: takeData(reply)
    case .ready: fail("the relay broke the protocol: it answered before the content: \(reply)")
    case .dot: takeDot(reply)
    case .emptyDot: finish()  // Whatever it says: nobody was to get it, so a 250 is no acceptance.
    }
  }

  /// A reply that was there before its question. One kind says what it says: a refusal that comes while the content is
  /// on its way can be about nothing else, and a relay that has enough of it need not hear the rest.
  private mutating func takeEarly(_ heard: ReplyInbox.Heard) {
    let reply = heard.reply
    if let content = transactions[0].content, heard.after > content.lowerBound, reply.code >= 400 {
      refuse(reply, at: .dot)
      return fail("the relay refused the content before it had it all: \(reply)")
    }
    fail("the relay broke the protocol: it answered before it was asked: \(reply)")
  }

  private mutating func takeReset(_ reply: Reply) {
    guard reply.code / 100 == 2 else { return fail("the relay refused RSET: \(reply)") }
    transactions[0].step = .mail
    if !capabilities.pipelining { sayMail() }
  }

  private mutating func takeMail(_ reply: Reply) {
    switch reply.code / 100 {
    case 2:
      transactions[0].mailTaken = true
      transactions[0].step = .rcpt
      if !capabilities.pipelining { sayRcpt() }
    case 3: unexpected(reply, to: "MAIL")
    default:
      refuse(reply, at: .mail)
      if capabilities.pipelining { transactions[0].step = .rcpt } else { finish() }
    }
  }

  private mutating func takeRcpt(_ reply: Reply) {
    switch reply.code / 100 {
    case 2:
      transactions[0].recipientTaken = true
      transactions[0].step = .data
      if !capabilities.pipelining { say("DATA") }
    case 3: unexpected(reply, to: "RCPT")
    default:
      refuse(reply, at: .rcpt)
      if capabilities.pipelining { transactions[0].step = .data } else { abandon() }
    }
  }

  private mutating func takeData(_ reply: Reply) {
    switch reply.code / 100 {
    case 2: unexpected(reply, to: "DATA")
    case 3 where transactions[0].isOver && transactions[0].recipientTaken:
      // MAIL was refused, RCPT and DATA were not: a dot might send an empty mail to a person. Better to hang up.
      fail("the relay broke the protocol: it refused MAIL and took the rest")
    case 3:
      transactions[0].step = .ready
      if capabilities.pipelining { ask() } else { writeContent() }
    default:
      refuse(reply, at: .data)
      abandon()
    }
  }

  private mutating func takeDot(_ reply: Reply) {
    switch reply.code / 100 {
    case 2:
      tell(.accepted(reply))
      finish()
    case 3: unexpected(reply, to: "the content")
    default:
      refuse(reply, at: .dot)
      finish()
    }
  }

  /// A reply that no server gives here: whose message it is about, nobody can know.
  private mutating func unexpected(_ reply: Reply, to what: String) {
    fail("the relay broke the protocol: it answered \(what) with \(reply)")
  }
}
