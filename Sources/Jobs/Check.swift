import Composition
import Forum
import Ledger
import Mail

/// What a leased delivery is to become: a mail, or nothing.
enum Checked {
  /// An instant copy: the post, the person, and the watch that it came from.
  case instant(PostCopy, Recipient, WatchScope)
  case digestPart(DigestPart)
  case withheld(Ledger.Withheld)

  /// A part of a digest with those of its posts that may still be shown.
  struct DigestPart {
    var copies: [PostCopy]
    /// What the watches are on that they come from.
    var scopes: Set<WatchScope>
    var kind: DigestKind
    var digest: Ledger.Digest
    var recipient: Recipient
  }
}

/// Asks the forum again, set-wise and for a whole chunk at once, whether what was chosen may still be sent (rules C6, F3).
struct Check {
  let context: StageContext
  let loader: PostLoader
  /// Domains that are held, lower-case.
  let heldDomains: Set<String>

  /// - Returns: what becomes of each, and by part of a digest those of its posts that its reader may not see for now.
  /// - Throws: `SourceUnavailable` if the forum cannot be asked; then nothing may be sent.
  func callAsFunction(_ deliveries: [Delivery]) throws -> (checked: [Int64: Checked], outOfSight: [Int64: [Int64]]) {
    let people = try context.ledger.people(ids: Set(deliveries.map(\.person)))
    let parts = try context.ledger.posts(ofParts: deliveries.filter { !$0.isInstant }.map(\.id))
    var keysByPost: [Int64: Set<String>] = [:]
    for delivery in deliveries {
      guard let key = people[delivery.person]?.key else { continue }
      for post in delivery.posts(parts) { keysByPost[post, default: []].insert(key) }
    }
    let posts = try loader.posts(keysByPost.keys)
    var judged: [Int64: [String: Judged]] = [:]
    for (position, keys) in keysByPost {
      guard case .post(let copy, let entry)? = posts[position] else { continue }
      let audience = Audience(context, copy.post, visibleAt: entry.visibleAt)
      judged[position] = Dictionary(
        try audience.among(keys.sorted()).map { ($0.person.key, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let digests = try context.ledger.digests(ids: Set(deliveries.compactMap(\.digest)))
    var checked: [Int64: Checked] = [:]
    var outOfSight: [Int64: [Int64]] = [:]
    for delivery in deliveries {
      let key = people[delivery.person]?.key
      let verdicts = delivery.posts(parts).map { position in
        verdict(position, posts[position], key.flatMap { judged[position]?[$0] })
      }
      checked[delivery.id] =
        switch delivery.content {
        case .post: instant(delivery, verdicts.first ?? .no(.gone))
        case .digestPart(let digest, _, _): part(delivery, digests[digest], verdicts, &outOfSight)
        }
    }
    return (checked, outOfSight)
  }

  private enum Verdict {
    case yes(PostCopy, Judged, WatchScope)
    case no(SkipReason)
    /// Out of the person's sight for now; comes back if it is shown again.
    case later(Int64, SkipReason)
  }

  private func verdict(_ position: Int64, _ loaded: PostLoader.Loaded?, _ judged: Judged?) -> Verdict {
    switch loaded {
    case .post(let copy, let entry):
      guard let judged else { return .no(.inactive) }  // the forum no longer knows the person
      switch judged.decision {
      case .instant(let scope), .digest(let scope): return .yes(copy, judged, scope)
      case .skipped(let skipped):
        let reason = entry.reason(skipped, for: copy.post)
        return reason.isOutOfSight ? .later(position, reason) : .no(reason)
      }
    case .withdrawn(let reason, _): return .later(position, reason)
    case nil: return .no(.gone)
    }
  }

  private func instant(_ delivery: Delivery, _ verdict: Verdict) -> Checked {
    switch verdict {
    case .yes(let copy, let judged, let scope):
      guard let recipient = judged.recipient() else { return withheld(delivery, .badAddress) }
      return hold(delivery, recipient) ?? .instant(copy, recipient, scope)
    case .no(let reason), .later(_, let reason): return withheld(delivery, reason)
    }
  }

  private func part(
    _ delivery: Delivery, _ digest: Ledger.Digest?, _ verdicts: [Verdict], _ outOfSight: inout [Int64: [Int64]]
  ) -> Checked {
    var copies: [PostCopy] = []
    var scopes: Set<WatchScope> = []
    var reason: SkipReason?
    var reader: Judged?
    for verdict in verdicts {
      switch verdict {
      case .yes(let copy, let judged, let scope):
        copies.append(copy)
        scopes.insert(scope)
        reader = judged
      case .no(let skipped): reason = reason ?? skipped
      case .later(let position, let skipped):
        reason = reason ?? skipped
        outOfSight[delivery.id, default: []].append(position)
      }
    }
    guard let digest, let reader else { return withheld(delivery, reason ?? .gone) }
    guard let recipient = reader.recipient() else { return withheld(delivery, .badAddress) }
    return hold(delivery, recipient)
      ?? .digestPart(
        Checked.DigestPart(
          copies: copies, scopes: scopes, kind: kind(digest, copies, reader), digest: digest, recipient: recipient))
  }

  /// What the digest says of itself. A last call names the discussion that was the next to close when it was written;
  /// once that has closed it is a digest like any other.
  private func kind(_ digest: Ledger.Digest, _ copies: [PostCopy], _ reader: Judged) -> DigestKind {
    switch digest.kind {
    case .catchUp: return .catchUp
    case .leaving: return .leaving
    case .lastCall:
      let closing = copies.compactMap { copy in copy.discussion.closesAt.map { (at: $0, title: copy.discussion.title) }
      }
      let next = closing.filter { $0.at > digest.writtenAt }.min { $0.at < $1.at }
      if let next, next.at > context.now() { return .lastCall(discussion: next.title) }
    case .regular: break
    }
    return reader.regularDigest
  }

  private func withheld(_ delivery: Delivery, _ reason: SkipReason) -> Checked {
    .withheld(
      Ledger.Withheld(
        delivery: delivery.id, state: reason == .suppressed ? .suppressed : .dropped, reason: reason.rawValue))
  }

  private func hold(_ delivery: Delivery, _ recipient: Recipient) -> Checked? {
    guard heldDomains.contains(recipient.address.domain) else { return nil }
    return .withheld(
      Ledger.Withheld(
        delivery: delivery.id, state: .held, reason: Ledger.heldFor(domain: recipient.address.domain)))
  }
}

extension Delivery {
  var isInstant: Bool { if case .post = content { true } else { false } }
  var digest: Int64? { if case .digestPart(let digest, _, _) = content { digest } else { nil } }

  fileprivate func posts(_ parts: [Int64: [Int64]]) -> [Int64] {
    switch content {
    case .post(let position): [position]
    case .digestPart: parts[id] ?? []
    }
  }
}
