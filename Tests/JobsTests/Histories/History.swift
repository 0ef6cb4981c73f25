import TestSupport

/// A short life of a forum and of what befalls Watchpost, drawn from a seed.
struct History: Sendable {
  static let people = 4
  static let threads = 3
  static let discussions = 2

  /// What is settled before anything happens.
  struct Setting: Sendable {
    /// The forum's moments are of a clock that is always right, not of the machine's.
    var hasOwnClock: Bool
    var pageSize: Int
    var pages: Int
    var partSize: Int
    var floodLimit: Int
    var holdsUncertain: Bool
    /// At the end posts that are hidden or wait for approval are shown.
    var endsShown: Bool
    /// The admin's last word, where one is asked for.
    var resumesAll: Bool
    /// What the relay's dice are thrown with.
    var dice: UInt64
  }

  let seed: UInt64
  let setting: Setting
  var events: [HistoryEvent]

  /// Of a hundred histories so many know this kind of trouble at all: each is short, and shows what it is about.
  private enum Trouble: CaseIterable {
    case moderation, places, people, rights, faults, clocks, backups, crashes, relay, flood, closing, peers

    var percent: Int {
      switch self {
      case .moderation: 50
      case .places: 25
      case .people: 50
      case .rights: 30
      case .faults: 30
      case .clocks: 30
      case .backups: 25
      case .crashes: 50
      case .relay: 40
      case .flood: 20
      case .closing: 20
      case .peers: 20
      }
    }
  }

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.seed = seed
    let troubles = Set(Trouble.allCases.filter { Int.random(in: 0..<100, using: &random) < $0.percent })
    setting = Setting(
      hasOwnClock: random.once(in: 2), pageSize: random.pick([2, 3, 50]), pages: random.pick([1, 8]),
      partSize: random.pick([3000, 100_000]), floodLimit: troubles.contains(.flood) ? 3 : 1000,
      holdsUncertain: random.once(in: 4), endsShown: random.once(in: 2), resumesAll: random.once(in: 2),
      dice: random.next())
    var draw = Draw(random: random)
    events = draw.beginning()
    let table = History.table(troubles)
    let total = table.reduce(0) { $0 + $1.weight }
    for _ in 0..<Int.random(in: 8...30, using: &draw.random) {
      var left = Int.random(in: 0..<total, using: &draw.random)
      let row = table.first { row in
        left -= row.weight
        return left < 0
      }
      if let row { events += row.draw(&draw) }
    }
  }

  private typealias Row = (weight: Int, draw: (inout Draw) -> [HistoryEvent])

  /// What may happen, and how often against the rest.
  private static func table(_ troubles: Set<Trouble>) -> [Row] {
    var table: [Row] = [
      (22, { $0.post() }), (26, { $0.run(.none) }), (12, { [.wait($0.span())] }), (5, { $0.watch() }),
      (2, { [.edit($0.somePost())] }), (3, { $0.mode() }),
    ]
    func add(_ trouble: Trouble, _ rows: [Row]) { if troubles.contains(trouble) { table += rows } }
    add(
      .moderation,
      [
        (5, { [.show($0.somePost(), isDated: $0.random.once(in: 2))] }), (5, { [.hide($0.somePost())] }),
        (2, { [.delete($0.somePost())] }), (1, { [.erase($0.somePost())] }),
      ])
    add(
      .places,
      [
        (5, { [.movePost($0.somePost(), thread: $0.thread())] }),
        (3, { [.moveThread($0.thread(), discussion: $0.discussion())] }),
      ])
    add(
      .people,
      [
        (4, { $0.mode() }), (3, { [.unwatch($0.person(), $0.place())] }), (3, { $0.digest() }),
        (2, { [.pause($0.person(), seconds: $0.random.pick([nil, 600, 7200, 200_000]))] }),
        (2, { [.account($0.person(), isActive: $0.random.once(in: 2))] }),
        (1, { [.ownPosts($0.person(), $0.random.once(in: 2))] }),
        (2, { [.suppress($0.person(), $0.random.once(in: 2))] }),
      ])
    add(
      .rights,
      [
        (4, { [.privacy(discussion: $0.discussion(), $0.random.once(in: 2))] }),
        (4, { [.member($0.person(), discussion: $0.discussion(), !$0.random.once(in: 3))] }),
      ])
    add(.faults, [(7, { [.spoil($0.fault())] }), (5, { $0.mend() })])
    add(
      .clocks,
      [
        (8, { $0.wrongClock() }),
        (3, { $0.post() + [.wait(130)] + $0.run(.clockSteps($0.jump(), mail: $0.number(1...3))) }),
      ])
    add(
      .backups,
      [
        (4, { [.backUp($0.store())] }), (3, { [.restore($0.store())] }),
        (3, { [.resume(all: $0.random.once(in: 2))] }), (8, { $0.backUpAndRestore() }),
      ])
    add(.crashes, [(12, { $0.crash() }), (2, { $0.run(.forumDown(question: $0.number(1...20))) })])
    add(.relay, [(8, { [.relay($0.random.pick(HistoryEvent.Weather.allCases + [.good, .good, .mixed, .mixed]))] })])
    add(.flood, [(8, { $0.burst() }), (3, { _ in [.release] })])
    add(
      .closing,
      [(4, { [.closing(discussion: $0.discussion(), seconds: $0.random.pick([nil, 10_000, 80_000, 300_000]))] })])
    add(.peers, [(6, { $0.post() + [.wait(130)] + $0.run(.other(mail: $0.number(1...3))) })])
    return table
  }
}

/// What the table's rows choose from.
private struct Draw {
  var random: SplitMix64
  private var posts = 0
  private var faults: [HistoryEvent.Fault] = []

  init(random: SplitMix64) { self.random = random }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  mutating func store() -> HistoryEvent.Store { random.once(in: 2) ? .forum : .ledger }
  mutating func person() -> Int { Int.random(in: 1...History.people, using: &random) }
  mutating func thread() -> Int { Int.random(in: 1...History.threads, using: &random) }
  mutating func discussion() -> Int { Int.random(in: 1...History.discussions, using: &random) }

  /// One of the latest, which are those that still wait somewhere.
  mutating func somePost() -> Int { Int.random(in: max(1, posts - 3)...max(1, posts), using: &random) }

  mutating func place() -> HistoryEvent.Place {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: .everything
    case 1, 2: .discussion(discussion())
    default: .thread(thread())
    }
  }

  mutating func aMode() -> String? { random.pick([nil, "instant", "digest", "digest", "off"]) }
  mutating func mode() -> [HistoryEvent] {
    [.mode(person(), random.pick([nil, "instant", "digest", "digest", "off"]))]
  }

  /// Who watches what when it begins.
  mutating func beginning() -> [HistoryEvent] {
    (1...History.people).flatMap { person in
      var events: [HistoryEvent] = []
      if random.once(in: 2) { events.append(.mode(person, random.pick(["instant", "digest"]))) }
      if random.once(in: 3) { events += digest(of: person) }
      events.append(.watch(person, random.pick([.thread(1), .discussion(1), .everything]), isMute: false, mode: nil))
      return events
    }
  }

  mutating func post() -> [HistoryEvent] {
    posts += 1
    let author = random.once(in: 2) ? person() : nil
    return [
      .post(posts, thread: thread(), author: author, isPending: random.once(in: 6), isUrgent: random.once(in: 8))
    ]
  }

  mutating func burst() -> [HistoryEvent] {
    let first = posts + 1
    posts += 5
    return [.burst(first: first, count: 5, thread: thread())] + run(.none)
  }

  mutating func watch() -> [HistoryEvent] {
    let isMute = random.once(in: 4)
    return [.watch(person(), place(), isMute: isMute, mode: random.once(in: 2) ? aMode() : nil)]
  }

  mutating func digest() -> [HistoryEvent] { digest(of: person()) }

  private mutating func digest(of person: Int) -> [HistoryEvent] {
    [
      .digest(
        person, isWeekly: random.once(in: 4), hour: Int.random(in: 0...23, using: &random),
        zone: random.pick(["UTC", "Africa/Nairobi", "America/Montreal", "Asia/Kathmandu"]),
        language: random.pick(["en", "fr", "es"]))
    ]
  }

  mutating func fault() -> HistoryEvent.Fault {
    let fault: HistoryEvent.Fault =
      switch Int.random(in: 0..<9, using: &random) {
      case 0, 1: .postDate(somePost())
      case 2: .postVisibility(somePost())
      case 3, 4: .pause(person: person())
      case 5, 6: .watch(person: person())
      case 7: .address(person: person())
      default: .closing(discussion: discussion())
      }
    faults.append(fault)
    return fault
  }

  mutating func mend() -> [HistoryEvent] { faults.isEmpty ? [] : [.mend(random.pick(faults))] }

  /// Seconds from one event to another: mostly those between two runs, now and then days.
  mutating func span() -> Int64 {
    switch Int.random(in: 0..<10, using: &random) {
    case 0...5: random.pick([1, 60, 119, 120, 121, 300, 600])
    case 6, 7: Int64.random(in: 1000...10_000, using: &random)
    case 8: Int64.random(in: 20_000...90_000, using: &random)
    default: Int64.random(in: 90_000...300_000, using: &random)
    }
  }

  /// A run that dies with work in hand.
  mutating func crash() -> [HistoryEvent] {
    var events: [HistoryEvent] = random.once(in: 2) ? post() + [.wait(130), .run(.collect, .none)] : []
    if random.once(in: 3) { events += post() }
    events.append(.wait(random.pick([130, 1300, 86_400])))
    let isAfter = random.once(in: 2)
    let mishap: HistoryEvent.Mishap =
      random.once(in: 3)
      ? .diesSending(mail: number(1...3), after: isAfter) : .dies(commit: number(1...12), after: isAfter)
    return events + [.run(.all, mishap)]
  }

  mutating func backUpAndRestore() -> [HistoryEvent] {
    let store = store()
    var events: [HistoryEvent] = [.backUp(store)] + post()
    if random.once(in: 2) { events += post() }
    if random.once(in: 3) { events += mode() }
    events += [.wait(130)] + run(.none) + [.wait(span()), .restore(store)]
    if random.once(in: 3) { events += run(.none) }
    events += post()
    if random.once(in: 2) { events += post() }
    events += run(.none)
    if random.once(in: 2) { events.append(.resume(all: random.once(in: 2))) }
    return events
  }

  /// For one run, and what people do just before it.
  mutating func wrongClock() -> [HistoryEvent] {
    var events: [HistoryEvent] = [.wait(300), .clock(jump())]
    if random.once(in: 2) { events += post() }
    if random.once(in: 3) { events += watch() }
    return events + [.run(.all, random.once(in: 5) ? .dies(commit: 5, after: false) : .none)]
  }

  mutating func jump() -> Int64 { random.pick([-400 * 86_400, -1500, 1500, 400 * 86_400]) }

  /// Mostly after some time: a run that follows another at once has nothing to do.
  mutating func run(_ mishap: HistoryEvent.Mishap) -> [HistoryEvent] {
    let steps: HistoryEvent.Steps = random.once(in: 3) ? random.pick(HistoryEvent.Steps.allCases) : .all
    let run = HistoryEvent.run(steps, mishap)
    return random.once(in: 4) ? [run] : [.wait(random.pick([120, 130, 300, 1300])), run]
  }
}
