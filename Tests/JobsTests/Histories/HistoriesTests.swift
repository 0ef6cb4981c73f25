// Histories: a model-based random test of the whole job.
//
// From a seed a short history is drawn (`History`): what people, moderators and admins do, and what befalls the machine,
// the relay and the rows (`HistoryEvent`). `HistoryWorld` plays it on the embedded forum, the ledger and the real stages,
// with a clock and a relay of the tests' own, and tells `HistoryModel`, which knows the rules and nothing of the program.
// At every mail: may this person have this post now, in this text, and has it not come before? At the end the world
// heals, the admin gives the words that are asked for, and runs go on until nothing is left: has everybody got what is
// theirs? What fails is told with its seed and shrunk (`HistoryShrinker`).
//
// Exact are: that nothing comes to who may not have it at that moment, nor after an undisturbed run decided against it;
// that nothing comes twice, but under one Message-ID where its fate was in doubt, and no more of those than a group for
// each crash; and that what was theirs in the eyes of every run comes. In between the model leaves it open: where what
// runs saw changed before it was settled, the relay refused it for good, an age is not known to the second, or the
// admin's word took it away. `notVacuous` keeps that part small.
//
//     WATCHPOST_HISTORIES=1000    plays so many more, from fresh seeds
//     WATCHPOST_HISTORY=SEED      plays one alone

import Foundation
import TestSupport
import Testing

/// Random histories of a forum and of what befalls Watchpost, and what must hold of each.
@Suite("Histories", .timeLimit(.minutes(60)))
struct HistoriesTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let batch: UInt64 = 10

  /// The seeds of one case of the test.
  static let batches: [Range<UInt64>] = {
    if let seed = environment["WATCHPOST_HISTORY"].flatMap(UInt64.init) { return [seed..<(seed + 1)] }
    var batches = (0..<UInt64(TestDatabase.isPostgres ? 2 : 15)).map { ($0 * batch)..<(($0 + 1) * batch) }
    if let more = environment["WATCHPOST_HISTORIES"].flatMap(UInt64.init) {
      var random = SystemRandomNumberGenerator()
      let first = UInt64.random(in: 1_000_000..<1_000_000_000_000, using: &random)
      batches += stride(from: first, to: first + more, by: Int(batch)).map { $0..<min($0 + batch, first + more) }
    }
    return batches
  }()

  @Test(
    "F5, C6, E1, E2, E3, S5: whatever befalls, each watched post reaches each who may have it exactly once",
    arguments: batches)
  func exactlyOnce(_ seeds: Range<UInt64>) throws {
    for seed in seeds {
      let history = History(seed: seed)
      let violations = HistoriesTests.violations(history)
      if violations.isEmpty { continue }
      let (shrunk, left) = HistoryShrinker(HistoriesTests.violations).shrink(history, violations)
      Issue.record(
        """
        WATCHPOST_HISTORY=\(seed): \(left.joined(separator: "\n  "))
        \(shrunk.setting)
        \(shrunk.events.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n"))
        """)
    }
  }

  @Test("F5: the histories are full of what they are to prove")
  func notVacuous() throws {
    var extent = HistoryWorld.Extent()
    for seed: UInt64 in 0..<30 { extent += try HistoriesTests.play(History(seed: seed)).extent }
    #expect(extent.mails > 200 && extent.digests > 30 && extent.owed > 200 && extent.refused > 200, "\(extent)")
    #expect(extent.open < (extent.owed + extent.refused) / 3, "the model says too little: \(extent)")
    #expect(extent.deaths >= 8 && extent.again >= 3 && extent.setAside >= 5, "\(extent)")
    #expect(extent.floods >= 2 && extent.forumHolds >= 2 && extent.ledgerHolds >= 2, "\(extent)")
    #expect(extent.doubtedClocks >= 2, "\(extent)")
  }

  private static func play(_ history: History) throws -> HistoryWorld {
    let world = try HistoryWorld(history)
    for event in history.events { try world.take(event) }
    try world.finish()
    return world
  }

  /// Plays it; what is wrong with its end.
  static func violations(_ history: History) -> [String] {
    do { return try play(history).violations } catch { return ["it failed: \(error)"] }
  }
}
