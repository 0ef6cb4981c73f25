import Identifiers
import Time

/// What is left alone for a growing while, since the relay refused it whoever was to get it: recipient domains that know
/// nobody any more, and posts that are refused to everybody (S3).
///
/// ```
///           refused for everybody              its time is over               refused again: one is enough
///  (none) ───────────────────────▶ paused ──────────────────────▶ suspect ──────────────────────▶ paused, for longer
///    ▲                                                              │
///    └─────────────────────────── taken ────────────────────────────┘
/// ```
/// Pauses last 15 minutes, 1, 2 and then 4 hours. A domain that took nothing for ``patience`` is believed: its people's
/// mails fail, one by one. A post that others were taken beside, or that came to its last pause, waits for the admin's
/// word.
public struct Pauses: Hashable, Sendable, Codable {
  /// What is left alone.
  public enum Subject: Hashable, Sendable, Codable {
    /// In its canonical form.
    case domain(String)
    /// By its place in the journal.
    case post(JournalPosition)
  }

  /// One of them.
  public struct Pause: Hashable, Sendable, Codable {
    /// What it is of.
    public let subject: Subject
    /// How it was refused last: `dot: 554 5.7.1 message content rejected`.
    public fileprivate(set) var reason: String
    /// When it was left alone first.
    public let since: Timestamp
    /// When it is tried again; nil: when the admin says so.
    public fileprivate(set) var until: Timestamp?
    /// How often it was.
    public fileprivate(set) var times: Int
    /// How many people's mail it was, the most at once; nil where an older program wrote it down.
    public fileprivate(set) var people: Int?
    /// nil but where an admin ordered it.
    fileprivate var ordered: Bool?

    /// An admin ordered it: only an admin ends it.
    public var isOrdered: Bool { ordered == true }

    /// One person alone says little of it: nobody is troubled by it.
    public var isOfOne: Bool { people == 1 }
  }

  /// Seconds; the last one repeats.
  private static let lengths: [Int64] = [900, 3600, 7200, 14_400]
  /// Seconds after which a domain that took nothing is believed.
  public static let patience: Int64 = 3 * 86_400
  /// Seconds after which a pause that is over is forgotten.
  private static let memory: Int64 = 30 * 86_400

  /// All that are known, in no order.
  public private(set) var all: [Pause] = []

  /// Nothing is left alone.
  public init() {}

  /// It was left alone and has not been taken since.
  public func isSuspect(_ subject: Subject) -> Bool { all.contains { $0.subject == subject } }

  /// It is left alone at a moment. A time that a wrong clock wrote binds nobody (rule E2).
  public func isPaused(_ subject: Subject, at now: Timestamp) -> Bool {
    all.contains { $0.subject == subject && Self.lasts($0, at: now) }
  }

  /// What is left alone at a moment.
  public func standing(at now: Timestamp) -> [Pause] { all.filter { Self.lasts($0, at: now) } }

  /// What is not any more.
  public func ended(at now: Timestamp) -> [Pause] { all.filter { !Self.lasts($0, at: now) } }

  private static func lasts(_ pause: Pause, at now: Timestamp) -> Bool {
    pause.until.map { $0 > now && $0 <= now + (lengths.max() ?? 0) } ?? true
  }

  /// A domain that has taken nothing for so long that what it says of its people is believed.
  public func isBelieved(_ domain: String, at now: Timestamp) -> Bool {
    all.contains { $0.subject == .domain(domain) && now - $0.since >= Self.patience }
  }

  /// It was refused whoever was to get it; within a pause it changes nothing but its end.
  /// - Parameters:
  ///   - isSure: it is known to be the post: it waits for the admin.
  ///   - people: whose mail it was.
  public mutating func pause(
    _ subject: Subject, _ reason: String, isSure: Bool = false, people: Int? = nil, at now: Timestamp
  ) {
    all.removeAll { $0.until.map { now - $0 > Self.memory } ?? false }
    let before = all.first { $0.subject == subject }
    all.removeAll { $0.subject == subject }
    let lasts = before.map { Self.lasts($0, at: now) } ?? false
    let times = (before?.times ?? 0) + (lasts ? 0 : 1)
    var until: Timestamp? = now + Self.lengths[min(max(times, 1), Self.lengths.count) - 1]
    if lasts { until = before?.until }
    if case .post = subject, isSure || times > Self.lengths.count { until = nil }
    if before?.isOrdered == true { return all.append(before!) }
    let most = people.map { max($0, before?.people ?? $0) } ?? before?.people
    all.append(
      Pause(subject: subject, reason: reason, since: before?.since ?? now, until: until, times: times, people: most))
  }

  /// It is left alone by an admin's order, until an admin ends that.
  public mutating func order(_ subject: Subject, _ reason: String, at now: Timestamp) {
    all.removeAll { $0.subject == subject }
    var pause = Pause(subject: subject, reason: reason, since: now, until: nil, times: 0, people: nil)
    pause.ordered = true
    all.append(pause)
  }

  /// It was taken, or its time is over; an admin's order stands.
  public mutating func end(_ subject: Subject) { all.removeAll { $0.subject == subject && !$0.isOrdered } }

  /// The admin says that it is in order.
  public mutating func release(_ subject: Subject) { all.removeAll { $0.subject == subject } }

  /// What was left alone at or after a moment was refused by a relay that refuses everything.
  /// - Returns: what is no longer left alone.
  public mutating func end(since moment: Timestamp) -> [Subject] {
    let these = all.filter { $0.since >= moment && !$0.isOrdered }.map(\.subject)
    all.removeAll { $0.since >= moment && !$0.isOrdered }
    return these
  }
}
