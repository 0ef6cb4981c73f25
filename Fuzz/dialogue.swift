import DeliveryPolicy
import Identifiers
import Mail

@testable import Relay

/// S5: however a relay answers and wherever the connection breaks, every message ends once, and as what it is: accepted only
/// when the relay took the whole of it for its recipient, lost or uncertain only by what was handed to the kernel.
///
/// An input is a script of lines; the first letter says what happens:
///
/// ```
/// E SIZE 100      the relay's EHLO offers this
/// M5              the next message to send is of this kind
/// S250 Ok         the relay says a line
/// +250 Ok         the same, in one piece with what it says next
/// -25             the same, without a line end
/// B  F  W12       the socket takes no more; takes all again; takes 12 octets more
/// X  T  Q         the connection goes; the time is over; the client says good-bye if it may
/// ```
func fuzz(_ input: [UInt8]) {
  let lines = input.split(separator: 10).prefix(300).map { (Character(Unicode.Scalar($0.first!)), $0.dropFirst()) }
  let offers = lines.filter { $0.0 == "E" }.map { String(decoding: $0.1, as: UTF8.self) }
  var messages = lines.filter { $0.0 == "M" }.prefix(6).enumerated().map { message($0 + 1, kind: $1.1.first ?? 0) }
  if messages.isEmpty { messages = [message(1, kind: 0), message(2, kind: 0)] }
  var encounter = Encounter(offers: offers, messages)
  for (letter, rest) in lines where !encounter.isOver {
    switch letter {
    case "E", "M": break
    case "+": encounter.held += rest + [13, 10]
    case "-": encounter.relaySays(rest)
    case "B": encounter.room = 0
    case "F": encounter.makeRoom(.max)
    case "W": encounter.makeRoom(Int(String(decoding: rest, as: UTF8.self)).map { min(abs($0), 100_000) } ?? 1)
    case "X": encounter.end { $0.closed(reason: "the relay closed the connection") }
    case "T": if encounter.dialogue.wait != nil { encounter.end { $0.timedOut(after: 300) } }
    case "Q": encounter.quit()
    default: encounter.relaySays(rest + [13, 10])
    }
  }
  encounter.end { $0.closed(reason: "the script is over") }
}

private func message(_ id: Int, kind: UInt8) -> OutgoingMessage {
  var recipient = "reader\(id)@example.org"
  var text = "Subject: \(id)\r\n\r\nHello\r\n"
  switch kind {
  case UInt8(ascii: "1"): text += "caf\u{E9}\r\n"
  case UInt8(ascii: "2"): text = "Subject: caf\u{E9}\r\n\r\nHello\r\n"
  case UInt8(ascii: "3"): recipient = "josé\(id)@example.org"
  case UInt8(ascii: "4"): recipient = "reader\(id)@bücher.example"
  case UInt8(ascii: "5"): text += ".\r\n..\n.\r.a\r\n.\r\nQUIT"
  case UInt8(ascii: "6"): text += String(repeating: "A line of a long message.\r\n", count: 1500)
  default: break
  }
  let envelope = Envelope(reversePath: try! Address("bounce+\(id)@forum.example"), recipient: try! Address(recipient))
  return OutgoingMessage(id: DeliveryID(Int64(id)), envelope: envelope, data: Array(text.utf8))
}

/// A dialogue and a relay that knows what it said.
private struct Encounter {
  private(set) var dialogue: Dialogue
  private(set) var isOver = false
  /// Octets that the socket takes.
  var room = Int.max
  /// What the relay says in one piece with the next.
  var held: [UInt8] = []

  private var relay: RelayModel
  private var answers = ReplyReader()
  /// Of the answer that is not whole: what the relay had heard when it began to say it.
  private var begunAfter: Int?
  private var messages: ArraySlice<OutgoingMessage>
  private var given: [OutgoingMessage] = []
  private var outcomes: [DeliveryID: Outcome] = [:]
  private var staged: [UInt8] = []

  init(offers: [String], _ messages: [OutgoingMessage]) {
    let capabilities = Capabilities(ehlo: Reply(code: 250, lines: ["relay.example"] + offers))
    dialogue = Dialogue(capabilities: capabilities) { $0 == "bücher.example" ? "xn--bcher-kva.example" : nil }
    relay = RelayModel(pipelining: capabilities.pipelining)
    self.messages = messages[...]
    pump()
  }

  mutating func relaySays(_ octets: some Sequence<UInt8>) {
    let octets = held + octets
    held = []
    var after = begunAfter ?? relay.heard
    try? answers.read(octets) {
      relay.say($0, after: after)
      after = relay.heard
    }
    begunAfter = answers.isMidReply ? after : nil
    dialogue.received(octets)
    pump()
    require(isOver || !relay.isOutOfStep, "an answer that came before its question was taken")
  }

  mutating func makeRoom(_ more: Int) {
    room = room > .max - more ? .max : room + more
    flush()
    pump()
  }

  mutating func quit() {
    dialogue.quit()
    pump()
  }

  /// The connection ends; what became of each message is judged.
  mutating func end(_ event: (inout Dialogue) -> Void) {
    guard !isOver else { return }
    event(&dialogue)
    pump()
    require(isOver, "the connection ended and the dialogue did not")
  }

  /// Answers every action, as `RelaySession` and `SMTPRun` do.
  private mutating func pump() {
    var isMoving = true
    while isMoving {
      isMoving = false
      while let action = dialogue.nextAction() { take(action) }
      if dialogue.isIdle, let message = messages.popFirst() {
        give(message)
        isMoving = true
      }
    }
  }

  private mutating func take(_ action: Dialogue.Action) {
    require(!isOver, "an action behind the last")
    switch action {
    case .wantMessage: if let message = messages.popFirst() { give(message) } else { dialogue.decline() }
    case .write: flush()
    case .ended(let message, let outcome, _):
      require(outcomes.updateValue(outcome, forKey: message.id) == nil, "message \(message.id) ended twice")
    case .close:
      isOver = true
      judge()
    }
  }

  private mutating func give(_ message: OutgoingMessage) {
    given.append(message)
    dialogue.offer(message)
  }

  /// Hands over what the socket takes, at most a TLS record at a time.
  private mutating func flush() {
    while !isOver {
      if staged.isEmpty {
        staged = Array(unsafeUninitializedCapacity: 16_384) { buffer, count in
          count = dialogue.takeOutput(into: UnsafeMutableRawBufferPointer(buffer))
        }
      }
      let count = min(room, staged.count)
      guard count > 0 else { return }
      if !relay.isOutOfStep { relay.hear(staged[..<count]) }
      staged.removeFirst(count)
      if room != .max { room -= count }
      dialogue.wrote(count)
    }
  }

  private func judge() {
    for message in given {
      let outcome = require(outcomes[message.id], "message \(message.id) never ended")
      judge(message, outcome, relay.mails[message.id.rawValue])
    }
  }

  private func judge(_ message: OutgoingMessage, _ outcome: Outcome, _ mail: RelayModel.Mail?) {
    let heard = mail ?? RelayModel.Mail()
    let what = "message \(message.id) ended as \(outcome) with \(heard)"
    if heard.isForSomebody, !heard.content.isEmpty {
      let whole = dataOctets(of: message.data)
      require(heard.isWhole ? heard.content == whole : whole.starts(with: heard.content), "other content: \(what)")
    } else {
      require(heard.content.isEmpty || Array(".\r\n".utf8).starts(with: heard.content), "content for nobody: \(what)")
    }
    switch outcome {
    case .accepted(let reply): require(heard.isDelivered && heard.dot == reply, what)
    case .refused(let reply, let stage):
      let said =
        switch stage {
        case .mail: heard.sender
        case .rcpt: heard.recipient
        case .data: heard.data
        case .dot: heard.dot
        }
      require(said == reply && reply.code >= 400, what)
    case .notOffered: require(mail == nil, what)
    case .lost: require(!heard.content.isEmpty && !heard.isWhole, what)
    case .uncertain: require(heard.isWhole && (heard.dot.map { $0.code / 100 == 3 } ?? true), what)
    case .unsent: require(heard.content.isEmpty || relay.hasHungUp, what)
    }
    if heard.isDelivered, case .accepted = outcome { return }
    require(!heard.isDelivered, "taken by the relay, yet \(what)")
  }
}
