import DeliveryPolicy
import Identifiers
import Mail
import TestSupport

@testable import Relay

/// Plays a dialogue without a network: a golden text is both the script and what has to come out.
///
/// ```
/// C: MAIL FROM:<a@b> SIZE=9     what the client writes, line by line; `C: --` marks the start of a write
/// S: 250 2.1.0 Ok               what the server says
/// S: <close>  S: <timeout>      the connection goes, the time is over
/// = 1 accepted 250 2.0.0 Ok     how message 1 ended
/// = closed: reason              the client gives the connection up
/// ```
struct Rehearsal {
  private(set) var transcript: [String] = []
  private(set) var outcomes: [DeliveryID: [Outcome]] = [:]
  private var dialogue: Dialogue
  private var messages: ArraySlice<OutgoingMessage>

  init(_ capabilities: Capabilities, _ messages: [OutgoingMessage]) {
    dialogue = Dialogue(capabilities: capabilities) { $0 == "bücher.example" ? "xn--bcher-kva.example" : nil }
    self.messages = messages[...]
    pump()
  }

  /// Plays the server's lines of a golden text.
  static func play(_ capabilities: Capabilities, _ messages: [OutgoingMessage], _ golden: String) -> String {
    var rehearsal = Rehearsal(capabilities, messages)
    for line in golden.split(separator: "\n") where line.hasPrefix("S: ") {
      rehearsal.transcript.append(String(line))
      switch line.dropFirst(3) {
      case "<close>": rehearsal.close("the relay closed the connection")
      case "<timeout>": rehearsal.timeOut()
      default: rehearsal.receive(Array((line.dropFirst(3) + "\r\n").utf8))
      }
    }
    return rehearsal.transcript.joined(separator: "\n")
  }

  mutating func receive(_ bytes: [UInt8]) {
    dialogue.received(bytes)
    pump()
  }

  mutating func close(_ reason: String) {
    dialogue.closed(reason: reason)
    pump()
  }

  mutating func timeOut() {
    dialogue.timedOut(after: 300)
    pump()
  }

  mutating func quit() {
    dialogue.quit()
    pump()
  }

  /// Answers every action and offers what there is to offer.
  private mutating func pump() {
    var isMoving = true
    while isMoving {
      isMoving = false
      while let action = dialogue.nextAction() { take(action) }
      if dialogue.isIdle, let message = messages.popFirst() {
        dialogue.offer(message)
        isMoving = true
      }
    }
  }

  private mutating func take(_ action: Dialogue.Action) {
    switch action {
    case .wantMessage:
      if let message = messages.popFirst() { dialogue.offer(message) } else { dialogue.decline() }
    case .ended(let message, let outcome, _):
      outcomes[message.id, default: []].append(outcome)
      transcript.append("= \(message.id) \(outcome.words)")
    case .write: write()
    case .close(let reason): transcript.append("= closed: \(reason)")
    }
  }

  private mutating func write() {
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 7, alignment: 1)
    defer { buffer.deallocate() }
    while case let count = dialogue.takeOutput(into: buffer), count > 0 {
      bytes += buffer[..<count]
      dialogue.wrote(count)
    }
    guard !bytes.isEmpty else { return }
    let text = String(decoding: bytes, as: UTF8.self)
    transcript.append("C: --")
    transcript += text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { "C: \($0)" }
  }
}

extension Outcome {
  /// One line for a golden text.
  var words: String {
    switch self {
    case .accepted(let reply): "accepted \(reply)"
    case .refused(let reply, let stage): "refused at \(stage.rawValue) \(reply)"
    case .notOffered(let capability): "not offered: \(capability)"
    case .lost(let reason): "lost: \(reason)"
    case .uncertain(let reason): "uncertain: \(reason)"
    case .unsent(let reason): "unsent: \(reason)"
    }
  }

  /// The case's name alone.
  var kind: String { String(words.prefix { $0.isLetter }) }
}

extension Capabilities {
  /// What a usual relay offers.
  static let usual = Capabilities(["PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8"])
  static let bare = Capabilities([])

  init(_ lines: [String]) { self.init(ehlo: Reply(code: 250, lines: ["relay.example"] + lines)) }
}

/// A small message to `<name>@example.org` from a VERP address.
func message(_ id: Int64, to name: String = "reader", body: String = "Hello\r\n") -> OutgoingMessage {
  message(id, to: address("\(name)\(id)@example.org"), body: body)
}

/// An answer that nobody may answer: its reverse-path is null.
func answer(_ id: Int64) -> OutgoingMessage {
  let envelope = Envelope(reversePath: nil, recipient: address("reader\(id)@example.org"))
  return OutgoingMessage(id: DeliveryID(id), envelope: envelope, data: Array("Subject: \(id)\r\n\r\nHello\r\n".utf8))
}

func message(_ id: Int64, to recipient: Address, from sender: Address? = nil, body: String) -> OutgoingMessage {
  let sender = sender ?? address("bounce+\(id)@forum.example")
  let envelope = Envelope(reversePath: sender, recipient: recipient)
  return OutgoingMessage(id: DeliveryID(id), envelope: envelope, data: Array("Subject: \(id)\r\n\r\n\(body)".utf8))
}
