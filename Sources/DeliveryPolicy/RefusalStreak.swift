import Identifiers
import Mail

/// Tells a relay that turns away whatever we send from people who cannot be reached (S3).
///
/// A relay that does not let us in may say so of each recipient (`554 5.7.1 Relay access denied`) or of each message
/// (`550 5.7.60 not allowed to send as`), for good, as if it spoke of them. Counted are refusals in a row that are
/// equal in stage and codes, whatever their words and the run, with nothing accepted in between. ``length`` of them to
/// ``spread`` domains are the relay's: a handful of dead addresses have one domain, are refused as 5.1.x, or have mail
/// accepted between them. Of refusals after the content several must be of different contents: one post may be refused
/// to everybody. Refusals that name the recipient, or the message's size, are another matter: ``RefusedPeople``.
public struct RefusalStreak: Hashable, Sendable, Codable {
  /// Deliveries that make a streak.
  public static let length = 5
  /// Recipient domains that they must be for.
  public static let spread = 3
  /// Deliveries that are remembered, the newest.
  private static let kept = 500

  /// What was refused last, and how: `rcpt: 554 5.7.1 relay access denied`.
  public private(set) var refusal: String?
  /// What was refused so, without repetition, oldest first; at most 500, for a relay may refuse all night.
  public private(set) var deliveries: [DeliveryID] = []
  /// Their recipients' domains, in canonical form.
  public private(set) var domains: Set<String> = []
  /// Two at most: only whether there is more than one matters.
  private var contents: Set<MessageContent> = []
  /// The last refusal came at RCPT: no content can be the reason.
  private var isBeforeContent = false
  /// Those that name the recipient; nil: none since nothing is doubted, and in the note of an older program.
  public private(set) var people: RefusedPeople?

  /// Nothing was refused.
  public init() {}

  /// The refusals are the relay's.
  public var isComplete: Bool {
    deliveries.count >= Self.length && domains.count >= Self.spread && (isBeforeContent || contents.count > 1)
  }

  /// Counts one outcome; ignores those that say nothing of the relay.
  /// - Parameters:
  ///   - person: who was to get it; nil where that is not known: then the refusal is no evidence about people.
  ///   - content: what the message carries.
  /// - Returns: the deliveries that were refused by the relay's fault: all of the streak when it becomes complete, then
  ///   one at a time.
  public mutating func count(
    _ outcome: Outcome, of delivery: DeliveryID, for person: PersonID? = nil, content: MessageContent,
    to recipient: Address
  ) -> [DeliveryID] {
    if case .accepted = outcome {
      let people = people?.afterAccepted
      self = RefusalStreak()
      self.people = people
    }
    guard case .refused(let reply, let stage) = outcome, let gist = outcome.gist else { return [] }
    if let person, RefusedPeople.takes(reply, stage) {
      var people = people ?? RefusedPeople()
      defer { self.people = people }
      return people.count(
        RefusedPeople.Refused(delivery: delivery, person: person, domain: recipient.canonicalDomain), gist,
        stage == .mail || stage == .rcpt ? nil : content)
    }
    guard Self.mayBeOfRelay(reply, stage) else { return [] }
    if refusal.map({ Self.signature(of: $0) }) != Self.signature(of: gist) {
      let people = people
      self = RefusalStreak()
      self.people = people
    }
    refusal = gist
    let wasComplete = isComplete
    isBeforeContent = stage == .rcpt
    domains.insert(recipient.canonicalDomain)
    if contents.count < 2 { contents.insert(content) }
    if !deliveries.contains(delivery) { deliveries = deliveries.suffix(Self.kept - 1) + [delivery] }
    return isComplete ? wasComplete ? [delivery] : deliveries : []
  }

  /// What makes two refusals equal: stage, reply code and enhanced code of a gist. Words may hold an id, or differ.
  public static func signature(of gist: String) -> String {
    let parts = gist.split(separator: " ").prefix(3)
    return parts.filter { $0.last == ":" || !$0.contains(where: \.isLetter) }.joined(separator: " ")
  }

  /// Learns to whom of those in ``RefusedPeople/question`` the last mail was taken.
  /// - Parameter tookNone: the relay has taken no mail in this run.
  /// - Returns: the deliveries that were refused by the relay's fault.
  public mutating func answer(lastTaken: Set<PersonID>, tookNone: Bool) -> [DeliveryID] {
    people?.answer(lastTaken: lastTaken, tookNone: tookNone) ?? []
  }

  /// A refusal that would fail a message, or one person's copy, for good; but for those that name mailbox, address,
  /// size or form (RFC 3463 sections 3.2, 3.3, 3.4, 3.7).
  static func mayBeOfRelay(_ reply: Reply, _ stage: SMTPStage) -> Bool {
    guard reply.code / 100 == 5, classify(.refused(reply, at: stage))?.scope != .relay else { return false }
    guard let code = reply.enhanced, code.subject > 0 else { return ![551, 552, 556].contains(reply.code) }
    return ![1, 2, 6].contains(code.subject) && (code.subject, code.detail) != (3, 4)
  }
}

/// What a message carries, as far as two refusals may be about it: a post is the same for all its readers, a digest's
/// part or a notice is not.
///
/// Written down as one number, what is one person's own as a negative one.
public enum MessageContent: Hashable, Sendable, Codable {
  /// A copy of a post, by the post's place in the journal.
  case post(JournalPosition)
  /// A part of a digest or a notice, by its own delivery: nobody else gets the same.
  case own(DeliveryID)

  /// Reads the number that ``encode(to:)`` wrote; ids begin at 1, so that the sign tells the two apart.
  public init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Int64.self)
    self = number < 0 ? .own(DeliveryID(-number)) : .post(JournalPosition(number))
  }

  /// Writes one number: what a program before this enum wrote into the ledger stays readable, and the reverse.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .post(let position): try container.encode(position.rawValue)
    case .own(let delivery): try container.encode(-delivery.rawValue)
    }
  }
}
