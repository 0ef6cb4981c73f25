import Testing
import Time

@testable import Jobs

@Suite("What a machine's runs leave for each other") struct RunBookTests {
  private static let start = ClockReading(wall: Timestamp(1_800_000_000), boot: 7, steady: 1000)

  /// A run with a lease that has not ended, and then the next.
  private func after(_ next: ClockReading, isAlive: Bool) -> (book: RunBook, died: RunBook.Heartbeat?) {
    var book = RunBook()
    book.begin("dispatch", at: Self.start, process: 10)
    book.lease(3, by: "dispatch")
    let died = book.begin("dispatch", at: next, process: 11) { _ in isAlive }
    return (book, died)
  }

  @Test("S5: a run that has died is known by the next, and so are its leases, where its death is certain")
  func died() {
    let later = ClockReading(wall: Self.start.wall + 60, boot: 7, steady: 1060)
    let dead = after(later, isAlive: false)
    #expect(dead.died?.began == Self.start && dead.book.deadLeases == [3])
    // A lock's file was removed under it: it may be at work.
    let alive = after(later, isAlive: true)
    #expect(alive.died == nil && alive.book.deadLeases == nil)
    // The machine began anew: leases know their boot, or go by a clock that others share.
    let booted = after(ClockReading(wall: Self.start.wall + 60, boot: 8, steady: 5), isAlive: true)
    #expect(booted.died != nil && booted.book.deadLeases == nil)
    var book = dead.book
    book.forget(dead: [3])
    #expect(book.deadLeases == nil)
  }

  @Test("S5: one that has ended is not dead")
  func ended() {
    var book = RunBook()
    book.begin("dispatch", at: Self.start, process: 10)
    book.lease(3, by: "dispatch")
    book.end("dispatch", at: Self.start, .done)
    let died = book.begin("dispatch", at: Self.start, process: 11)
    #expect(died == nil && book.deadLeases == nil)
  }

  @Test("E5: what could not be said is kept once, the last hundred lines of it")
  func unsaid() {
    var book = RunBook()
    book.keep(unsaid: (1...150).map(String.init))
    #expect(book.takeUnsaid().count == 100)
    #expect(book.takeUnsaid().isEmpty)
  }
}
