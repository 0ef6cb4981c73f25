import Identifiers
import Inbound
import Mail
import Tokens

/// What a message says of ours that it is about: the tokens in the addresses that it went to, and in the identifiers of
/// what it answers. Only what was signed by us is in here.
struct FoundTokens: Sendable {
  /// What our addresses are for to which it went, in the order of its header.
  var roles: [OurAddresses.Role] = []
  /// The delivery that its reverse-path named.
  var failed: DeliveryID?
  /// The person and post of a stop address.
  var stop: (person: PersonID, post: JournalPosition)?
  /// The parked message that it confirms.
  var confirmed: (person: PersonID, message: ReceivedID)?
  /// What it answers by the address that it went to.
  var addressed: Answered?
  /// Other posts of the same person, to whose addresses it went too.
  var others: [JournalPosition] = []
  /// What it answers by its header, `In-Reply-To` or `References`.
  var referred: Answered?
  /// The answer of our own that it answers by its header, and to whom that went.
  var noticed: (person: PersonID, delivery: DeliveryID)?
  /// Whose mails its header names, the nearest first.
  var referredPeople: [PersonID] = []
  /// The discussions' addresses that it went to, or that its header names, by their local parts.
  var names: Set<String> = []
  /// An address of ours had a token that is not ours.
  var hasForgery = false

  /// What it answers: the address decides.
  var answered: Answered? { addressed ?? referred }

  /// Whose mail it answers, or whose address of ours it went to.
  var owner: PersonID? { stop?.person ?? confirmed?.person ?? answered?.person ?? noticed?.person }

  /// What a person answers.
  enum Answered: Hashable, Sendable {
    /// A copy of a post.
    case post(PersonID, JournalPosition)
    /// A part of a digest as a whole.
    case digestPart(PersonID, DeliveryID)

    /// Whose mail it was.
    var person: PersonID {
      switch self {
      case .post(let person, _), .digestPart(let person, _): person
      }
    }
  }

  /// - Parameter recipient: the envelope's, if it is known; it comes before the header's.
  init(_ message: InboundMessage, recipient: String?, _ ours: OurAddresses, _ keys: KeyRing) {
    // The envelope's recipient decides; what the header says anybody can have written.
    let envelope = recipient.flatMap { try? Address($0) }.flatMap { ours.role(of: $0) == nil ? nil : $0 }
    for address in [envelope].compactMap(\.self) + message.recipients {
      if case .name(let name)? = ours.role(of: address)?.role { names.insert(name) }
    }
    for address in envelope.map({ [$0] }) ?? message.recipients {
      guard let (role, token) = ours.role(of: address) else { continue }
      if !roles.contains(role) { roles.append(role) }
      guard let token else { continue }
      guard let subject = keys.verify(token) else {
        hasForgery = true
        continue
      }
      take(subject, role)
    }
    for address in message.recipients {
      guard let token = ours.role(of: address)?.token, case .reply(let person, let post)? = keys.verify(token),
        case .post(person, let first)? = addressed, post != first, !others.contains(post)
      else { continue }
      others.append(post)
    }
    for identifier in message.answered {
      guard let subject = Self.subject(identifier, ours, keys) else { continue }
      if referredPeople.isEmpty, case .notice(let person, let delivery) = subject { noticed = (person, delivery) }
      switch subject {
      case .reply(let person, let post): referred = referred ?? .post(person, post)
      case .digestPart(let person, let delivery): referred = referred ?? .digestPart(person, delivery)
      default: break
      }
      if let person = subject.person, !referredPeople.contains(person) { referredPeople.append(person) }
    }
  }

  /// A token stands for what it was made for, wherever somebody puts it.
  private mutating func take(_ subject: TokenSubject, _ role: OurAddresses.Role) {
    switch (role, subject) {
    case (.reply, .reply(let person, let post)): addressed = addressed ?? .post(person, post)
    case (.reply, .digestPart(let person, let delivery)): addressed = addressed ?? .digestPart(person, delivery)
    case (.bounce, .bounce(let delivery)): failed = failed ?? delivery
    case (.stop, .stop(let person, let post, _)): stop = stop ?? (person, post)
    case (.confirm, .confirm(let person, let message)):
      confirmed = confirmed ?? (person, ReceivedID(message))
    default: hasForgery = true
    }
  }

  /// The subject of an identifier that we made: `TOKEN.GENERATION@domain`.
  static func subject(_ identifier: String, _ ours: OurAddresses, _ keys: KeyRing) -> TokenSubject? {
    let parts = identifier.lowercased().split(separator: "@", maxSplits: 1)
    guard parts.count == 2, parts[1] == ours.domain else { return nil }
    let token = parts[0].split(separator: ".", maxSplits: 1).first ?? parts[0]
    return keys.verify(String(token))
  }
}
