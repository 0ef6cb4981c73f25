import Identifiers

/// What a token names. It carries the ledger's own integers, never the forum's ids (rule M4).
public enum TokenSubject: Hashable, Sendable {
  /// One person and one post: the reply address and the Message-ID of a copy (rules M3, M4, I2).
  case reply(person: PersonID, post: JournalPosition)
  /// One part of a digest: its Message-ID.
  case digestPart(person: PersonID, delivery: DeliveryID)
  /// One delivery: the reverse-path (rule B1).
  case bounce(delivery: DeliveryID)
  /// One person and the post whose watch is to end: one-click unsubscribe, and the person's page (rules P1, P2). `post`
  /// is 0 for everything; `day` is that of the mail, in days since 1970, nil in mails that were written before they told
  /// it.
  case stop(person: PersonID, post: JournalPosition, day: Int64? = nil)
  /// One answer of our own to one person: its Message-ID.
  case notice(person: PersonID, delivery: DeliveryID)
  /// One person and a message that came in in their name: the address that confirms it (rules I3, I8).
  case confirm(person: PersonID, received: Int64)
  /// One person and a link that they asked for: it signs them in once (rule P4).
  case signIn(person: PersonID, link: SignInID)

  /// To whom the mail went in which it stands; nil where it does not say.
  public var person: PersonID? {
    switch self {
    case .reply(let person, _), .digestPart(let person, _), .stop(let person, _, _), .notice(let person, _),
      .confirm(let person, _), .signIn(let person, _):
      person
    case .bounce: nil
    }
  }

  /// The octet that tells kinds apart under the signature: never given to another kind once mails carry it.
  var kind: UInt8 {
    switch self {
    case .reply: 1
    case .digestPart: 2
    case .bounce: 3
    case .stop: 4
    case .notice: 5
    case .confirm: 6
    case .signIn: 7
    }
  }

  /// What is signed behind it; how many there are belongs to the kind.
  var numbers: [Int64] {
    switch self {
    case .reply(let person, let post), .stop(let person, let post, nil): [person.rawValue, post.rawValue]
    case .stop(let person, let post, let day?): [person.rawValue, post.rawValue, day]
    case .digestPart(let person, let delivery), .notice(let person, let delivery):
      [person.rawValue, delivery.rawValue]
    case .confirm(let person, let received): [person.rawValue, received]
    case .signIn(let person, let link): [person.rawValue, link.rawValue]
    case .bounce(let delivery): [delivery.rawValue]
    }
  }

  /// nil for a kind that this version does not know, or with another count of numbers.
  init?(kind: UInt8, numbers: [Int64]) {
    switch (kind, numbers.count) {
    case (1, 2): self = .reply(person: PersonID(numbers[0]), post: JournalPosition(numbers[1]))
    case (2, 2): self = .digestPart(person: PersonID(numbers[0]), delivery: DeliveryID(numbers[1]))
    case (3, 1): self = .bounce(delivery: DeliveryID(numbers[0]))
    case (4, 2): self = .stop(person: PersonID(numbers[0]), post: JournalPosition(numbers[1]))
    case (4, 3):
      self = .stop(person: PersonID(numbers[0]), post: JournalPosition(numbers[1]), day: numbers[2])
    case (5, 2): self = .notice(person: PersonID(numbers[0]), delivery: DeliveryID(numbers[1]))
    case (6, 2): self = .confirm(person: PersonID(numbers[0]), received: numbers[1])
    case (7, 2): self = .signIn(person: PersonID(numbers[0]), link: SignInID(numbers[1]))
    default: return nil
    }
  }
}
