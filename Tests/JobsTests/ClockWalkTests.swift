import Ledger
import Synchronization
import TestSupport
import Testing
import Time

@testable import Jobs

private let day: Int64 = 86_400

/// Two hours of a forum in phases of ten minutes, a run after each, and a day until the last digest is out. The clock is
/// wrong for a while somewhere in it.
private final class Walk: Sendable {
  /// How the clock goes wrong.
  enum Manner: CaseIterable {
    /// For one run.
    case oneRun
    /// From the middle of one run to the middle of the next.
    case midRun
    /// From one run on, with a new boot before it and after it.
    case oneBoot
    /// And stays so: it was wrong before, and is right from then on.
    case forGood
  }

  static let phases = 12
  let site: TestSite
  private let thread: String
  /// When each post was made, and each copy came, in seconds that really passed.
  private let made = Mutex<[String: Int64]>([:])
  private let came = Mutex<[String: [Int64]]>([:])
  private let passed = Mutex<Int64>(0)
  /// By how much the clock steps with the next mail.
  private let step = Mutex<Int64?>(nil)

  init() throws {
    site = try TestSite { ($0.deliver.group, $0.pageSize) = (3, 4) }
    thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    let readers = try ["dan", "zoe"].map { try site.fixture.participant($0, mode: .digest) }
    try site.fixture.watch(thread: thread, by: readers)
    site.relay.answer { message, earlier in
      message.envelope.recipient.localPart == "ben" && earlier == 0 ? .refused("450 4.2.1 Later") : .accepted
    }
    try site.run()
    site.relay.onMail { [self] _ in takeStep() }
  }
}

extension Walk {
  private func wait(_ seconds: Int64) {
    site.clock.advance(by: seconds)
    passed.withLock { $0 += seconds }
  }

  private func run() throws {
    let before = site.relay.accepted.count
    try site.run()
    let now = passed.withLock { $0 }
    for mail in site.relay.accepted.dropFirst(before) {
      for post in mail.posts { came.withLock { $0["\(mail.name) \(post)", default: []].append(now) } }
    }
  }

  private func takeStep() {
    if let seconds = step.withLock({ $0.take() }) { site.clock.step(by: seconds) }
  }

  private func post(isUrgent: Bool = false) throws {
    let key = try site.fixture.post(in: thread, isUrgent: isUrgent)
    let now = passed.withLock { $0 }
    made.withLock { $0[key] = now }
  }

  /// What people do before the run of a phase.
  private func change(_ phase: Int) throws {
    switch phase {
    case 1, 3, 6, 9: try post()
    case 4: try post(isUrgent: true)
    case 7:
      let fay = try site.fixture.participant("fay")
      try site.fixture.watch(thread: thread, by: [fay])
    case 8:
      try post()
      try post()
    default: break
    }
  }

  func walk(_ manner: Manner, at wrong: Int, by jump: Int64) throws {
    for phase in 0..<Walk.phases {
      wait(600)
      if phase == wrong || (phase == wrong + 1 && manner != .forGood) {
        step.withLock { $0 = phase == wrong ? jump : -jump }
        if manner != .midRun { takeStep() }
        if manner == .oneBoot { site.clock.reboot() }
      }
      try change(phase)
      try run()
      // Where no mail came, after the run.
      takeStep()
    }
    for tick in 0..<40 {
      wait(tick < 12 ? 600 : 3600)
      try run()
    }
  }

  /// Everybody has each post once, and nobody waited too long for it.
  func check(_ place: Comment) throws {
    let (made, came) = (made.withLock { $0 }, came.withLock { $0 })
    // Whether fay, who came in between, hears of the posts that rested just then may depend on the clock.
    let people = ["ana", "ben", "eva", "dan", "zoe"]
    #expect(made.count == 7)
    for (post, at) in made {
      for name in people {
        let times = came["\(name) \(post)"] ?? []
        #expect(times.count == 1, "\(place): \(name) \(post) came \(times)")
        let isDigest = ["dan", "zoe"].contains(name)
        let bound: Int64 = isDigest ? day + 2 * 3600 : name == "ben" ? 5 * 3600 : 3600 + 3 * 600
        if let time = times.first { #expect(time - at <= bound, "\(place): \(name) \(post) after \(time - at) s") }
      }
    }
    #expect(came.filter { $0.key.hasPrefix("fay") }.allSatisfy { $0.value.count == 1 }, place)
    // What was made after fay's watch, fay has.
    for (post, at) in made where at > 8 * 600 { #expect(came["fay \(post)"]?.count == 1, "\(place): fay \(post)") }
    #expect(try site.deliveries().allSatisfy { [.sent, .dropped].contains($0.state) && !$0.isLeased }, place)
    #expect(try site.count("SELECT count(*) FROM candidate") == 0, place)
    #expect(try site.count("SELECT count(*) FROM digest_slot") == 0, place)
  }
}

@Suite("The clock walks", .timeLimit(.minutes(10)))
struct ClockWalkTests {
  @Test(
    "E2: the clock is wrong at any step, by any jump, and back or not: everybody gets each post exactly once, in time",
    arguments: [-3650 * day, -400 * day, -2 * day, -1500, 1500, 2 * day, 400 * day, 3650 * day])
  func anywhere(jump: Int64) throws {
    for (number, manner) in Walk.Manner.allCases.enumerated() {
      // Each jump and manner at steps of its own; together they come to every step.
      for wrong in stride(from: (Int(abs(jump) / 500) + number) % 6, to: Walk.phases, by: 6) {
        let walk = try Walk()
        try walk.walk(manner, at: wrong, by: jump)
        try walk.check("\(manner) at \(wrong) by \(jump)")
      }
    }
  }
}
