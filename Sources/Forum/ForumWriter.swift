import Time

/// The write side of a forum, beside `ForumReader`. A forum without a way in has none.
///
/// Each throws `ForumError` or the database's own error; what it throws has left nothing behind.
public protocol ForumWriter: Sendable {
  /// Adds a post; returns its key.
  func addPost(_ draft: PostDraft, at moment: Timestamp) throws -> String
  /// Approves, hides or deletes a post.
  func setVisibility(_ visibility: Visibility, ofPost post: String) throws
  /// Makes a person; returns their key.
  func addParticipant(_ draft: ParticipantDraft) throws -> String
}

/// A post that is to be added to a forum; its key, number and ordinal are the forum's to give.
public struct PostDraft: Hashable, Sendable {
  /// The key of the thread that it goes to.
  public var thread: String
  /// The key of its author; nil for nobody whom the forum knows.
  public var author: String?
  public var body: String
  /// Its own subject; empty where posts have none.
  public var subject: String
  public var format: BodyFormat
  /// BCP 47 language of the text, if it is known.
  public var language: String?
  /// The key of the post that it answers.
  public var parent: String?
  /// `pending` in a moderated discussion.
  public var visibility: Visibility
  /// Goes out at once, without the settling time (rule C4).
  public var isUrgent: Bool
  /// The post on the web.
  public var url: String?

  public init(
    thread: String, author: String?, body: String, subject: String = "", format: BodyFormat = .plain,
    language: String? = nil, parent: String? = nil, visibility: Visibility = .visible, isUrgent: Bool = false,
    url: String? = nil
  ) {
    self.thread = thread
    self.author = author
    self.body = body
    self.subject = subject
    self.format = format
    self.language = language
    self.parent = parent
    self.visibility = visibility
    self.isUrgent = isUrgent
    self.url = url
  }
}

/// A person who is to be made.
public struct ParticipantDraft: Hashable, Sendable {
  public var name: String
  public var address: String
  public var isActive: Bool
  public var isConfirmed: Bool
  public var preferences: Preferences

  public init(
    name: String, address: String, isActive: Bool = true, isConfirmed: Bool = true,
    preferences: Preferences = Preferences()
  ) {
    self.name = name
    self.address = address
    self.isActive = isActive
    self.isConfirmed = isConfirmed
    self.preferences = preferences
  }
}

/// Who keeps a person's preferences and watches: the forum itself, or the ledger for a forum that cannot.
public protocol PreferenceKeeper: Sendable {
  /// Whether `ForumReader.changes` tells of what is changed here. Where it does not, whoever changes something moves
  /// the person's digest.
  var tellsChanges: Bool { get }
  /// What is kept here of a person's preferences.
  func preferences(of participant: Participant) throws -> Preferences
  /// Keeps a person's preferences, all of them.
  func setPreferences(_ preferences: Preferences, of participant: Participant) throws
  /// Sets a watch or a mute, or changes the mode or mute of the one that is there; its time stays.
  /// - Parameter target: the key of the thread or discussion; empty for everything.
  func put(_ watch: Watch, target: String, of participant: Participant) throws
  /// Ends a watch or a mute.
  func removeWatch(_ scope: WatchScope, target: String, of participant: Participant, now: Timestamp) throws
    -> WatchRemoval
}

/// What became of a watch that was to be removed.
public enum WatchRemoval: Hashable, Sendable {
  case removed
  /// There was none.
  case none
  /// It is the forum's own and cannot be removed from here: a mute silences it.
  case silenced
}
