import Ledger
import TestSupport
import Time

@testable import Jobs

/// Backups, and the admin's words.
extension HistoryWorld {
  func backUp(_ store: HistoryEvent.Store) throws {
    switch store {
    case .forum: forumBackup = (try DatabaseSnapshot(site.fixture.forum), model.forum)
    case .ledger: ledgerBackup = (try DatabaseSnapshot(site.fixture.ledgerFile), model.suppressed, order)
    }
  }

  func restore(_ store: HistoryEvent.Store) throws {
    switch store {
    case .forum:
      guard let (snapshot, forum) = forumBackup else { return }
      try snapshot.restore(site.fixture.forum)
      for (post, one) in forum.posts where model.forum.posts[post]?.seenFirst != one.seenFirst {
        // It was shown after the backup: what was settled about it then, is settled.
        model.excuse(post, "it was shown before the forum was restored")
      }
      model.forum = forum
    case .ledger:
      guard let (snapshot, suppressed, order) = ledgerBackup else { return }
      try snapshot.restore(site.fixture.ledgerFile)
      model.suppressed = suppressed
      model.ledgerWentBack(to: order)
    }
  }

  /// `watchpost resume`, where a hold is told.
  func resume(all: Bool) throws {
    let held = try site.ledger.holds().map(\.kind).filter { $0 == .forum || $0 == .ledger }
    let ahead = try site.witness.ahead(of: site.ledger)
    guard !held.isEmpty || ahead != nil else { return }
    _ = try site.ledger.resume(
      mailedUntil: all ? nil : site.clock.now, witness: ahead, newest: try site.fixture.source.newestOrdinal(),
      now: site.clock.now)
    guard !all else { return }
    if held.contains(.ledger) || ahead != nil { model.allWasMailed() }
    if held.contains(.forum) {
      for (post, one) in model.forum.posts where one.isRenumbered {
        model.excuse(post, "the admin says that it was mailed before the forum was restored")
      }
    }
  }

  /// `watchpost release`, whatever is held.
  func release() throws {
    let (ledger, now) = (site.ledger, site.clock.now)
    _ = try ledger.releaseFlood()
    for reason in try ledger.heldCounts().keys { _ = try ledger.release(reason, now: now) }
    for domain in try ledger.heldDomains() { _ = try ledger.release(.domain(domain), now: now) }
  }
}
