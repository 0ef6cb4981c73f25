import Composition
import DeliveryPolicy
import Forum
import Identifiers
import Ledger
import Membership

/// What a leased delivery is to become.
enum RecheckResult {
  /// A mail, which may be sent as long as the answer is fresh.
  case mail(MailContent, to: Recipient)
  case withheld(Ledger.Withheld)
}

/// Asks the forum again, set-wise and for a whole chunk at once, whether what was chosen may still be sent (rules C6,
/// F3).
struct Recheck {
  let context: StageContext
  let loader: JournalledPosts
  /// Domains, in their canonical form, and posts that are held.
  let held: Set<HoldReason>

  /// The first of these, as many as may be checked and composed at once: the texts of their posts have room in memory.
  /// - Parameter sizes: what is known of them already; what is not is asked once.
  /// - Returns: one at least, unless there is none.
  func affordable(_ deliveries: [Delivery], _ sizes: inout [JournalPosition: Int]) throws -> [Delivery] {
    let parts = try context.ledger.posts(ofParts: deliveries.filter { $0.digest != nil }.map(\.id))
    let positions = Set(deliveries.lazy.flatMap { $0.posts(parts) })
    if positions.count <= 1 { return deliveries }
    let unknown = positions.filter { sizes[$0] == nil }
    if !unknown.isEmpty {
      let found = try loader.octets(of: unknown)
      for post in unknown { sizes[post] = found[post] ?? 0 }
    }
    var (known, sum, count): (Set<JournalPosition>, Int, Int) = ([], 0, 0)
    for delivery in deliveries {
      for post in delivery.posts(parts) where known.insert(post).inserted { sum += sizes[post] ?? 0 }
      if count > 0, sum > JournalledPosts.octetLimit { break }
      count += 1
    }
    return Array(deliveries.prefix(count))
  }

  /// - Returns: what becomes of each, and by part of a digest those of its posts that its reader may not see for now.
  /// - Throws: `ForumError` if the forum cannot be asked; then nothing may be sent.
  func results(of deliveries: [Delivery]) throws
    -> (results: [DeliveryID: RecheckResult], outOfSight: [DeliveryID: [JournalPosition]])
  {
    let people = try context.ledger.people(ids: Set(deliveries.map(\.person)))
    let parts = try context.ledger.posts(ofParts: deliveries.filter { $0.digest != nil }.map(\.id))
    var keysByPost: [JournalPosition: Set<ForumKey>] = [:]
    for delivery in deliveries {
      // Their pseudonym is no key of the forum's.
      guard let person = people[delivery.person], !person.isErased else { continue }
      let key = person.key
      for post in delivery.posts(parts) { keysByPost[post, default: []].insert(ForumKey(key)) }
    }
    let posts = try loader.posts(keysByPost.keys, .whole)
    let members = try context.members.audiences(of: keysByPost, posts)
    let doubted = try context.doubtedDiscussions(keysByPost, posts, members)
    let digests = try context.ledger.digests(ids: Set(deliveries.compactMap(\.digest)))
    let forced = try context.ledger.exemptions(ofOrders: deliveries.lazy.map(\.generation).filter { $0 > 0 })
    var results = try noticeResults(of: deliveries, people)
    var outOfSight: [DeliveryID: [JournalPosition]] = [:]
    for delivery in deliveries where delivery.notice == nil {
      guard people[delivery.person]?.isErased != true else {
        results[delivery.id] = withheld(delivery, .erased)
        continue
      }
      let key = people[delivery.person]?.key
      let verdicts = delivery.posts(parts).map { position in
        verdict(
          position, posts[position], key.flatMap { members[position]?[$0] }, doubted, forced[delivery.generation] ?? [])
      }
      results[delivery.id] =
        switch delivery.content {
        case .post: instant(delivery, verdicts.first ?? .no(.gone))
        case .digestPart(let digest, let part, let parts):
          self.part(part, of: parts, delivery, digests[digest], verdicts, &outOfSight)
        case .notice: preconditionFailure("notice \(delivery.id) carries no post")
        }
    }
    return (results, outOfSight)
  }

  /// What the forum says now of one post and one reader.
  private enum Verdict {
    /// nil: no watch brings it, but the admin's word.
    case yes(PostCopy, AudienceMember, WatchScope?)
    case no(SkipReason)
    /// Out of the person's sight for now; comes back if it is shown again.
    case later(JournalPosition, SkipReason)
  }

  /// `nil` where the journal has the post and the forum does not: it is gone.
  private func verdict(
    _ position: JournalPosition, _ loaded: JournalledPosts.Loaded?, _ member: AudienceMember?,
    _ doubted: Set<ForumKey>, _ forced: Set<Exemption>
  ) -> Verdict {
    switch loaded {
    case .post(let copy, let entry):
      let isDoubted = doubted.contains(copy.post.discussionKey)
      guard let member else {
        // The forum no longer knows the person.
        return isDoubted ? .later(position, .unreadablePerson) : .no(.inactive)
      }
      switch member.decision {
      case .instant(let scope), .digest(let scope): return .yes(copy, member, scope)
      case .skipped(let skipped):
        if isDoubted, entry.takesForGood(member, of: copy.post) { return .later(position, .unreadablePerson) }
        let reason = entry.reason(skipped, for: copy.post)
        if !forced.isEmpty {
          let audience = Audience(context.members, copy.post, visibleAt: entry.visibleAt)
          guard case .skipped = audience.decision(of: member, settingAside: forced) else {
            return .yes(copy, member, nil)
          }
        }
        return reason.isOutOfSight ? .later(position, reason) : .no(reason)
      }
    case .withdrawn(let reason, _): return .later(position, reason)
    case nil: return .no(.gone)
    }
  }

  /// A copy has one post: what holds for that holds for the mail.
  private func instant(_ delivery: Delivery, _ verdict: Verdict) -> RecheckResult {
    switch verdict {
    case .yes(let copy, let member, let scope): mail(delivery, .instant(copy, scope), to: member)
    case .no(let reason), .later(_, let reason): withheld(delivery, reason)
    }
  }

  /// A part of a digest goes out with those of its posts that may still be read, and not at all without any.
  private func part(
    _ part: Int, of parts: Int, _ delivery: Delivery, _ digest: Digest?, _ verdicts: [Verdict],
    _ outOfSight: inout [DeliveryID: [JournalPosition]]
  ) -> RecheckResult {
    var copies: [PostCopy] = []
    var watches: [WatchScope?] = []
    var reason: SkipReason?
    var reader: AudienceMember?
    for verdict in verdicts {
      switch verdict {
      case .yes(let copy, let member, let scope):
        copies.append(copy)
        watches.append(scope)
        reader = member
      case .no(let skipped): reason = reason ?? skipped
      case .later(let position, let skipped):
        reason = reason ?? skipped
        outOfSight[delivery.id, default: []].append(position)
      }
    }
    guard let digest, let reader else { return withheld(delivery, reason ?? .gone) }
    let content = DigestPart(
      copies: copies, watches: watches, kind: kind(digest, copies, reader), part: part, parts: parts,
      total: digest.posts, signingKey: digest.signingKey)
    return mail(delivery, .digestPart(content), to: reader)
  }

  /// What the digest says of itself. A last call names the discussion that was the next to close when it was written;
  /// once that has closed it is a digest like any other.
  private func kind(_ digest: Digest, _ copies: [PostCopy], _ reader: AudienceMember) -> DigestKind {
    switch digest.kind {
    case .catchUp: return .catchUp
    case .leaving: return .leaving
    case .lastCall:
      let closing = copies.compactMap { copy in copy.discussion.closesAt.map { (at: $0, title: copy.discussion.title) }
      }
      let next = closing.filter { $0.at > digest.writtenAt }.min { $0.at < $1.at }
      if let next, next.at > context.now() { return .lastCall(discussion: next.title, closesAt: next.at) }
    case .regular: break
    }
    return .regular(reader.preferences.digest.period)
  }

  /// The mail, unless its recipient's domain or its post is held.
  private func mail(_ delivery: Delivery, _ content: MailContent, to member: AudienceMember) -> RecheckResult {
    guard let recipient = member.recipient() else { return withheld(delivery, .badAddress) }
    return mail(delivery, content, to: recipient)
  }

  /// The same of somebody whose address is known to be one.
  func mail(_ delivery: Delivery, _ content: MailContent, to recipient: Recipient) -> RecheckResult {
    let domain = recipient.address.canonicalDomain
    if case .post(let post) = delivery.content, held.contains(.post(post)) {
      return .withheld(Ledger.Withheld(delivery.id, .held(.post(post))))
    }
    if held.contains(.domain(domain)) { return .withheld(Ledger.Withheld(delivery.id, .held(.domain(domain)))) }
    return .mail(content, to: recipient)
  }

  /// Suppressed is a state of its own, which is told to the admin; every other reason drops the delivery.
  func withheld(_ delivery: Delivery, _ reason: SkipReason) -> RecheckResult {
    .withheld(Ledger.Withheld(delivery.id, reason == .suppressed ? .suppressed : .dropped(reason)))
  }
}

extension Delivery {
  /// The digest that it is a part of.
  var digest: DigestID? { if case .digestPart(let digest, _, _) = content { digest } else { nil } }

  /// The notice that it is.
  var notice: NoticeID? { if case .notice(let notice) = content { notice } else { nil } }

  /// The posts that it carries; those of a digest's part were looked up before.
  fileprivate func posts(_ parts: [DeliveryID: [JournalPosition]]) -> [JournalPosition] {
    switch content {
    case .post(let position): [position]
    case .digestPart: parts[id] ?? []
    case .notice: []
    }
  }
}
