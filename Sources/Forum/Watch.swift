import Time

/// What a watch is on; the later case is the more specific (rule F1).
public enum WatchScope: String, Codable, Sendable, CaseIterable, Comparable {
  case everything, discussion, thread

  /// The more specific is the greater.
  public static func < (a: WatchScope, b: WatchScope) -> Bool { a.specificity < b.specificity }

  private var specificity: Int {
    switch self {
    case .everything: 0
    case .discussion: 1
    case .thread: 2
    }
  }
}

/// A participant's standing wish to hear of a thread, a discussion or everything; or, as a mute, not to.
public struct Watch: Hashable, Sendable {
  /// What it is on; the target's key is known from where the watch was found.
  public var scope: WatchScope
  /// A wish not to hear.
  public var isMute: Bool
  /// Beats the participant's default mode (rule F2).
  public var mode: Mode?
  /// When it was set; nil where the forum keeps no time: such a watch is older than any post (rule F3).
  public var since: Timestamp?

  /// A watch in the person's own mode, unless more is said.
  public init(scope: WatchScope, isMute: Bool = false, mode: Mode? = nil, since: Timestamp? = nil) {
    self.scope = scope
    self.isMute = isMute
    self.mode = mode
    self.since = since
  }
}

/// A participant with those of their watches that bear on one thread.
public struct Watcher: Hashable, Sendable {
  /// As the forum knows them now.
  public var participant: Participant
  /// In no order; none for somebody who was asked about and watches nothing there.
  public var watches: [Watch]

  /// - Parameter watches: those that bear on the thread, mutes included.
  public init(participant: Participant, watches: [Watch]) {
    self.participant = participant
    self.watches = watches
  }
}
