import Forum
import Identifiers
import Ledger
import Time

/// What an admin wants sent again (rule A1): everything that is named has to hold.
public struct ResendSelection: Hashable, Sendable {
  /// Which of what is found.
  public enum Only: String, Hashable, Sendable {
    /// What was refused, was given up, came back, or was not sent since its address was suppressed.
    case failed
    /// What nobody knows the fate of, and is held for that.
    case uncertain

    var losses: Set<SendingHistory.Loss> {
      switch self {
      case .failed: [.failed, .expired, .returned, .suppressed]
      case .uncertain: [.uncertain]
      }
    }
  }

  /// The one person whom it is about.
  public struct Reader: Hashable, Sendable {
    /// Their number in the ledger.
    public var id: PersonID
    /// The forum's key.
    public var key: String
    /// Somebody whom the ledger knows.
    public init(id: PersonID, key: String) {
      self.id = id
      self.key = key
    }
  }

  /// These posts; nil: any.
  public var posts: [JournalPosition]?
  /// This person; nil: everybody.
  public var reader: Reader?
  /// What these messages carry; empty: whatever message.
  public var messages: [DeliveryID] = []
  /// What ended, or was decided, from this moment on.
  public var since: Timestamp?
  /// And up to this one.
  public var until: Timestamp?
  /// All that did not arrive; or less.
  public var only: Only?
  /// What does not count.
  public var forced: Set<Exemption> = []

  /// Nothing is selected.
  public init() {}

  /// Whether it names nothing that would tell one message from all.
  public var isEmpty: Bool {
    posts == nil && reader == nil && messages.isEmpty && since == nil && until == nil && only == nil
  }

  var span: ClosedRange<Timestamp> {
    let first = since ?? Timestamp(.min)
    return first...max(first, until ?? Timestamp(.max))
  }

  /// Whether what became of it at last is among what is asked for.
  func includes(_ history: SendingHistory) -> Bool {
    if since != nil || until != nil {
      guard let at = history.sendings.last?.at, span.contains(at) else { return false }
    }
    guard let only else { return true }
    if case .lost(let loss) = history.fate { return only.losses.contains(loss) }
    return false
  }
}
