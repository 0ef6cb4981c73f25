import Time

/// The troubles that stand, and what was told of them: the memory behind "once, not at every tick" (rule E5). A value;
/// `RunBookFile` keeps it from one run to the next.
///
/// ```
///           met: told                        not met: told as over
///   (none) ───────────▶ standing ─────────────────────────────────▶ absent ──an hour──▶ (none)
///                        │    ▲ ▲                                     │
///                        └────┘ └──────────── met again: told once ───┘
///                 told again when it has grown, says something new, or a day has passed
/// ```
///
/// One that comes and goes would be told at every turn: once it has come back, its end is told after an hour without it.
public struct TroubleBook: Hashable, Codable, Sendable {
  /// A trouble, and what was told of it.
  public struct Entry: Hashable, Codable, Sendable {
    /// As it was met last.
    public internal(set) var trouble: Trouble
    /// When it was met first.
    public internal(set) var since: Timestamp
    /// When it was told last.
    var toldAt: Timestamp
    /// How large it was then.
    var toldSize: Int
    /// What was told of it, without what differs from one time to the next.
    var told: [String]
    /// When it was met last.
    var seenAt: Timestamp
    /// Since when it is not met any more; nil: it stands.
    var absentSince: Timestamp?
    /// Nothing suffers from it since it was met last; nil: something does, or an older program wrote it.
    var isIdle: Bool?
    /// It has come back within an hour.
    var comesAndGoes = false
  }

  private var entries: [Entry] = []

  /// Nothing is known.
  public init() {}

  /// What stands and something suffers from, in the order in which it began.
  public var troubling: [Entry] { standing.filter { $0.isIdle != true } }

  /// What stands, in the order in which it began.
  public var standing: [Entry] { entries.filter { $0.absentSince == nil }.sorted { $0.since < $1.since } }

  /// Takes in what a run met.
  /// - Parameter look: what the run can say of a trouble that it did not meet.
  /// - Returns: what is to be told, and the status that what stands makes of the run.
  public mutating func take(
    _ met: [Trouble], at now: Timestamp, look: (Trouble) -> Trouble.Look
  ) -> (told: [String], status: ExitStatus) {
    var told: [String] = []
    // A clock that was ahead must not keep anything untold (rule E2).
    for index in entries.indices { entries[index].bound(at: now) }
    let before = entries
    for trouble in met {
      if let index = entries.firstIndex(where: { $0.trouble.isSame(as: trouble) }) {
        told += entries[index].meet(trouble, at: now, isTold: isTold(trouble, at: now))
      } else {
        told += begin(trouble, at: now)
      }
    }
    var status = met.map(\.status).reduce(.done, ExitStatus.worse)
    for (index, entry) in before.enumerated() where !met.contains(where: { $0.isSame(as: entry.trouble) }) {
      switch look(entry.trouble) {
      case .over: told += entries[index].miss(at: now, isElsewhere: isElsewhere(entry))
      case .lasts:
        entries[index].isIdle = nil
        if entry.absentSince == nil { status = ExitStatus.worse(status, entry.trouble.status) }
      case .idle: entries[index].isIdle = true
      case .unknown: break
      }
    }
    entries.removeAll { $0.isForgotten(at: now) }
    return (told, status)
  }

  /// The admin has given their word about something: it is told anew if it is met again, and its end is no news.
  /// - Parameter name: nil: whatever its name.
  public mutating func forget(_ topics: [Trouble.Topic], named name: String? = nil) {
    entries.removeAll { topics.contains($0.trouble.topic) && (name ?? $0.trouble.name) == $0.trouble.name }
  }

  /// What names somebody who is to be forgotten is told anew if it is met again.
  mutating func forget(naming traces: Set<String>) {
    entries.removeAll { entry in
      let texts = [entry.trouble.name, entry.trouble.words] + entry.told
      return traces.contains { trace in texts.contains { $0.range(of: trace, options: .caseInsensitive) != nil } }
    }
  }

  /// The same trouble met by several steps, or jobs, is told by the first.
  private mutating func begin(_ trouble: Trouble, at now: Timestamp) -> [String] {
    let isTold = isTold(trouble, at: now)
    entries.append(
      Entry(
        trouble: trouble, since: now, toldAt: now, toldSize: trouble.size, told: [Entry.gist(of: trouble)], seenAt: now)
    )
    return isTold ? [] : [trouble.words]
  }

  /// Somebody else met the same, and it was told within a day.
  private func isTold(_ trouble: Trouble, at now: Timestamp) -> Bool {
    trouble.what != nil
      && entries.contains {
        !$0.trouble.isSame(as: trouble) && $0.absentSince == nil && $0.trouble.what == trouble.what
          && now - $0.toldAt < Entry.reminder
      }
  }

  /// Somebody else still meets it.
  private func isElsewhere(_ entry: Entry) -> Bool {
    entries.contains {
      !$0.trouble.isSame(as: entry.trouble) && $0.absentSince == nil && $0.trouble.what == entry.trouble.what
    }
  }
}

extension TroubleBook.Entry {
  /// A trouble that stands is told again after so many seconds.
  fileprivate static let reminder: Int64 = 86_400
  /// One that comes back within so many seconds comes and goes.
  private static let quiet: Int64 = 3600
  /// What nobody looked for during so many seconds is forgotten: its job is gone.
  private static let memory: Int64 = 30 * 86_400
  /// Sizes below it are all alike.
  private static let small = 25
  /// Of what was told of one trouble so much is remembered.
  private static let mostTold = 20

  /// It was met again.
  /// - Parameter isTold: by another, in the same words.
  /// - Returns: what is to be told.
  fileprivate mutating func meet(_ met: Trouble, at now: Timestamp, isTold: Bool) -> [String] {
    var met = met
    met.what = met.what ?? trouble.what
    let gist = Self.gist(of: met)
    let isNew = met.what != nil && !told.contains(gist)
    let hasGrown = met.size >= 2 * max(toldSize, Self.small)
    let isBack = absentSince != nil
    let isOld = now - toldAt >= Self.reminder
    // Of a step, or a run that cannot begin, other words are another trouble.
    if isNew, [.start, .step].contains(met.topic) { since = now }
    trouble = met
    seenAt = now
    isIdle = nil
    absentSince = nil
    let tells = isNew || hasGrown || isOld || isBack && !comesAndGoes
    if isBack { comesAndGoes = true }
    guard tells else { return [] }
    if isNew { told = told.suffix(Self.mostTold - 1) + [gist] }
    if isTold { return [] }
    toldAt = now
    toldSize = max(toldSize, met.size)
    return [isBack ? "Again: \(met.words)" : isNew ? met.words : "Since \(since): \(met.words)"]
  }

  /// It was looked for and not met.
  fileprivate mutating func miss(at now: Timestamp, isElsewhere: Bool) -> [String] {
    let began = absentSince == nil
    absentSince = absentSince ?? now
    guard comesAndGoes ? isForgotten(at: now) : began, !isElsewhere, let what = trouble.what else { return [] }
    return [
      "Over after \(TimeSpan(seconds: max(0, (absentSince ?? now) - since)).roughly): \(Self.firstSentence(what))"
    ]
  }

  private static func firstSentence(_ text: String) -> Substring {
    text.firstRange(of: ". ").map { text[..<$0.lowerBound] } ?? text[...]
  }

  /// Nothing more is to be told of it.
  fileprivate func isForgotten(at now: Timestamp) -> Bool {
    now - seenAt >= Self.memory || absentSince.map { now - $0 >= Self.quiet } ?? false
  }

  /// No moment of it lies ahead.
  fileprivate mutating func bound(at now: Timestamp) {
    since = min(since, now)
    toldAt = min(toldAt, now)
    seenAt = min(seenAt, now)
    absentSince = absentSince.map { min($0, now) }
  }

  /// What is said, without the words that differ each time: those with digits, such as a queue's numbers or moments.
  fileprivate static func gist(of trouble: Trouble) -> String {
    (trouble.what ?? "").split(separator: " ").filter { !$0.contains(where: \.isNumber) }.joined(separator: " ")
  }
}
