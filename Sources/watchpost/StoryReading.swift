import Forum
import Identifiers
import Ledger
import Membership
import Stories
import Text
import Time

/// Reads what a story is made of, and writes nothing.
struct StoryReading {
  private let installation: Installation
  private var ledger: Ledger { installation.ledger }

  init(_ installation: Installation) { self.installation = installation }

  // MARK: Whose, and of what

  /// - Throws: `Failure` or `Members.NotFound` where nobody, or no post, goes by the words.
  func rows(person: String, post: String) throws -> StoryRows {
    let (key, participant) = try self.person(person)
    let place = try PostPlace(PostName(post), installation)
    return try rows(of: try ledger.people(keys: [key], isRecording: false)[key], key, participant, place)
  }

  /// - Throws: `Failure` where the words are no message of ours.
  func rows(message: String) throws -> StoryRows {
    switch try MessageName(message, installation.keys) {
    case .delivery(let id): return try rows(of: id)
    case .post(let person, let position):
      let (key, participant) = try self.person(person)
      guard let entry = try ledger.journalEntries(positions: [position]).first else {
        throw Failure(.usage, "the ledger knows no post of that mail: is it of this installation?")
      }
      let known = try ledger.people(ids: [person])[person]
      return try rows(of: known, key, participant, try PostPlace(entry, installation))
    }
  }

  private func rows(of id: DeliveryID) throws -> StoryRows {
    guard let delivery = try ledger.deliveries(ids: [id]).first else {
      throw Failure(
        .usage,
        "the ledger has no message \(id); what has ended is kept for a time only. Of a post, name the person first: "
          + "watchpost explain PERSON \(id)")
    }
    let (key, participant) = try person(delivery.person)
    if let post = delivery.post, let entry = try ledger.journalEntries(positions: [post]).first {
      let known = try ledger.people(ids: [delivery.person])[delivery.person]
      return try rows(of: known, key, participant, try PostPlace(entry, installation))
    }
    var rows = try begin(key, participant, delivery.person)
    rows.deliveries = [delivery]
    rows.events = try ledger.events(of: id)
    try addMessages(&rows, delivery.person, nil)
    return rows
  }

  /// The key of whom the words name, and who that is; nil: gone from the forum, or not to be read there.
  func person(_ text: String) throws -> (String, Participant?) {
    do {
      let participant = try installation.members.participant(text)
      return (participant.key, participant)
    } catch let error where error is Members.NotFound || (error as? ForumError)?.kind == .row {
      if let key = (error as? Members.NotFound)?.erasedKey { return (key, nil) }
      // Gone from the forum or not to be read there, and not gone from the ledger.
      guard try ledger.people(keys: [text], isRecording: false)[text]?.id ?? 0 != 0 else { throw error }
      return (text, nil)
    }
  }

  private func person(_ id: PersonID) throws -> (String, Participant?) {
    guard let person = try ledger.people(ids: [id])[id] else {
      throw Failure(.usage, "the ledger knows nobody of that mail: is it of this installation?")
    }
    return (person.key, try installation.members.forum.participants(keys: [person.key]).first)
  }

  // MARK: Rows

  private func begin(_ key: String, _ participant: Participant?, _ id: PersonID?) throws -> StoryRows {
    let person = try id.flatMap { try ledger.people(ids: [$0])[$0] } ?? .unrecorded(key: key)
    let zone = participant.map { installation.members.preferences(of: $0, person).digest.zone }
    var rows = StoryRows(
      now: installation.now(),
      reader: .init(
        key: key, name: participant?.name ?? "", address: participant?.address ?? "",
        zone: zone ?? installation.defaults.digest.zone))
    (rows.hasStopped, rows.isErased) = (person.isStopped, person.isErased)
    rows.relayPausedUntil = try installation.ledger.relayPausedUntil(installation.relayIdentity()).flatMap {
      $0 > rows.now ? $0 : nil
    }
    rows.forgottenBefore = rows.now - installation.configuration.retention.answers.seconds
    if let address = participant?.address { rows.suppression = try ledger.suppression(of: address) }
    return rows
  }

  private func rows(
    of person: Person?, _ key: String, _ participant: Participant?, _ place: PostPlace
  ) throws -> StoryRows {
    let id = person.flatMap { $0.id == 0 ? nil : $0.id }
    var rows = try begin(key, participant, id)
    (rows.post, rows.place) = (place.shown, place.place)
    rows.holds = try ledger.holds().map(\.kind).filter { $0 != .domain }
    if let entry = place.entry {
      rows.awaitsFanOut = try ledger.awaitsFanOut(entry.position)
      rows.isDoubted = try ledger.doubts().standing(at: rows.now)[entry.discussionKey] != nil
      rows.withdrawnSince = try ledger.withdrawnSince(entry.position)
      rows.isForgotten = try entry.position <= ledger.prunedPosition(entry.discussionKey)
      if let id {
        rows.decisions = try ledger.decisions(post: entry.position, person: id)
        rows.events = try ledger.events(of: id, post: entry.position)
        let named = rows.decisions.compactMap(\.delivery) + rows.events.compactMap(\.delivery)
        let dropped = try ledger.droppedCopies(post: entry.position, person: id)
        rows.deliveries = try ledger.deliveries(ids: Set(named + dropped).sorted()).filter { $0.person == id }
        // Of a part, what befell it as a whole; a copy's own is there.
        for part in rows.deliveries where part.post == nil {
          rows.events += try ledger.events(of: part.id).filter { $0.post == nil }
        }
      }
    }
    let faults = try ledger.setAside(keys: [key]).map(\.fault)
    rows.personFault = faults.first { $0.subject == .participant && $0.holdsBack }
    if let id {
      rows.slot = try ledger.slot(of: id)
      try addMessages(&rows, id, place.entry?.position)
    }
    try predict(key, participant, place, &rows)
    return rows
  }

  /// What belongs to the messages that are known.
  private func addMessages(_ rows: inout StoryRows, _ person: PersonID, _ post: JournalPosition?) throws {
    let ids = rows.deliveries.map(\.id)
    rows.digests = try ledger.digests(ids: rows.deliveries.compactMap(\.digest))
    rows.partPosts = try numbers(ofParts: rows.deliveries.filter { $0.digest != nil }.map(\.id))
    rows.topics = try ledger.topics(of: ids)
    rows.attempts = try ledger.attempts(of: ids)
    rows.failures = try ledger.failures(of: ids)
    rows.incoming = try ledger.incoming(from: person, post: post, deliveries: ids)
    // What befell the address before the post could be seen is another matter.
    let first = rows.firstMoment
    rows.events += try ledger.addressEvents(of: person).filter { $0.at >= first }
    if rows.reader.address.isEmpty { rows.reader.address = rows.attempts.last { !$0.address.isEmpty }?.address ?? "" }
  }

  /// What readers call the posts of these parts; the key of one that the forum has no more.
  private func numbers(ofParts parts: [DeliveryID]) throws -> [DeliveryID: [String]] {
    let posts = try ledger.posts(ofParts: parts)
    let entries = try ledger.journalEntries(positions: Set(posts.values.joined()))
    let known = try installation.forum.posts(keys: entries.filter { !$0.isReplaced }.map(\.postKey))
      .keyed(by: \.key)
    let numbers = Dictionary(
      uniqueKeysWithValues: entries.map {
        ($0.position, (known[ForumKey($0.postKey)]?.number ?? $0.postKey).singleLine(limit: 40))
      })
    return posts.mapValues { $0.compactMap { numbers[$0] } }
  }

  /// As fan-out would decide now, and what it would go by; nothing where the post is not to be shown, or the person is not
  /// there.
  private func predict(
    _ key: String, _ participant: Participant?, _ place: PostPlace, _ rows: inout StoryRows
  ) throws {
    guard let post = place.post, [.visible, .pending].contains(post.visibility), participant != nil else { return }
    let audience = Audience(
      installation.members, post, visibleAt: place.entry?.visibleAt ?? post.visibleAt ?? post.createdAt,
      isRecording: false)
    if let entry = place.entry, entry.isMoved(post) { rows.movedFrom = entry.threadKey.singleLine(limit: 100) }
    guard let member = try audience.among([key]).first else {
      rows.prediction = .skipped(.unwatched)
      return
    }
    rows.prediction = member.decision
    if case .skipped(let reason) = member.decision, let entry = place.entry {
      rows.prediction = .skipped(entry.reason(reason, for: post))
    }
    rows.watches = member.watcher.watches.sorted { ($0.scope, $0.isMute ? 1 : 0) > ($1.scope, $1.isMute ? 1 : 0) }
  }
}

extension StoryRows {
  /// When the story begins.
  fileprivate var firstMoment: Timestamp {
    if case .journalled(_, let visibleAt, _, _) = place { return visibleAt }
    return digests.values.map(\.writtenAt).min() ?? deliveries.compactMap(\.createdAt).min() ?? Timestamp(.min)
  }
}
