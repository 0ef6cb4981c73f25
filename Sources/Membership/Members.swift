import Forum
import Identifiers
import Ledger
import Mail
import Text
import Time

/// The forum's people, as forum, ledger and configuration know them together.
public struct Members: Sendable {
  /// Where people come from, without those who were erased.
  public let forum: any ForumReader
  /// The same as it is, for whoever asks whom it lists.
  public let source: any ForumReader
  /// What is known of them besides.
  public var ledger: Ledger
  /// Who keeps preferences and watches.
  public let keeper: any PreferenceKeeper
  /// What holds where neither the forum nor the ledger knows a person's choices.
  public let defaults: EffectivePreferences
  /// Whether the forum takes replies that come by mail: where it does not, no mail offers one (rule I5).
  public var takesReplies: Bool
  /// The present moment, in whole seconds.
  public var now: @Sendable () -> Timestamp
  /// What is to be known of a clock that is or was wrong; nil where `now` is beyond doubt.
  public var doubt: Doubt?

  /// Where nobody knows what time it is, nobody is passed over for the time (rule E2).
  public struct Doubt: Sendable {
    /// The least that now may be: a watch that says it was set later is of unknown age.
    public var earliest: @Sendable () -> Timestamp
    /// The most that it may be: a pause that is over by then is over.
    public var latest: @Sendable () -> Timestamp
    /// What a clock showed while it was ahead: watches of these moments are of unknown age too.
    public var wrongMoments: ClosedRange<Timestamp>?

    /// The same moment twice where the clock is believed.
    public init(
      earliest: @escaping @Sendable () -> Timestamp, latest: @escaping @Sendable () -> Timestamp,
      wrongMoments: ClosedRange<Timestamp>?
    ) {
      self.earliest = earliest
      self.latest = latest
      self.wrongMoments = wrongMoments
    }
  }

  /// - Parameters:
  ///   - keeper: nil: the ledger keeps what the forum does not.
  ///   - defaults: from the configuration.
  public init(
    forum: any ForumReader, ledger: Ledger, keeper: (any PreferenceKeeper)? = nil, defaults: EffectivePreferences,
    takesReplies: Bool = true, now: @escaping @Sendable () -> Timestamp
  ) {
    self.takesReplies = takesReplies
    source = forum
    self.forum = ForumWithoutErased(forum: forum, ledger: ledger)
    self.ledger = ledger
    self.keeper = keeper ?? LedgerKeeper(ledger: ledger, forum: forum)
    self.defaults = defaults
    self.now = now
  }

  /// Nobody, or more than one, goes by a name.
  public struct NotFound: Error, CustomStringConvertible {
    /// In words for the admin, with what to give instead.
    public let description: String
    /// The key of one who was erased.
    public var erasedKey: String?
  }

  /// The one participant whom an address, an account name or a key names.
  ///
  /// Addresses and account names come first: of a forum whose account names are numbers, `7` is whoever is called so,
  /// and only then the participant with that key.
  /// - Throws: `NotFound` in words for the admin; it is so for one who was erased, too.
  public func participant(_ text: String) throws -> Participant {
    let found = try listed(text)
    guard try ledger.pseudonyms(of: [found.key]).isEmpty else {
      let erased = try ledger.people(keys: [found.key], isRecording: false)[found.key].map {
        try ledger.erasedAt($0.id)
      }
      let since = erased.flatMap(\.self).map { " on \($0.description.prefix(10))" } ?? ""
      throw NotFound(
        description: "\"\(text)\" was erased\(since), and nothing is kept that tells who they were",
        erasedKey: found.key)
    }
    return found
  }

  /// The one participant whom a name names in the forum, were they erased here or not.
  /// - Throws: `NotFound` in words for the admin.
  public func listed(_ text: String) throws -> Participant {
    // Whoever has no address has an empty one, and a script an empty variable.
    if text.trimmed.isEmpty {
      throw NotFound(description: "no participant is named: give an address, an account name or an id")
    }
    var named = try ForumError.foundByTyped { try source.participants(named: text) }
    // As mail programs write an address: `Ana Diaz <ana@example.net>`, `mailto:ana@example.net`.
    if named.isEmpty, let bare = Members.bareAddress(text) { return try listed(bare) }
    // However an address is written, with its domain in Unicode or in A-labels, it is somebody's.
    if named.isEmpty, let canonical = (try? Address(text))?.canonical, canonical != text {
      named = try ForumError.foundByTyped { try source.participants(named: canonical) }
    }
    if named.count > 1 {
      let keys = named.map { "\($0.key) (\($0.name.singleLine(limit: 60)))" }.joined(separator: ", ")
      throw NotFound(description: "\"\(text)\" names several participants: \(keys); give the id")
    }
    guard let found = try named.first ?? ForumError.foundByTyped({ try source.participants(keys: [text]) }).first
    else {
      throw NotFound(
        description: "the forum knows no participant \"\(text)\"; give an address, an account name or an id")
    }
    return found
  }

  /// The address in what stands around it; nil where nothing does.
  private static func bareAddress(_ text: String) -> String? {
    var bare = text.trimmed
    if bare.hasSuffix(">"), let open = bare.lastIndex(of: "<") {
      bare = String(bare[bare.index(after: open)...].dropLast())
    }
    if bare.lowercased().hasPrefix("mailto:") { bare = String(bare.dropFirst("mailto:".count).prefix { $0 != "?" }) }
    return bare == text || bare.isEmpty ? nil : bare
  }

  /// The participant behind a number of the ledger's; nil if the forum has them no more.
  public func participant(_ id: PersonID) throws -> Participant? {
    guard let person = try ledger.people(ids: [id])[id], !person.isErased else { return nil }
    return try forum.participants(keys: [person.key]).first
  }

  /// Keeps what cannot be read of the forum, met where no checkpoint passes it (rule E1).
  func setAside(_ faults: [RowFault]) throws {
    if faults.isEmpty { return }
    try ledger.setAside(faults.map { SetAside($0, since: now()) })
  }

  /// Their place in the ledger; they are given one if they have none.
  public func person(_ participant: Participant) throws -> Person {
    try ledger.person(key: participant.key)
  }

  /// What holds for a person: the forum's word first, then the ledger's, then the configuration's.
  public func preferences(of participant: Participant, _ person: Person) -> EffectivePreferences {
    var preferences = chosen(by: participant, person).resolved(with: defaults)
    if person.isStopped { (preferences.mode, preferences.isStopped) = (.off, true) }
    return preferences
  }

  /// What the person, or the forum for them, chose; what is nil nobody chose.
  ///
  /// Who chose to have none gets none, whatever the forum says of how mails come: a mail that offers to stop must stop
  /// (RFC 8058).
  public func chosen(by participant: Participant, _ person: Person) -> Preferences {
    var chosen = participant.preferences.filled(from: person.preferences)
    if person.preferences?.mode == .off { chosen.mode = .off }
    return chosen
  }
}
