import Identifiers
import Mail
import Time

/// Whose fault refusals for good are (S3): the relay's, a recipient domain's, a post's, or those of whom they speak.
///
/// A relay may say of each recipient, or each message, what is wrong with itself: `554 5.7.1 Relay access denied`, or
/// `550 5.1.1` where its list of users cannot be read. One answer is believed, and so are many, for dead addresses come
/// in bunches. Looked at are the refusals of the last hour, of a domain that took nothing since those of a day, and those
/// in a row whatever their age: a 5xx that fails a
/// message sooner or later. Which of them say anything of others than their recipient (*evidence*): those of people
/// whose last mail was taken, and those that do not name an address, a mailbox or a size. The first rule that fits:
///
/// | what was seen | whose fault |
/// |---|---|
/// | in a row, nothing taken between: 5 tries in words that are never about a recipient; not of one domain alone while
///   others took mail within the hour | the relay's |
/// | one post, at the dot, of 3 people of 2 domains, or of one that took another; others were taken | the post's |
/// | in a row, nothing taken between: 5 tries of 3 people of 3 domains, or 10 of 2; not of one post alone | the relay's |
/// | one post, at the dot, of 3 people of 2 domains; nothing else was tried | the post's, until another is refused |
/// | one post, at the dot, by policy, of 3 people of a domain that took mail lately and refused no other | the post's, at
///   that domain |
/// | 5 people of a domain whose last mails were taken, or all whom it has, of which it took none since | the domain's |
/// | the same in words that are never about a recipient, whoever had mail | the domain's |
/// | more than a third of what was tried within the hour, 5 of 2 domains, without those that took nothing | the relay's
///   in part: what it refused waits, what it takes goes |
/// | the same of one domain | the same |
/// | anything else | the recipient's, or the message's |
public struct RefusalWindow: Hashable, Sendable, Codable {
  /// Refusals in a row that are the relay's, and those of one domain's people that are the domain's.
  public static let length = 5
  /// Domains that they must be for; of one less twice as many are wanted.
  public static let spread = 3
  /// Seconds for which refusals and mails taken are compared.
  public static let memory: Int64 = 3600
  /// Seconds for which refusals in a row are remembered.
  private static let rowMemory: Int64 = 30 * 86_400
  /// So many of each kind are remembered, the newest.
  private static let kept = 500

  /// A message that was tried.
  public struct Tried: Hashable, Sendable {
    let delivery: DeliveryID
    let person: PersonID
    /// In its canonical form.
    let domain: String
    let content: MessageContent
    let isKnown: Bool
    let peers: Int

    /// - Parameters:
    ///   - isKnown: see `RecipientRecord`.
    ///   - peers: the same.
    public init(
      _ delivery: DeliveryID, for person: PersonID, at domain: String, _ content: MessageContent, isKnown: Bool,
      peers: Int = RecipientRecord.peersCounted
    ) {
      self.delivery = delivery
      self.person = person
      self.domain = domain
      self.content = content
      self.isKnown = isKnown
      self.peers = peers
    }
  }

  /// A message that was refused for good.
  private struct Refused: Hashable, Sendable, Codable {
    let delivery: DeliveryID
    let person: PersonID
    let domain: String
    /// nil: it was refused before its content.
    let content: MessageContent?
    let isKnown: Bool
    let isEvidence: Bool
    /// In words that are never about a recipient.
    let isDenial: Bool
    /// By policy: `DomainPolicy` holds its domain.
    let isPolicy: Bool
    let at: Timestamp
    /// How often it was refused.
    var tries: Int
    /// Nothing was taken since.
    var isInRow = true
    /// It was told as another's fault.
    var isExcused = false
  }

  /// A message that was taken.
  private struct Taken: Hashable, Sendable, Codable {
    let domain: String
    let content: MessageContent
    let at: Timestamp
  }

  /// Whose fault a refusal is; the deliveries are those that it was told of for the first time.
  public enum Fault: Hashable, Sendable {
    /// It stands for itself, or says nothing.
    case itsOwn
    /// The relay takes nothing: it is to be left alone. All that it refused in the row, or one more.
    case relay([DeliveryID])
    /// The relay, or the domain, refuses much of what it is given.
    case inPart(domain: String?, [DeliveryID])
    /// The domain takes nothing for people whom it knew.
    case domain(String, [DeliveryID])
    /// One domain has something against one post.
    case copies(of: JournalPosition, [DeliveryID])
    /// - isSure: others were taken.
    case post(JournalPosition, [DeliveryID], isSure: Bool)
  }

  /// Each delivery once, by its last refusal, oldest first.
  private var refused: [Refused] = []
  /// Since the first of them.
  private var taken: [Taken] = []
  /// Nothing was refused.
  public init() {}

  /// Seconds for which a domain's refusals are remembered that took nothing since.
  private static let domainMemory: Int64 = 86_400

  private var row: [Refused] { refused.filter(\.isInRow) }
  /// Deliveries that were refused in a row.
  public var deliveries: [DeliveryID] { row.map(\.delivery) }
  /// Their recipients' domains.
  public var domains: Set<String> { Set(row.map(\.domain)) }
  /// Some of them are of people whose last mail was taken.
  public var isOfKnown: Bool { row.contains(where: \.isKnown) }
  /// When the row began.
  public var since: Timestamp? { row.map(\.at).min() }

  /// Others than this person were refused within the hour.
  public func hasOthers(than person: PersonID, at now: Timestamp) -> Bool {
    refused.contains { $0.person != person && now - $0.at <= Self.memory }
  }

  /// People of a domain whose mail it refused.
  public func people(at domain: String) -> Int { Set(refused.filter { $0.domain == domain }.map(\.person)).count }

  /// When a post was refused first after its content.
  public func since(ofPost post: JournalPosition) -> Timestamp? {
    refused.filter { $0.content == .post(post) }.map(\.at).min()
  }

  /// Takes in how one message ended.
  /// - Parameter pauses: of a domain or a post that was left alone before, and was not taken since, one is enough.
  public mutating func count(_ outcome: Outcome, of tried: Tried, _ pauses: Pauses = Pauses(), at now: Timestamp)
    -> Fault
  {
    forget(at: now)
    if case .accepted = outcome {
      take(tried, at: now)
      return .itsOwn
    }
    guard let one = note(outcome, of: tried, at: now) else { return .itsOwn }
    let row = row
    if isDenied(row) { return .relay(excuse(row, one)) }
    if let post = postsFault(one, pauses, isSure: true) { return post }
    if isTurnedAway(row) { return .relay(excuse(row, one)) }
    if let post = postsFault(one, pauses, isSure: false) ?? filtered(one, peers: tried.peers) { return post }
    return domainsFault(one, pauses, peers: tried.peers) ?? inPart(one, at: now) ?? .itsOwn
  }

  // MARK: What is remembered

  private mutating func forget(at now: Timestamp) {
    // The usual case: then nothing that was taken is remembered either.
    if refused.isEmpty { return }
    let lastTaken = Dictionary(taken.map { ($0.domain, $0.at) }, uniquingKeysWith: max)
    // Nothing of it lies ahead but by a clock that was wrong (rule E2).
    refused.removeAll {
      let hasTakenSince = (lastTaken[$0.domain] ?? Timestamp(.min)) >= $0.at
      let memory = hasTakenSince ? Self.memory : Self.domainMemory
      return $0.at > now + 60 || now - $0.at > ($0.isInRow ? Self.rowMemory : memory)
    }
    taken.removeAll { $0.at > now + 60 || now - $0.at > Self.memory }
    if refused.isEmpty { taken = [] }
  }

  private mutating func take(_ tried: Tried, at now: Timestamp) {
    let row = row
    // It was told as the relay's, which works again.
    if isDenied(row) || isTurnedAway(row) { self = RefusalWindow() }
    for index in refused.indices { refused[index].isInRow = false }
    refused.removeAll {
      $0.delivery == tried.delivery || now - $0.at > ($0.domain == tried.domain ? Self.memory : Self.domainMemory)
    }
    if refused.isEmpty {
      self = RefusalWindow()
      return
    }
    taken = taken.suffix(Self.kept - 1) + [Taken(domain: tried.domain, content: tried.content, at: now)]
  }

  private mutating func note(_ outcome: Outcome, of tried: Tried, at now: Timestamp) -> Refused? {
    guard case .refused(let reply, let stage) = outcome, reply.code / 100 == 5, outcome.gist != nil,
      let scope = classify(outcome)?.scope, [.recipient, .domain, .message].contains(scope)
    else { return nil }
    let before = refused.first { $0.delivery == tried.delivery }
    let one = Refused(
      delivery: tried.delivery, person: tried.person, domain: tried.domain,
      content: stage == .mail || stage == .rcpt ? nil : tried.content, isKnown: tried.isKnown,
      isEvidence: tried.isKnown || !outcome.namesRecipient, isDenial: outcome.isDenial,
      isPolicy: scope == .domain, at: now, tries: (before?.tries ?? 0) + 1, isExcused: before?.isExcused ?? false)
    refused.removeAll { $0.delivery == tried.delivery }
    refused = refused.suffix(Self.kept - 1) + [one]
    return one
  }

  private mutating func excuse(_ all: [Refused], _ one: Refused) -> [DeliveryID] {
    let fresh = all.filter { !$0.isExcused || $0.delivery == one.delivery }.map(\.delivery)
    let these = Set(fresh)
    for index in refused.indices where these.contains(refused[index].delivery) { refused[index].isExcused = true }
    return fresh
  }

  // MARK: The rules

  private func isDenied(_ row: [Refused]) -> Bool {
    let denials = row.filter(\.isDenial)
    guard denials.reduce(0, { $0 + $1.tries }) >= Self.length, Set(denials.map(\.person)).count > 1 else {
      return false
    }
    // One domain says it, and others took mail meanwhile: it is the domain's word.
    let domains = Set(denials.map(\.domain))
    return domains.count > 1 || !taken.contains { !domains.contains($0.domain) }
  }

  private func isTurnedAway(_ row: [Refused]) -> Bool {
    let evidence = row.filter(\.isEvidence)
    let tries = evidence.reduce(0) { $0 + $1.tries }
    let domains = Set(evidence.map(\.domain)).count
    return Set(evidence.map(\.person)).count >= 3 && isOfMany(contents: evidence)
      && (domains >= Self.spread && tries >= Self.length
        || domains == Self.spread - 1 && tries >= 2 * Self.length)
  }

  /// They cannot be about one post.
  private func isOfMany(contents: [Refused]) -> Bool {
    contents.contains { $0.content == nil } || Set(contents.map(\.content)).count > 1
  }

  private mutating func postsFault(_ one: Refused, _ pauses: Pauses, isSure: Bool) -> Fault? {
    guard case .post(let post)? = one.content, !one.isDenial else { return nil }
    let isSuspect = pauses.isSuspect(.post(post))
    let these = refused.filter { $0.content == one.content }
    guard let first = these.map(\.at).min(), isSuspect || Set(these.map(\.person)).count >= 3 else { return nil }
    let domains = Set(these.map(\.domain))
    let later = taken.filter { $0.at >= first }
    if later.contains(where: { $0.content == one.content }) { return nil }
    let fits =
      if isSure {
        later.contains { domains.count > 1 || domains.contains($0.domain) }
      } else {
        (domains.count > 1 || isSuspect)
          && !refused.contains { $0.isInRow && $0.content != nil && $0.content != one.content }
      }
    return fits ? .post(post, excuse(these, one), isSure: isSure) : nil
  }

  /// Its domain alone has something against the post, and against no other.
  /// - Parameter peers: people of the domain who had mail lately.
  private mutating func filtered(_ one: Refused, peers: Int) -> Fault? {
    guard case .post(let post)? = one.content, one.isPolicy, !one.isDenial, peers > 0 else { return nil }
    let others = refused.filter { $0.domain == one.domain && $0.content != one.content }
    let these = refused.filter { $0.domain == one.domain && $0.content == one.content }
    guard others.isEmpty, let first = these.map(\.at).min(), Set(these.map(\.person)).count >= 3,
      !taken.contains(where: { $0.domain == one.domain && $0.content == one.content && $0.at >= first })
    else { return nil }
    return .copies(of: post, excuse(these, one))
  }

  /// - Parameter peers: people of the domain who had mail lately.
  private mutating func domainsFault(_ one: Refused, _ pauses: Pauses, peers: Int) -> Fault? {
    let isSuspect = pauses.isSuspect(.domain(one.domain))
    func speaks(_ one: Refused) -> Bool { one.isDenial || one.isKnown && !one.isPolicy }
    let these = refused.filter { $0.domain == one.domain && speaks($0) }
    let all = peers > 0 ? min(Self.length, peers) : Self.length
    guard speaks(one), isSuspect || Set(these.map(\.person)).count >= all, let first = these.map(\.at).min(),
      !taken.contains(where: { $0.domain == one.domain && $0.at >= first })
    else { return nil }
    return .domain(one.domain, excuse(these, one))
  }

  private mutating func inPart(_ one: Refused, at now: Timestamp) -> Fault? {
    let recent = refused.filter { now - $0.at <= Self.memory }
    let took = Dictionary(taken.map { ($0.domain, 1) }, uniquingKeysWith: +)
    let people = Dictionary(grouping: recent, by: \.domain).mapValues { Set($0.map(\.person)).count }
    // A domain that takes nothing for several people is another matter.
    let mixed = recent.filter { took[$0.domain] != nil || people[$0.domain, default: 0] < 3 }
    func isMuch(_ these: [Refused], of taken: Int) -> Bool {
      let evidence = these.count(where: \.isEvidence)
      return evidence >= Self.length && 3 * these.count > these.count + taken && taken > 0
    }
    if Set(mixed.filter(\.isEvidence).map(\.domain)).count > 1, isMuch(mixed, of: taken.count) {
      return .inPart(domain: nil, excuse(mixed, one))
    }
    let of = recent.filter { $0.domain == one.domain }
    guard isMuch(of, of: took[one.domain] ?? 0) else { return nil }
    return .inPart(domain: one.domain, excuse(of, one))
  }
}

extension Outcome {
  /// A refusal that speaks of mailbox, address or size: 5.1.x, 5.2.x, 5.3.4, or the codes 551, 552 and 556.
  var namesRecipient: Bool {
    guard case .refused(let reply, _) = self else { return false }
    guard let code = reply.stated, code.subject > 0 else { return [551, 552, 556].contains(reply.code) }
    return [1, 2].contains(code.subject) || (code.subject, code.detail) == (3, 4)
      || code.subject == 5 && reply.code == 552
  }
}
