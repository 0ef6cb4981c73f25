import Composition
import DeliveryPolicy
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership
import Text
import Time
import Tokens

/// Reads what came in, one message after another, and writes down what follows from each: one commit a message (rules B1
/// to B4, I2 to I9). What changes in the forum (a watch, a mode) is changed before: done twice, it is done once.
public struct HandleStage {
  /// What the configuration says.
  public struct Settings: Sendable {
    /// Where mail comes in.
    public var addresses: OurAddresses
    /// The server whose `Authentication-Results` are believed; nil: nobody's.
    public var authserv: String?
    /// Octets of a reply's own text at the most.
    public var textLimit: Int
    /// Whether the forum takes replies at all (rule I5).
    public var takesReplies: Bool
    /// Which files of replies are kept; nil: none.
    public var attachments: AttachmentRules?

    /// What our mails say around every post; asked for once in a run that has a reply.
    public var wordsAround: @Sendable () throws -> [String]
    /// The local part of a discussion's constant address (rule M3).
    public var localPart: @Sendable (Discussion) throws -> String?

    /// - Parameter textLimit: of what is posted.
    public init(
      addresses: OurAddresses, authserv: String? = nil, textLimit: Int = 65_536, takesReplies: Bool = true,
      attachments: AttachmentRules? = nil,
      wordsAround: @escaping @Sendable () throws -> [String] = { [] },
      localPart: @escaping @Sendable (Discussion) throws -> String? = { _ in nil }
    ) {
      self.localPart = localPart
      self.wordsAround = wordsAround
      self.addresses = addresses
      self.authserv = authserv
      self.textLimit = textLimit
      self.takesReplies = takesReplies
      self.attachments = attachments
    }
  }

  /// What one run did, by what became of messages.
  public struct Report: Hashable, Sendable {
    /// How many ended how.
    public var outcomes: [Received.Outcome: Int] = [:]
    /// Set aside: three runs died of them.
    public var setAside = 0
    /// Waits still.
    public var waiting = 0
    /// Nothing was done.
    public init() {}
  }

  /// More posts by mail than this within `floodSpan` seconds wait for a moderator (rule I9).
  static let floodLimit = 5
  static let floodSpan: Int64 = 600
  /// And more than this in one thread within an hour, or in a day: two machines that answer each other slowly.
  static let threadLimit = 8
  static let dayLimit = 30
  /// And one more that came within a minute of what it answers, when so many did: two machines, however slow our runs
  /// make them.
  static let quickLimit = 3
  /// And one more whose words are those of so many others of a day, but for numbers and dates.
  static let shapeLimit = 3

  let context: StageContext
  let settings: Settings
  let keys: KeyRing
  let reader: MessageReader
  /// What our mails say around every post.
  let foot: Once<SentText>
  /// How many people were mailed within a day before this run, by domain.
  let mailed: Once<[String: Int]>

  /// Does nothing yet.
  public init(_ context: StageContext, _ settings: Settings, keys: KeyRing, reader: MessageReader = MessageReader()) {
    self.context = context
    self.settings = settings
    self.keys = keys
    self.reader = reader
    foot = Once { SentText([], foot: try settings.wordsAround()) }
    mailed = Once { try context.ledger.mailedPeople(since: context.now() - Returns.span) }
  }

  /// One run: every message that waits now.
  /// - Throws: `ForumError` or `DatabaseError`; what was handled before stays handled, and the message at hand waits
  ///   without having lost a try.
  public func runOnce() throws -> Report {
    var report = Report()
    var last: ReceivedID = 0
    while !context.isStopping(), let message = try context.ledger.beginReceived(after: last, now: context.now()) {
      last = message.id
      guard message.tries <= Ledger.receivedTries else {
        report.setAside += 1
        continue
      }
      let settlement: Ledger.Settlement
      do {
        settlement = try self.settlement(of: message)
      } catch {
        // The forum or the ledger cannot be asked: that is not the message's fault.
        try context.ledger.putOff(message.id, until: context.now())
        throw error
      }
      try context.ledger.settle(message.id, settlement, now: context.now())
      report.outcomes[settlement.outcome, default: 0] += 1
    }
    report.waiting = try context.ledger.receivedCounts().waiting
    return report
  }

  /// What becomes of a message. What only looks comes first, what acts last.
  func settlement(of received: Received) throws -> Ledger.Settlement {
    let message = reader.read(received.raw)
    let found = FoundTokens(message, recipient: received.recipient, settings.addresses, keys)
    if let person = found.owner, try context.ledger.erasedAt(person) != nil {
      return Ledger.Settlement(.badToken, person: person)
    }
    // A copy that somebody's forwarding sent back to us.
    if let id = message.messageID, FoundTokens.subject(id, settings.addresses, keys) != nil {
      return Ledger.Settlement(.own)
    }
    var letter = Letter(
      received: received, message: message, found: found,
      classification: Classification(message, textLimit: settings.textLimit))
    if try !letter.isOfPerson && isTitled(letter) {
      // The words of a thread's title are nobody's who answers in it.
      var untitled = message
      untitled.header.fields.removeAll { $0.name.lowercased() == "subject" }
      letter.classification = Classification(untitled, textLimit: settings.textLimit)
    }
    switch letter.classification.kind {
    case .bounce: return try failure(letter)
    case .complaint: return try complaint(letter)
    case .other: return Ledger.Settlement(.other)
    // Programs stop mail for their users, but not in answer to mail (RFC 3834 section 2).
    case .autoReply where found.stop == nil || letter.isAutoSubmitted: return Ledger.Settlement(.automatic)
    case .autoReply, .command, .reply: break
    }
    // Of several addresses of ours the first decides, unless words are there that want to be posted.
    if found.roles.first == .bounce { return Ledger.Settlement(.other, "to a bounce address, and no report") }
    let isReply = found.answered != nil && !letter.text.isEmpty && found.roles.first != .command
    if let stop = found.stop, !(isReply && found.roles.first == .reply) { return try self.stop(stop, letter) }
    if let confirmed = found.confirmed { return try confirm(confirmed, letter) }
    if found.roles.first == .command || letter.classification.kind == .command && !(isReply && letter.isProse) {
      return try commands(letter)
    }
    if found.addressed == nil, let noticed = found.noticed, let settlement = try self.answer(to: noticed, letter) {
      return settlement
    }
    if let answered = found.answered { return try reply(answered, letter) }
    return try unaddressed(letter)
  }

  /// A message with all that is known of it at once.
  struct Letter {
    let received: Received
    let message: InboundMessage
    let found: FoundTokens
    var classification: Classification

    /// A reply or a command: it may be a person's.
    var isOfPerson: Bool { classification.kind != .autoReply && classification.kind != .other }
    /// A machine says in its header that it is one (RFC 3834 section 5).
    var isAutoSubmitted: Bool {
      let value = (message.header["auto-submitted"] ?? "").lowercased()
      return !value.isEmpty && !value.hasPrefix("no")
    }

    /// What its author wrote; empty where it is none.
    var text: String { classification.reply?.own ?? "" }
    /// Its text does not begin with a command: whatever stands in its subject, it is meant to be read.
    var isProse: Bool {
      let first = text.split(separator: "\n").first { !$0.allSatisfy(\.isWhitespace) }
      return first.map { ListCommand(String($0)) == nil } ?? false
    }
    /// For an answer to it, in angle brackets.
    var messageID: String? { message.messageID.map { "<\($0)>" } }
    /// Its subject, as it stands.
    var subject: String { message.header["subject"] ?? "" }
  }

  /// Whether a letter's subject is nothing but the title of the thread that it answers, behind `Re:` and the post's number.
  private func isTitled(_ letter: Letter) throws -> Bool {
    guard case .post(_, let position)? = letter.found.answered,
      case .post(let copy, _)? = try JournalledPosts(context.members).posts([position], .standing)[position]
    else { return false }
    // Without the isolates that our subjects have.
    let subject = letter.subject.singleLine().lowercased()
    let title = copy.thread.title.singleLine().lowercased()
    guard !title.isEmpty, subject.hasSuffix(title) else { return false }
    return subject.dropLast(title.count).split(whereSeparator: \.isWhitespace).allSatisfy {
      $0.hasPrefix("[#") && $0.hasSuffix("]") || $0.last == ":" && $0.count <= 4 && $0 != "ooo:"
    }
  }

  /// The participant behind a number; nil if the forum has them no more.
  func participant(_ person: PersonID) throws -> Participant? {
    try context.members.participant(person)
  }

  /// Whether the letter says that it is from the person: their address stands in `From`, and where a server is named that
  /// vouches for authors, it does (rule I3).
  func isFrom(_ participant: Participant, _ letter: Letter) -> Bool {
    guard letter.message.authors.count == 1, let author = letter.message.author,
      let own = try? Address(participant.address), author.canonical == own.canonical
    else { return false }
    return settings.authserv == nil || isVouchedFor(letter)
  }

  /// Whether a named server says that the author's domain vouches for the letter.
  func isVouchedFor(_ letter: Letter) -> Bool {
    guard let server = settings.authserv, letter.message.authors.count == 1, let author = letter.message.author,
      let domain = AuthenticationResults(letter.message, by: server)?.dmarcDomain
    else { return false }
    return domain == author.canonicalDomain
  }

  /// A notice to a person, in answer to a letter.
  func notice(
    _ matter: Notice.Matter, to person: PersonID, _ letter: Letter, topic: String, limit: Int = 1,
    bounds: [String: Int] = [:]
  ) -> Ledger.NoticeDraft {
    let notice = Notice(
      matter, inReplyTo: letter.messageID, subject: letter.subject, signingKey: keys.current)
    return Ledger.NoticeDraft(person: person, topic: topic, body: notice.json, limit: limit, bounds: bounds)
  }

  /// A letter that leads to no thread: whoever is a participant is told, everybody else hears nothing (rule I6).
  private func unaddressed(_ letter: Letter) throws -> Ledger.Settlement {
    if letter.received.size == 0 { return Ledger.Settlement(.other, "nothing is in it") }
    guard let author = letter.message.author, let participant = try participants(at: author).first else {
      return Ledger.Settlement(letter.found.hasForgery ? .badToken : .stranger)
    }
    let person = try context.members.person(participant).id
    // Whatever address it went to: whether there is such a discussion, no answer tells.
    let isProved = letter.found.referredPeople.contains(person) || isVouchedFor(letter)
    var settlement = refused(
      .unknownAddressee, participant, person, nil, letter,
      most: isProved ? HandleStage.returnedTexts : HandleStage.unprovedTexts)
    // A slip in an address of theirs is told like any other.
    if letter.found.hasForgery { settlement.outcome = .badToken }
    return settlement
  }

  /// The participants with an address, in the order of their keys; several may share one.
  func participants(at address: Address) throws -> [Participant] {
    let named = try ForumError.foundByTyped { try context.forum.participants(named: address.canonical) }
    return named.filter { (try? Address($0.address))?.canonical == address.canonical }.sorted { $0.key < $1.key }
  }
}
