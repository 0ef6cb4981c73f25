import TestSupport
import Testing

@testable import Time

private let start = Timestamp(1_000_000_000)
private let day: Int64 = 86_400

/// A reading so many seconds after the first by the steady clock, with the wall clock ahead by so many.
private func reading(_ passed: Int64, ahead: Int64 = 0, boot: Int64? = 1) -> ClockReading {
  ClockReading(wall: start + passed + ahead, boot: boot, steady: 5000 + passed)
}

private func clock(_ readings: ClockReading...) -> AgreedClock {
  var clock = AgreedClock(readings[0])
  for reading in readings.dropFirst() { clock.take(reading) }
  return clock
}

@Suite("The clock as runs agree on it")
struct AgreedClockTests {
  /// A reading after the first, and by how much the wall clock is found to have jumped; nil: it is believed.
  static let second: [(ClockReading, jump: Int64?)] = [
    (reading(0), nil), (reading(600), nil), (reading(600, ahead: 30), nil), (reading(600, ahead: -30), nil),
    (reading(600, ahead: 31), 31), (reading(600, ahead: -31), -31), (reading(600, ahead: 1500), 1500),
    (reading(600, ahead: -1500), -1500), (reading(600, ahead: 400 * day), 400 * day),
    (reading(600, ahead: -3650 * day), -3650 * day),
    // A machine that slept or was idle for a month, and whose clock is off by less than a thousandth.
    (reading(30 * day, ahead: 2000), nil), (reading(30 * day, ahead: -2000), nil),
    (reading(30 * day, ahead: 3000), 3000),
    // Another boot or machine: how much time passed nobody knows.
    (ClockReading(wall: start + day, boot: 2, steady: 7), nil),
    (ClockReading(wall: start - 30, boot: 2, steady: 900_000), nil),
    (ClockReading(wall: start + day + 1, boot: 2, steady: 7), day - 599),
    (ClockReading(wall: start - 31, boot: 2, steady: 7), -631),
    (ClockReading(wall: start + 5, boot: nil, steady: 7), nil),
    // A steady clock that went back is another's.
    (ClockReading(wall: start + 600, boot: 1, steady: 4), nil),
  ]

  @Test(
    "E2: wall and steady clock must move alike; over a boot the wall clock may go on by a day, and not back",
    arguments: second)
  func judged(_ next: ClockReading, jump: Int64?) {
    let state = AgreedClock(reading(0)).state(at: next)
    #expect(state.doubt?.jump == jump)
    #expect(state.doubt?.isGrave ?? false == (abs(jump ?? 0) > day))
    #expect(state.setback == max(0, -(jump ?? 0)))
    // The later of two; what is agreed goes on as the steady clock does.
    #expect(state.now == max(next.wall, state.agreed))
    #expect(state.agreed == next.wall - (jump ?? 0))
  }

  @Test(
    "E2: a clock that was wrong for one run is right again at once", arguments: [-3650 * day, -1500, 1500, 400 * day])
  func oneRun(ahead: Int64) {
    let wrong = clock(reading(0), reading(600, ahead: ahead))
    #expect(wrong.suspect?.expected == start + 600)
    #expect(wrong.state(at: reading(660, ahead: ahead)).agreed == start + 660)
    #expect(clock(reading(0), reading(600, ahead: ahead), reading(700)).suspect == nil)
  }

  @Test("E2: readings that agree for an hour are believed, not sooner; others in between begin the hour anew")
  func agreement() {
    let first = clock(reading(0), reading(600, ahead: 2 * day))
    #expect(first.state(at: reading(4199, ahead: 2 * day)).doubt?.until == start + 600 + 2 * day + 3600)
    let state = first.state(at: reading(4200, ahead: 2 * day))
    let now = start + 4200 + 2 * day
    #expect(state == ClockState(now: now, agreed: now, wrong: nil, doubt: nil))
    let other = clock(reading(0), reading(600, ahead: 2 * day), reading(4000, ahead: 9 * day))
    #expect(other.state(at: reading(4300, ahead: 2 * day)).doubt != nil)
    #expect(other.state(at: reading(7600, ahead: 9 * day)).doubt == nil)
  }

  @Test("E2: after another boot what is agreed goes on from the last reading by the doubted clock, and never back")
  func otherBoot() {
    func booted(_ passed: Int64) -> ClockReading {
      ClockReading(wall: start - day + passed, boot: 2, steady: 9 + passed)
    }
    var doubted = clock(reading(0), booted(0))
    #expect(doubted.state(at: booted(0)).agreed == start + 600)
    #expect(doubted.state(at: booted(500)).agreed == start + 1100)
    doubted.take(ClockReading(wall: start - 9 * day, boot: 3, steady: 1))
    #expect(doubted.suspect?.expected == start + 600)
    #expect(doubted.state(at: ClockReading(wall: start - 9 * day + 60, boot: 3, steady: 61)).now == start + 660)
  }

  @Test("E2: what is agreed is renewed every ten minutes, so that a short standstill is none of days")
  func renewed() {
    #expect(clock(reading(0), reading(599)).agreed == reading(0))
    #expect(clock(reading(0), reading(600)).agreed == reading(600))
    // Of several machines by turns too.
    func other(_ passed: Int64) -> ClockReading { ClockReading(wall: start + passed, boot: 2, steady: 7 + passed) }
    #expect(clock(reading(0), other(599)).agreed == reading(0))
    #expect(clock(reading(0), other(600)).agreed == other(600))
  }

  @Test("E2: what the ledger keeps reads back as it was; anything else is none")
  func text() {
    for one in [
      clock(reading(0)), clock(reading(0), reading(60, ahead: -day * 400)),
      clock(reading(0), reading(60, ahead: 1500), reading(700)),
      clock(ClockReading(wall: Timestamp(-5), boot: nil, steady: 0), ClockReading(wall: start, boot: -7, steady: 3)),
    ] {
      #expect(AgreedClock(one.description) == one)
    }
    #expect(clock(reading(0)).description == "1000000000 1 5000 - - - - - -")
    let doubted = clock(reading(0), reading(60, ahead: day))
    #expect(doubted.description == "1000000000 1 5000 1000086460 1 5060 1000000060 - -")
    for text in ["", "1 2 3", "- 1 2 - - - - - -", "1 2 - - - - - - -", "1 2 3 - - - - - - -"] {
      #expect(AgreedClock(text) == nil)
    }
  }

  @Test("E2: what a clock showed while it was ahead is known when it is right again")
  func wrong() {
    // One run at 600 saw it, at 700 it was right.
    let oneRun = clock(reading(0), reading(600, ahead: 1500), reading(700))
    #expect(oneRun.wrong == (start + 1500)...(start + 2200))
    #expect(oneRun.state(at: reading(800)).wrong == oneRun.wrong)
    let behind = clock(reading(0), reading(600, ahead: -1500), reading(700))
    #expect(behind.wrong == nil)
    // What was agreed was ahead, and the clock is right from now on.
    let forGood = clock(reading(0), reading(600, ahead: -1500), reading(4200, ahead: -1500))
    #expect(forGood.wrong == (start + 2700)...(start + 4200))
    var vouched = clock(reading(0))
    vouched.vouch(for: reading(600, ahead: -1500))
    #expect(vouched.wrong == (start - 900)...(start + 600) && vouched.agreed == reading(600, ahead: -1500))
    vouched.vouch(for: reading(700, ahead: 400 * day))
    #expect(vouched.wrong == (start - 900)...(start + 600))
  }

  @Test("E2: whatever the wall clock does for less than an hour, the time agreed on goes as the steady clock goes")
  func anyWalk() {
    for seed in 0..<300 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      var clock = AgreedClock(reading(0))
      var passed: Int64 = 0
      var ahead: Int64 = 0
      for _ in 0..<40 {
        passed += Int64.random(in: 1...600, using: &random)
        // Never the same twice, so that no wrong one is agreed on.
        ahead = Bool.random(using: &random) ? 0 : ahead + Int64.random(in: 4000...(900 * day), using: &random)
        if Bool.random(using: &random) { ahead = -ahead }
        let now = reading(passed, ahead: ahead)
        let state = clock.state(at: now)
        #expect(state.agreed == start + passed || ahead == 0 && state.agreed == now.wall, "seed \(seed)")
        #expect(state.now >= start + passed && state.now >= now.wall, "seed \(seed)")
        #expect((state.doubt == nil) == (ahead == 0), "seed \(seed)")
        clock.take(now)
      }
      // And back: nothing is left of it.
      clock.take(reading(passed + 1))
      #expect(clock.suspect == nil && clock.state(at: reading(passed + 1)).now == start + passed + 1, "seed \(seed)")
    }
  }
}
