import Identifiers
import Mail

/// Tells a relay that knows nobody any more, or has no room, from people whose addresses are dead (S3).
///
/// Where its list of users cannot be read a relay may answer `550 5.1.1` to each recipient, and where its disk is full
/// `552`, as if it spoke of them. One such answer is believed, and so are many: dead addresses come in bunches. What
/// tells them from a broken relay is the people: it refuses those whose last mail it took. ``RefusalStreak/length`` of
/// these in a row to ``RefusalStreak/spread`` domains, with nothing taken between, are the relay's; so are ``many`` of
/// fewer domains where it took nothing in the whole run. A domain that has died is told by the others, and who was
/// spared is believed dead once the relay has taken mail and refuses them by themselves.
public struct RefusedPeople: Hashable, Sendable, Codable {
  /// A refusal that names its recipient, or its message's size.
  struct Refused: Hashable, Sendable, Codable {
    let delivery: DeliveryID
    let person: PersonID
    /// In its canonical form.
    let domain: String
  }

  /// Refusals that are the relay's where they are for one domain or two.
  public static let many = 20
  /// So many are remembered, the newest.
  private static let kept = 500

  /// Since the relay last took a mail, each delivery once, oldest first.
  private var refused: [Refused] = []
  /// How the last one was.
  public private(set) var refusal = ""
  /// The contents of those refused after it; two at most. The refusals before the content are of any.
  private var contents: [MessageContent] = []
  private var isBeforeContent = false
  /// So many were refused when it was last asked who of them had taken mail.
  private var asked = 0
  /// The refusals are the relay's.
  public private(set) var isComplete = false
  /// Refused by the relay's fault before it took a mail again: refused anew, they are no evidence.
  private var spared: [DeliveryID] = []

  /// Nothing was refused.
  init() {}

  /// Deliveries that were refused since the relay last took a mail.
  public var deliveries: [DeliveryID] { refused.map(\.delivery) }
  /// Their recipients' domains.
  public var domains: Set<String> { Set(refused.map(\.domain)) }

  /// Of whom it has to be known whether their last mail was taken; empty as long as that decides nothing. Asked at the
  /// fifth refusal, and when they have doubled: dead addresses in a bunch cost a few questions.
  public var question: [PersonID] {
    let fresh = fresh
    guard !isComplete, fresh.count >= max(RefusalStreak.length, 2 * asked), isBeforeContent || contents.count > 1,
      fresh.count >= Self.many || Set(fresh.map(\.domain)).count >= RefusalStreak.spread
    else { return [] }
    return fresh.map(\.person)
  }

  /// What is known when the relay has taken a mail; nil for nothing.
  var afterAccepted: RefusedPeople? {
    var next = RefusedPeople()
    next.spared = isComplete ? (spared + deliveries).suffix(2 * Self.kept) : spared
    return next.spared.isEmpty ? nil : next
  }

  /// - Parameter content: nil where it was refused before its content.
  mutating func count(_ one: Refused, _ gist: String, _ content: MessageContent?) -> [DeliveryID] {
    refusal = gist
    if let content {
      if contents.count < 2, !contents.contains(content) { contents.append(content) }
    } else {
      isBeforeContent = true
    }
    if !refused.contains(where: { $0.delivery == one.delivery }) { refused = refused.suffix(Self.kept - 1) + [one] }
    return isComplete ? [one.delivery] : []
  }

  mutating func answer(lastTaken: Set<PersonID>, tookNone: Bool) -> [DeliveryID] {
    asked = fresh.count
    let known = fresh.filter { lastTaken.contains($0.person) }
    let isSpread = Set(known.map(\.domain)).count >= RefusalStreak.spread
    isComplete = known.count >= (isSpread ? RefusalStreak.length : Self.many) && (isSpread || tookNone)
    return isComplete ? deliveries : []
  }

  private var fresh: [Refused] {
    let spared = Set(spared)
    return refused.filter { !spared.contains($0.delivery) }
  }

  /// A refusal that would fail a message sooner or later and speaks of mailbox, address or size: 5.1.x, 5.2.x, 5.3.4,
  /// or the codes 551, 552 and 556. Those of the sender are none.
  static func takes(_ reply: Reply, _ stage: SMTPStage) -> Bool {
    guard reply.code / 100 == 5, let scope = classify(.refused(reply, at: stage))?.scope else { return false }
    guard scope == .recipient || scope == .message else { return false }
    guard let code = reply.enhanced, code.subject > 0 else { return [551, 552, 556].contains(reply.code) }
    return [1, 2].contains(code.subject) || (code.subject, code.detail) == (3, 4)
      || code.subject == 5 && reply.code == 552
  }
}
