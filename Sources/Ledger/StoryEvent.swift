import Forum
import Identifiers
import SQL
import Time

/// Something that happened to a post on its way to a person, and that no other row tells once it is over. The common
/// way (decided, queued, sending, sent) has none: decision, delivery and attempts tell that.
public struct StoryEvent: Hashable, Sendable {
  /// What; the raw value stands in the ledger. In `detail` stands what each case says.
  public enum Kind: String, CaseIterable, Sendable {
    /// A copy was not sent, and its post was left to a digest: `late`, or `lifted` with an address.
    case folded
    /// A post of a digest's part waits again: `out-of-sight`, or `lifted` with an address.
    case reopened
    /// A post that waited for a digest is not to come any more: the `SkipReason`, then the scope of the watch that it was
    /// to come by.
    case skipped
    /// A message was not sent: the `SkipReason`.
    case withheld
    /// A message waits: the `HoldReason`, and after `: ` the words that led to it, where there are any.
    case held
    /// What was held goes out: by whom, a `ReleasedBy`, and after `: ` why, where they said it.
    case released
    /// What was held is sent to nobody: the same.
    case discarded
    /// What waited is sent to nobody: the same.
    case cancelled
    /// The run that was sending it ended before its answer was there: `again`, or `held`.
    case rescued
    /// It was given up, having been tried for as long as it may be.
    case expired
    /// Its post can be seen again, and so it goes out.
    case requeued
    /// It had failed, by the relay's fault as it turned out, and is tried again.
    case givenBack = "given-back"
    /// It was sent again, by an admin's word: the order's number, by whom, and after `: ` why.
    case resent
    /// The person's address is not to be mailed: the `Suppression.Cause`, and after `: ` what was said.
    case stopped
    /// The person's address is mailed again: by whose word, a `ReleasedBy`.
    case lifted
  }

  /// When.
  public let at: Timestamp
  /// What.
  public let kind: Kind
  /// The post; nil of a digest's part, a notice or an address.
  public let post: JournalPosition?
  /// The message; nil where none is concerned.
  public let delivery: DeliveryID?
  /// As its kind says.
  public let detail: String

  /// - Parameter detail: as its kind says.
  public init(
    at: Timestamp, _ kind: Kind, post: JournalPosition? = nil, delivery: DeliveryID? = nil, detail: String = ""
  ) {
    self.at = at
    self.kind = kind
    self.post = post
    self.delivery = delivery
    self.detail = detail
  }

  /// What `init(_ row:)` reads, in its order.
  static let columns = "happened_at, kind, post, delivery, detail"

  /// - Returns: nil for what a later program tells.
  init?(_ row: any Row) {
    guard let kind = Kind(rawValue: row.text(1)) else { return nil }
    self.init(at: row.moment(0), kind, post: row.optionalID(2), delivery: row.optionalID(3), detail: row.text(4))
  }
}

/// By whom, or by what, something goes on that was kept back.
public enum ReleasedBy: Hashable, Sendable {
  /// An admin, by the name of their account on the machine; empty where that is not known.
  case admin(String)
  /// The person whose mail it is, on their page.
  case owner
  /// The time was over.
  case time
  /// A mail of the kind was taken.
  case taken
  /// The relay was to blame, as it turned out.
  case relay
  /// A mail that was sent as a try has arrived.
  case probe
  /// Whoever sent the mails back was to blame.
  case excused

  /// As it stands in the ledger.
  public var text: String {
    switch self {
    case .admin(let name): name.isEmpty ? "admin" : "admin \(name)"
    case .owner: "owner"
    case .time: "time"
    case .taken: "taken"
    case .relay: "relay"
    case .probe: "probe"
    case .excused: "excused"
    }
  }

  /// - Returns: nil for what a later program tells.
  public init?(text: String) {
    switch text {
    case "admin": self = .admin("")
    case "owner": self = .owner
    case "time": self = .time
    case "taken": self = .taken
    case "relay": self = .relay
    case "probe": self = .probe
    case "excused": self = .excused
    default:
      guard text.hasPrefix("admin ") else { return nil }
      self = .admin(String(text.dropFirst("admin ".count)))
    }
  }
}
