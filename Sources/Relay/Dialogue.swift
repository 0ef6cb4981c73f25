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
/// Any reply that does not fit ends the connection: out of step, the next 250 might be taken for another message's. So
/// does one that was there before its question: nothing that follows it can be told from what the relay says by heart.
struct Dialogue {
  enum State { case open, quitting, closed }

  /// What the relay offered in its last EHLO reply.
  let capabilities: Capabilities
  private let asciiDomain: (String) -> String?
  var state = State.open
  /// Two at most; the first is the one whose replies come next.
  var transactions: [Transaction] = []
  private var inbox = ReplyInbox()
  private var questions = DialogueQuestions()
  /// Made and not yet asked for, in the order in which they have to be done.
  private var actions: [Action] = []
  /// ``Action/wantMessage`` waits for its answer.
  private var isAsking = false
  /// The relay still holds a transaction that came to nothing.
  private var needsReset = false
  var output = DialogueOutput()
  /// Octets that the kernel has taken, from the connection's first one on: what has been handed over, and what has not,
  /// decides between unsent, lost and uncertain (rule S5).
  private var written = 0

  /// Grows with every reply and every byte handed over; a time limit runs from its last change.
  private(set) var progress = 0
  /// Where pipelined commands were seen to be answered.
  private(set) var keptInPipeline: Set<DialogueQuestions.Place> = []

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

  /// Behind what the question was said whose answer is awaited, if PIPELINING let it be said before its turn.
  var pipelinedWait: DialogueQuestions.Place? { wait == nil ? nil : questions.place }

  // MARK: Events

  /// Bytes came from the relay. Give them as soon as they can be had: what was here before something is written can be
  /// no answer to it.
  mutating func received(_ bytes: some Sequence<UInt8>) { inbox.append(bytes, written: written) }

  /// What is to be done now; nil when the next bytes have to come first. Call until nil after every event.
  mutating func nextAction() -> Action? {
    while actions.isEmpty {
      guard state != .closed, !isAsking else { return nil }
      do {
        // Replies first: what came before its question must be found before the question is out.
        if let heard = try inbox.next() {
          progress += 1
          take(heard)
        } else if output.hasNews, let begun = inbox.begunAfter, begun < questions.end ?? .max {
          fail("the relay broke the protocol: it began to answer before it was asked")
        } else {
          return output.announce() ? .write : nil
        }
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
    say("QUIT")
  }

  /// There are bytes to be written.
  var hasOutput: Bool { output.hasRest }
  /// A reply waits to be dealt with.
  var hasHeard: Bool { inbox.hasMore }

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
    let pipelined =
      switch pipelinedWait {
      case .command: ", which was sent in one flight with the command before it,"
      case .content: ", which was sent right behind the content before it,"
      case nil: ""
      }
    fail("no answer to \(wait?.rawValue ?? "nothing")\(pipelined) within \(Int(seconds)) s")
  }

  // MARK: Moves

  /// Says what can be said of a transaction before its first reply.
  private mutating func begin(_ transaction: Transaction) {
    var transaction = transaction
    transaction.step = needsReset ? .reset : .mail
    if needsReset { say("RSET") }
    let saysMail = capabilities.pipelining || !needsReset
    needsReset = false
    transactions.append(transaction)
    if saysMail { sayMail(transactions.count - 1) }
    guard capabilities.pipelining else { return }
    sayRcpt(transactions.count - 1)
    say("DATA")
  }

  mutating func sayMail(_ index: Int = 0) {
    transactions[index].appendMail(to: &output.octets)
    questions.asked(end: output.end)
  }

  mutating func sayRcpt(_ index: Int = 0) {
    transactions[index].appendRcpt(to: &output.octets)
    questions.asked(end: output.end)
  }

  mutating func say(_ command: StaticString) {
    output.say(command)
    questions.asked(end: output.end)
  }

  mutating func writeContent() {
    if transactions[0].isOver {
      output.say(".")
      transactions[0].step = .emptyDot
    } else {
      let start = output.end
      Content.append(transactions[0].message.data, to: &output.octets)
      transactions[0].content = start..<output.end
      transactions[0].step = .dot
    }
    questions.asked(end: output.end, isContent: true)
  }

  /// Tells the first transaction's outcome, once.
  mutating func tell(_ outcome: Outcome, _ part: Part = .none) {
    guard !transactions[0].isOver else { return }
    transactions[0].isOver = true
    actions.append(.ended(transactions[0].message, outcome, part))
  }

  mutating func refuse(_ reply: Reply, at stage: SMTPStage) { tell(.refused(reply, at: stage)) }

  /// The first transaction is through; the one chained behind it is first now.
  mutating func finish() {
    transactions.removeFirst()
    if transactions.isEmpty { ask() }
  }

  /// Asks for the next message at the moment at which it can be chained for free.
  mutating func ask() {
    isAsking = true
    actions.append(.wantMessage)
  }

  /// The first transaction is through, but the relay may still hold its sender.
  mutating func abandon() {
    needsReset = transactions[0].mailTaken
    finish()
  }

  mutating func fail(_ reason: String, refusedBy reply: Reply? = nil) {
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

  /// Finds a reply's question, if the reply did not come before it.
  mutating func matches(_ heard: ReplyInbox.Heard) -> Bool {
    guard let end = questions.end, end <= heard.after else { return false }
    if let place = questions.place { keptInPipeline.insert(place) }
    questions.answered()
    return true
  }

  /// S5, by what the kernel had taken when the connection went.
  private func outcomeOfLoss(_ transaction: Transaction, _ reason: String) -> Outcome {
    guard let content = transaction.content, written > content.lowerBound else { return .unsent(reason: reason) }
    return written >= content.upperBound ? .uncertain(reason: reason) : .lost(reason: reason)
  }
}
