import Identifiers
import Time

/// Which of the forum's answers about its people are doubted, and since when (rule E9). A value: the ledger keeps it.
///
/// ```
///            implausible                  so for a day, or the admin's word
///  believed ────────────▶ doubted since ───────────────────────────────────▶ believed; what was decided before
///      ▲                     │                                               proves nothing any more
///      └──────plausible──────┘
/// ```
///
/// Doubts are a discussion's own: a board that is closed holds up no other.
public struct Doubts: Hashable, Codable, Sendable {
  /// What is doubted of one discussion.
  public struct Doubt: Hashable, Codable, Sendable {
    /// When it was met first.
    public internal(set) var since: Timestamp
    /// When it was met last.
    public internal(set) var seenAt: Timestamp
    /// As it was met last.
    public internal(set) var turnout: Turnout
  }

  /// Seconds for which runs have to agree before an answer is believed that nobody says is right. As long as a fault
  /// that begins in the evening may last, and a copy may be late without becoming part of a catch-up digest.
  public static let patience: Int64 = 86_400
  /// Seconds without a look after which a doubt begins anew: nobody has agreed meanwhile.
  private static let memory: Int64 = 6 * 3600

  private var doubts: [String: Doubt] = [:]
  /// By discussion, up to which position what was decided proves nothing.
  private var believed: [String: JournalPosition] = [:]
  /// The same for all of them, by the admin's word.
  private var released: JournalPosition?

  /// Nothing is doubted.
  public init() {}

  /// What is doubted now, by discussion.
  public func standing(at now: Timestamp) -> [String: Doubt] {
    doubts.filter { abs(now - $0.value.seenAt) <= Doubts.memory }
  }

  /// Up to which position what was decided proves nothing of who is there.
  public func floor(of discussion: String) -> JournalPosition {
    max(believed[discussion] ?? 0, released ?? 0)
  }

  /// Takes in how many people are there.
  /// - Parameters:
  ///   - last: the last position in the journal.
  ///   - isTimeKnown: false under a clock that is doubted: nothing is believed for its age then.
  /// - Returns: whether the answer is to be believed.
  public mutating func take(
    _ turnout: Turnout, of discussion: String, last: JournalPosition, at now: Timestamp, isTimeKnown: Bool
  ) -> Bool {
    doubts = standing(at: now)
    if turnout.isPlausible {
      doubts[discussion] = nil
      return true
    }
    let since = min(doubts[discussion]?.since ?? now, now)
    if isTimeKnown, now - since >= Doubts.patience {
      doubts[discussion] = nil
      believed[discussion] = last
      return true
    }
    doubts[discussion] = Doubt(since: since, seenAt: now, turnout: turnout)
    return false
  }

  /// The admin says that the answers are right: whoever is not there now is gone.
  public mutating func release(last: JournalPosition) {
    doubts = [:]
    believed = [:]
    released = last
  }

  /// What is doubted, in words for the admin: that of the most people first, and how many more there are.
  public func words(at now: Timestamp) -> String? {
    let all = standing(at: now).sorted { ($1.value.turnout.gone, $0.key) < ($0.value.turnout.gone, $1.key) }
    guard let first = all.first else { return nil }
    let more = all.count == 1 ? "" : "; and alike in \(all.count - 1) more"
    return "in discussion \(first.key), \(first.value.turnout.words)\(more)"
  }
}
