import DeliveryPolicy
import Mail

/// The client's side of SMTP after EHLO, as a value: bytes and messages in, bytes and outcomes out; no clock, no I/O.
///
/// Up to two transactions are under way: the first, whose replies come next, and one chained behind it. Each goes
///
/// ```
///            ┌──────── lock step: refused ────────┐
/// (reset) ─▶ mail ─▶ rcpt ─▶ data ─▶ ready ─▶ dot ─┴▶ done
///                      │       │        └─▶ emptyDot ─▶ done     nobody was to get it, yet DATA was let through
///                      └───────┴─ refused: told at once; with pipelining the other replies are still read
/// ```
///
/// With PIPELINING, MAIL, RCPT and DATA go out in one flight, and the content goes out with the next message's flight
/// behind its final dot: DATA has to be the last command of a group, and content may open one (RFC 2920 section 3.1).
/// Content is never sent before the 354. Without PIPELINING each command waits for the reply before it.
///
/// Any reply that does not fit ends the connection: out of step, the next 250 might be taken for another message's.
struct Dialogue {
  private enum State { case open, quitting, closed }

  /// What the relay offered in its last EHLO reply.
  let capabilities: Capabilities
  private let asciiDomain: (String) -> String?
  private var state = State.open
  /// Two at most; the first is the one whose replies come next.
  private var transactions: [Transaction] = []
  private var reader = ReplyReader()
  /// Made and not yet asked for, in the order in which they have to be done.
  private var actions: [Action] = []
  /// ``Action/wantMessage`` waits for its answer.
  private var isAsking = false
  /// The relay still holds a transaction that came to nothing.
  private var needsReset = false
  private var output = DialogueOutput()
  /// Octets that the kernel has taken, from the connection's first one on: what has been handed over, and what has not,
  /// decides between unsent, lost and uncertain (rule S5).
  private var written = 0

  /// Grows with every reply and every byte handed over; a time limit runs from its last change.
  private(set) var progress = 0

  /// - Parameter asciiDomain: a domain's A-labels (RFC 5890), nil if it has none.
  init(capabilities: Capabilities, asciiDomain: @escaping (String) -> String?) {
    self.capabilities = capabilities
    self.asciiDomain = asciiDomain
  }

  /// A message may be offered unasked.
  var isIdle: Bool { state == .open && transactions.isEmpty && !isAsking }
  /// Nothing can be said any more; every message that it had has been told.
  var isClosed: Bool { state == .closed }

  /// What the relay keeps us waiting for; nil where it is our turn.
  var wait: Wait? {
    guard let first = transactions.first else { return state == .quitting ? .quit : nil }
    return switch first.step {
    case .reset: .reset
    case .mail: .mail
    case .rcpt: .rcpt
    case .data: .data
    case .ready: nil
    case .dot: written < first.content?.upperBound ?? 0 ? .block : .dot
    case .emptyDot: .dot
    }
  }

  // MARK: Events

  /// Bytes came from the relay.
  mutating func received(_ bytes: some Sequence<UInt8>) { reader.append(bytes) }

  /// What is to be done now; nil when the next bytes have to come first. Call until nil after every event.
  mutating func nextAction() -> Action? {
    while actions.isEmpty {
      guard state != .closed, !isAsking else { return nil }
      if output.announce() { return .write }
      do {
        guard let reply = try reader.next() else { return nil }
        progress += 1
        take(reply)
      } catch {
        fail("the relay broke the protocol: \(error.reason)")
      }
    }
    return actions.removeFirst()
  }

  /// A message to send, when idle or asked. One that the relay cannot take ends at once.
  mutating func offer(_ message: OutgoingMessage) {
    precondition(isIdle || isAsking, "a message was offered to a dialogue that is neither idle nor asking")
    let transaction: Transaction
    do {
      transaction = try Transaction(message, capabilities: capabilities, asciiDomain: asciiDomain)
    } catch {
      actions.append(.ended(message, .notOffered(error), .none))
      if isAsking { actions.append(.wantMessage) }
      return
    }
    decline()
    begin(transaction)
  }

  /// No message just now.
  mutating func decline() {
    isAsking = false
    if transactions.first?.step == .ready { writeContent() }
  }

  /// Says good-bye; only when idle.
  mutating func quit() {
    guard isIdle else { return }
    state = .quitting
    output.say("QUIT")
  }

  /// Moves bytes that are to be written into `buffer`.
  /// - Returns: how many.
  mutating func takeOutput(into buffer: UnsafeMutableRawBufferPointer) -> Int { output.take(into: buffer) }

  /// The kernel has taken so many more bytes.
  mutating func wrote(_ count: Int) {
    written += count
    progress += 1
  }

  /// The connection is gone.
  mutating func closed(reason: String) { fail(reason) }

  /// The time for ``wait`` is over.
  mutating func timedOut(after seconds: Double) {
    fail("no answer to \(wait?.rawValue ?? "nothing") within \(Int(seconds)) s")
  }

  // MARK: Replies

  private mutating func take(_ reply: Reply) {
    guard !transactions.isEmpty else {
      let isFarewell = state == .quitting || reply.code == 421
      return fail(isFarewell ? "the relay closed: \(reply)" : "the relay answered what nobody asked: \(reply)")
    }
    if reply.code == 421 { return fail("the relay closed: \(reply)", refusedBy: reply) }
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

  private mutating func takeReset(_ reply: Reply) {
    guard reply.code / 100 == 2 else { return fail("the relay refused RSET: \(reply)") }
    transactions[0].step = .mail
    if !capabilities.pipelining { transactions[0].appendMail(to: &output.octets) }
  }

  private mutating func takeMail(_ reply: Reply) {
    switch reply.code / 100 {
    case 2:
      transactions[0].mailTaken = true
      transactions[0].step = .rcpt
      if !capabilities.pipelining { transactions[0].appendRcpt(to: &output.octets) }
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
      if !capabilities.pipelining { output.say("DATA") }
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
    let isHanded = written >= transactions[0].content?.upperBound ?? 0
    switch reply.code / 100 {
    case 2 where isHanded:
      tell(.accepted(reply))
      finish()
    case 2, 3: unexpected(reply, to: "the content")
    default:
      refuse(reply, at: .dot)
      if isHanded { finish() } else { fail("the relay refused the content before it had it all: \(reply)") }
    }
  }

  /// A reply that no server gives here: whose message it is about, nobody can know.
  private mutating func unexpected(_ reply: Reply, to what: String) {
    fail("the relay broke the protocol: it answered \(what) with \(reply)")
  }

  // MARK: Moves

  /// Says what can be said of a transaction before its first reply.
  private mutating func begin(_ transaction: Transaction) {
    var transaction = transaction
    transaction.step = needsReset ? .reset : .mail
    if needsReset { output.say("RSET") }
    if capabilities.pipelining || !needsReset { transaction.appendMail(to: &output.octets) }
    if capabilities.pipelining {
      transaction.appendRcpt(to: &output.octets)
      output.say("DATA")
    }
    needsReset = false
    transactions.append(transaction)
  }

  private mutating func writeContent() {
    if transactions[0].isOver {
      output.say(".")
      transactions[0].step = .emptyDot
    } else {
      let start = output.end
      Content.append(transactions[0].message.data, to: &output.octets)
      transactions[0].content = start..<output.end
      transactions[0].step = .dot
    }
  }

  /// Tells the first transaction's outcome, once.
  private mutating func tell(_ outcome: Outcome, _ part: Part = .none) {
    guard !transactions[0].isOver else { return }
    transactions[0].isOver = true
    actions.append(.ended(transactions[0].message, outcome, part))
  }

  private mutating func refuse(_ reply: Reply, at stage: SMTPStage) { tell(.refused(reply, at: stage)) }

  /// The first transaction is through; the one chained behind it is first now.
  private mutating func finish() {
    transactions.removeFirst()
    if transactions.isEmpty { ask() }
  }

  /// Asks for the next message at the moment at which it can be chained for free.
  private mutating func ask() {
    isAsking = true
    actions.append(.wantMessage)
  }

  /// The first transaction is through, but the relay may still hold its sender.
  private mutating func abandon() {
    needsReset = transactions[0].mailTaken
    finish()
  }

  private mutating func fail(_ reason: String, refusedBy reply: Reply? = nil) {
    guard state != .closed else { return }
    state = .closed
    isAsking = false
    if let first = transactions.first {
      if let reply {
        tell(.unsent(reason: "the relay closed: \(reply)"), part(of: first, in: reply))
      } else {
        let outcome = outcomeOfLoss(first, reason)
        if case .unsent = outcome { tell(outcome, first.step == .reset ? .none : .first) } else { tell(outcome) }
      }
      for chained in transactions.dropFirst() {
        let outcome = Outcome.unsent(reason: "chained behind a message whose connection was lost: \(reason)")
        actions.append(.ended(chained.message, outcome, .chained))
      }
    }
    transactions = []
    actions.append(.close(reason: reason))
  }

  /// S5, by what the kernel had taken when the connection went.
  private func outcomeOfLoss(_ transaction: Transaction, _ reason: String) -> Outcome {
    guard let content = transaction.content, written > content.lowerBound else { return .unsent(reason: reason) }
    return written >= content.upperBound ? .uncertain(reason: reason) : .lost(reason: reason)
  }
}
