/// Something that goes wrong on purpose: what, at which point of the dialogue, and when.
///
/// Written as text it is one `--fault` of `watchpost capture`; ``help`` is its grammar.
public struct Fault: Hashable, Sendable {
  /// What goes wrong.
  public enum Kind: Hashable, Sendable {
    /// `550 5.1.1`; as a greeting, `554 5.3.2`.
    case refuse
    /// `550 5.7.1`; as a greeting, `554 5.7.1`.
    case policy
    /// `451 4.3.0`; as a greeting, `421 4.3.2`, and the connection is closed.
    case `defer`
    /// `450 4.7.1` to each pair of sender's domain and recipient, until this many seconds after the pair was first
    /// seen; 0 lets the second attempt through.
    case greylist(seconds: Int)
    /// The connection is closed without an answer.
    case drop
    /// Nothing is answered any more; the connection stays open.
    case stall
    /// The answer is the right one, this many milliseconds late.
    case tarpit(milliseconds: Int)
    /// The answer is the right one; what the client has sent behind the command is lost, as with a relay that offers
    /// PIPELINING and does not keep to it.
    case forget
    /// The answer is no SMTP reply.
    case garbage
    /// `421 4.3.2`, and the connection is closed.
    case shutdown
    /// The answer is this text, whatever it says: `452 4.2.2 Mailbox full`.
    case answer(String)
  }

  /// The point of the dialogue.
  public enum Stage: String, CaseIterable, Sendable {
    /// Before the greeting.
    case connect
    /// At EHLO or HELO.
    case ehlo
    /// At MAIL.
    case mail
    /// At RCPT.
    case rcpt
    /// At DATA, instead of 354.
    case data
    /// At the first octets of the content.
    case body
    /// At the end of the content; the message is not kept.
    case dot
    /// After the message has been kept, instead of 250: the client cannot know (RFC 1047).
    case accepted
  }

  /// What goes wrong.
  public let kind: Kind
  /// The one point of the dialogue at which it goes wrong.
  public let stage: Stage
  /// The share of the chosen events that it strikes, 0...1; drawn from the server's seed, so that runs repeat.
  public let rate: Double
  /// Strikes only recipients that match this pattern (`*` any text, `?` one character, case does not matter); after
  /// RCPT, messages with at least one such recipient. Nil for all.
  public let recipient: String?
  /// Strikes each `every`th of the chosen events: 1 for all.
  public let every: Int
  /// Strikes at most so many times; nil for no limit.
  public let times: Int?

  /// Traps if the parts contradict each other: see ``contradiction``.
  ///
  /// - Parameter stage: where it strikes; nil for the kind's own place (``Kind/usualStage``).
  public init(
    _ kind: Kind, at stage: Stage? = nil, rate: Double = 1, to recipient: String? = nil, every: Int = 1,
    times: Int? = nil
  ) {
    self.init(
      unchecked: kind, stage: stage ?? kind.usualStage, rate: rate, recipient: recipient, every: every, times: times)
    if let contradiction { preconditionFailure("the fault '\(self)' cannot be: \(contradiction)") }
  }

  init(unchecked kind: Kind, stage: Stage, rate: Double, recipient: String?, every: Int, times: Int?) {
    self.kind = kind
    self.stage = stage
    self.rate = rate
    self.recipient = recipient
    self.every = every
    self.times = times
  }

  /// Why the parts do not fit together, as a sentence; nil if they do.
  var contradiction: String? {
    if !(0...1).contains(rate) { return "the rate must lie between 0 and 1" }
    if every < 1 { return "'every' must be 1 or more" }
    if let times, times < 1 { return "'times' must be 1 or more" }
    if recipient != nil, [.connect, .ehlo, .mail].contains(stage) {
      return "no recipient is known yet at '\(stage.rawValue)'; use a stage from 'rcpt' on"
    }
    switch kind {
    case .greylist(let seconds):
      if stage != .rcpt { return "greylisting happens at 'rcpt' only" }
      if seconds < 0 { return "'wait' must be 0 or more seconds" }
    case .tarpit(let milliseconds):
      if !(0...3_600_000).contains(milliseconds) { return "'ms' must lie between 0 and 3600000" }
    case .forget where ![.mail, .rcpt, .accepted].contains(stage):
      return "what comes behind is lost at 'mail', 'rcpt' and 'accepted' only"
    case .answer(let text) where !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }):
      return "the answer has a control character or a quotation mark"
    case .refuse, .policy, .defer, .answer:
      if stage == .body { return "nothing can be answered in mid-content; use 'data' or 'dot'" }
    case .drop, .stall, .forget, .garbage, .shutdown: break
    }
    return nil
  }
}

extension Fault.Kind {
  /// Where it strikes unless something else is said: refusals at RCPT, where most of them happen; what ends the
  /// dialogue, at the end of the content; what forgets, at a flight's first command.
  public var usualStage: Fault.Stage {
    switch self {
    case .refuse, .policy, .defer, .greylist, .tarpit, .answer: .rcpt
    case .forget: .mail
    case .drop, .stall, .garbage, .shutdown: .dot
    }
  }

  /// The first word of its text.
  var word: String {
    switch self {
    case .refuse: "refuse"
    case .policy: "policy"
    case .defer: "defer"
    case .greylist: "greylist"
    case .drop: "drop"
    case .stall: "stall"
    case .tarpit: "tarpit"
    case .forget: "forget"
    case .garbage: "garbage"
    case .shutdown: "shutdown"
    case .answer: "answer"
    }
  }
}
