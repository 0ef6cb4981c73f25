import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// Forums of any length that are restored, posts of anybody and of any time after it, and any word of the admin, against
/// a model that knows each post by its text alone.
@Suite("Forums restored at random") struct RestoredForumPropertyTests {
  /// The forum as it should be, and what is known of it.
  private struct Model {
    /// The texts that stand in the forum, by their keys, with their times.
    var forum: [String: (text: String, author: String?, createdAt: Timestamp)] = [:]
    /// What the admin said was mailed already: it is mailed once, or not at all.
    var excused: Set<String> = []
    var written = 0
  }

  /// What the model forbids, and all that led to it.
  private struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ wrong: [String], _ history: [String]) {
      description = wrong.joined(separator: ", ") + " after:\n  " + history.joined(separator: "\n  ")
    }
  }

  /// A site, its model and its random numbers.
  private final class World {
    let site: TestSite
    let thread: String
    let authors: [String?]
    var random: SplitMix64
    var model = Model()
    /// Posts were lost, and nobody has given a word about it.
    var isOpen = false
    /// What happened, for whoever looks for a fault.
    var history: [String] = []
    var backups: [(rows: DatabaseSnapshot, model: [String: (text: String, author: String?, createdAt: Timestamp)])] = []

    init(seed: UInt64) throws {
      random = SplitMix64(seed: seed)
      let site = try TestSite { $0.collect.settle = 0 }
      thread = try site.thread(watchedBy: ["ana"])
      authors = try ["ben", "eva", "ida"].map { try site.fixture.participant($0) } + [nil]
      self.site = site
    }

    /// Writes posts by anybody; some are dated years back.
    func write(_ count: Int, lostAuthors: [String?] = []) throws {
      for place in 0..<count {
        // One single post that its author writes again unseen may as well be a thread that was bumped.
        let unseen = lostAuthors.count == 1 && place == 0 ? lostAuthors : []
        let author = random.pick(authors.filter { !unseen.contains($0) })
        let createdAt = random.once(in: 6) ? Timestamp(37 + Int64(model.written)) : site.clock.now
        model.written += 1
        let text = "body-\(model.written)"
        let key = try site.fixture.writer.addPost(
          thread: thread, author: author, body: text, at: createdAt)
        model.forum[key] = (text, author, createdAt)
        history.append("\(text) is post \(key), by \(author ?? "a guest") at \(createdAt)")
        site.clock.advance(by: Int64.random(in: 1...90, using: &random))
      }
    }

    /// In how many mails each text stands.
    var mailed: [String: Int] {
      let texts = site.relay.accepted.flatMap { mail in
        Set(mail.text.matches(of: /body-[0-9]+/).map { String($0.output) })
      }
      return Dictionary(texts.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// Runs, and holds what it says against the model.
    func run() throws {
      let collect = try site.collect()
      try site.fanOut()
      try site.digest()
      try site.deliver()
      site.clock.advance(by: Int64.random(in: 10...600, using: &random))
      let mails = site.relay.accepted
      let mailed = mailed
      let unsent = Set(model.forum.values.map(\.text)).subtracting(mailed.keys).subtracting(model.excused)
      let holds = try site.ledger.holds().map(\.reason)
      let far = collect.wentBack.map { "\($0)" } ?? ""
      history.append("run: told \(collect.replaced) \(far), held \(holds), unsent \(unsent.sorted())")
      var wrong: [String] = []
      if Set(mails.map(\.messageID)).count < mails.count { wrong.append("a name was given twice") }
      if case let twice = mailed.filter({ $0.value > 1 }).keys.sorted(), !twice.isEmpty {
        wrong.append("mailed twice: \(twice)")
      }
      if !isOpen {
        if collect.wentBack != nil || collect.replaced > 0 || !holds.isEmpty { wrong.append("a false alarm") }
        if !unsent.isEmpty { wrong.append("mailed to nobody") }
      } else if collect.wentBack == nil, unsent.count > collect.replaced {
        wrong.append("neither mailed nor told")
      }
      if !wrong.isEmpty { throw Wrong(wrong, history) }
    }

    func backUp() throws {
      history.append("backup \(backups.count) of \(model.forum.count) posts")
      backups.append((try DatabaseSnapshot(site.fixture.forum), model.forum))
    }

    /// Puts a backup back; returns who wrote what is lost.
    func restore() throws -> [String?] {
      let index = Int.random(in: 0..<backups.count, using: &random)
      let backup = backups[index]
      try backup.rows.restore(site.fixture.forum)
      let lost = model.forum.filter { backup.model[$0.key]?.text != $0.value.text }.map(\.value.author)
      model.forum = backup.model
      isOpen = isOpen || !lost.isEmpty
      history.append("backup \(index) is restored, \(lost.count) posts are lost")
      site.clock.advance(by: Int64.random(in: 60...3000, using: &random))
      return lost
    }

    /// The admin's word: now, all, or a moment.
    func answer() throws {
      guard try site.ledger.holds().contains(where: { $0.kind == .forum }) else { return }
      isOpen = false
      let mailed = mailed
      let unsent = model.forum.values.filter { mailed[$0.text] == nil }
      let moment: Timestamp? =
        switch Int.random(in: 0..<3, using: &random) {
        case 0: nil
        case 1: site.clock.now
        default: site.clock.now - Int64.random(in: 1...2000, using: &random)
        }
      history.append("resume from \(moment.map { "\($0)" } ?? "all")")
      if let moment { model.excused.formUnion(unsent.filter { $0.createdAt < moment }.map(\.text)) }
      _ = try site.ledger.resume(
        mailedUntil: moment, witness: nil, newest: try site.fixture.source.newestOrdinal(), now: site.clock.now)
    }
  }

  @Test(
    "E3: whatever is lost and written anew, each new post is mailed once, or held and told, and an answer ends the alarm",
    arguments: UInt64(1)...24)
  func histories(_ seed: UInt64) throws {
    let world = try World(seed: seed)
    try world.write(Int.random(in: 0...30, using: &world.random))
    try world.run()
    try world.backUp()
    for _ in 1...3 {
      for _ in 0..<Int.random(in: 1...3, using: &world.random) {
        try world.write(Int.random(in: 1...15, using: &world.random))
        try world.run()
        try world.answer()
        if world.random.once(in: 2), !world.isOpen { try world.backUp() }
      }
      try world.run()
      var lost = try world.restore()
      for _ in 0..<Int.random(in: 0...3, using: &world.random) {
        if world.random.once(in: 2) {
          try world.run()
          lost = []
        }
        try world.write(Int.random(in: 0...12, using: &world.random), lostAuthors: lost)
      }
      for _ in 0..<Int.random(in: 2...8, using: &world.random) {
        try world.run()
        try world.answer()
        try world.run()
        try world.write(Int.random(in: 0...4, using: &world.random))
      }
      try world.run()
    }
  }
}
