import Jobs
import Testing
import Time

@Suite("What was told of troubles")
struct TroubleBookTests {
  private static let start = Timestamp(1_800_000_000)

  private func relay(_ what: String? = "connection refused", size: Int = 0) -> Trouble {
    Trouble(.relay, what, advice: "Mend it.", size: size, status: .unavailable)
  }

  /// One run after another, a minute apart.
  private func told(
    _ runs: [[Trouble]], apart: Int64 = 60, look: Trouble.Look = .over
  ) -> (told: [[String]], status: [Jobs.ExitStatus]) {
    var book = TroubleBook()
    var (told, statuses): ([[String]], [Jobs.ExitStatus]) = ([], [])
    for (index, met) in runs.enumerated() {
      let (words, status) = book.take(met, at: Self.start + Int64(index) * apart) { _ in look }
      told.append(words)
      statuses.append(status)
    }
    return (told, statuses)
  }

  @Test("E5: is told when it begins and when it ends, and its exit status lasts as long as it does")
  func once() {
    let (told, status) = told([[], [relay()], [relay()], [relay()], [], []])
    #expect(told == [[], ["connection refused. Mend it."], [], [], ["Over after 3 min: connection refused"], []])
    #expect(status == [.done, .unavailable, .unavailable, .unavailable, .done, .done])
  }

  @Test("E5, E6: what nothing suffers from makes nothing of a run, nor of status; once something does it stands again")
  func idle() {
    var book = TroubleBook()
    for (met, look, status) in [
      ([relay()], .over, .unavailable), ([], .idle, .done), ([], .unknown, .done), ([], .lasts, .unavailable),
      ([], .idle, .done), ([relay()], .over, .unavailable),
    ] as [([Trouble], Trouble.Look, Jobs.ExitStatus)] {
      #expect(book.take(met, at: Self.start) { _ in look }.status == status)
      #expect(book.troubling.map(\.trouble.status) == (status == .done ? [] : [status]))
      #expect(book.standing.count == 1)
    }
  }

  @Test("E5: a relay that is down for six hours is one mail from cron in 181 runs, and one when it is up again")
  func sixHours() {
    let (told, status) = told(Array(repeating: [relay()], count: 181) + [[]], apart: 120)
    #expect(told.count { !$0.isEmpty } == 2 && told.last == ["Over after 6 h: connection refused"])
    #expect(status.dropLast().allSatisfy { $0 == .unavailable })
  }

  @Test("E5: is told again when it has doubled, when it says something new, and once a day")
  func grows() {
    let sizes = [1, 20, 49, 50, 99, 100, 199, 200, 200].map { [relay(size: $0)] }
    #expect(told(sizes).told.map(\.count) == [1, 0, 0, 1, 0, 1, 0, 1, 0])
    #expect(told(sizes).told[3] == ["Since 2027-01-15T08:00:00Z: connection refused. Mend it."])
    let other = told([[relay()], [relay("no password")], [relay()], [relay("no password")]])
    #expect(other.told == [["connection refused. Mend it."], ["no password. Mend it."], [], []])
    let daily = told(Array(repeating: [relay()], count: 49), apart: 3600).told
    #expect(daily.indices.filter { !daily[$0].isEmpty } == [0, 24, 48])
  }

  @Test("E5: an answer that differs in numbers alone, and one that is not there, are nothing new")
  func sameWords() {
    let runs = [[relay("451 4.3.0 <q7F2> later")], [relay("451 4.3.0 <a9B1> later")], [relay(nil)], [relay(nil)]]
    #expect(told(runs).told.map(\.count) == [1, 0, 0, 0])
    #expect(told([[relay(nil)]]).told == [["Mend it."]])
  }

  @Test("E5: one that comes and goes is told three times, not at every turn; its end after an hour without it")
  func comesAndGoes() {
    let turns = (0..<40).map { $0.isMultiple(of: 2) ? [relay()] : [] }
    let (told, _) = told(turns + Array(repeating: [], count: 70))
    #expect(
      told[..<4] == [
        ["connection refused. Mend it."], ["Over after 60 s: connection refused"],
        ["Again: connection refused. Mend it."], [],
      ])
    let later = told.indices.dropFirst(4).filter { !told[$0].isEmpty }
    #expect(later == [99] && told[99] == ["Over after 39 min: connection refused"])
  }

  @Test("E5: what a run could not look at lasts while something suffers from it, and is not told over")
  func unseen() {
    let lasting = told([[relay()], [], []], look: .lasts)
    #expect(lasting.told.map(\.count) == [1, 0, 0] && lasting.status == [.unavailable, .unavailable, .unavailable])
    let unknown = told([[relay()], [], [relay()]], look: .unknown)
    #expect(unknown.told.map(\.count) == [1, 0, 0] && unknown.status == [.unavailable, .done, .unavailable])
  }

  @Test("E5: what two steps meet alike is told once, and over when both are without it")
  func alike() {
    let (a, b) = (
      Trouble(.step, named: "collect", "the ledger is gone", status: .unavailable),
      Trouble(.step, named: "digest", "the ledger is gone", status: .unavailable)
    )
    #expect(
      told([[a], [b, a], [b], []]).told == [["the ledger is gone"], [], [], ["Over after 2 min: the ledger is gone"]])
  }

  @Test("E5: one fault that three jobs meet, each after another of its own, is told by one of them, a day later too")
  func jobs() {
    var book = TroubleBook()
    func meet(_ words: String, at moment: Int64) -> Int {
      ["dispatch", "digest", "inbound"].map { job in
        let trouble = Trouble(.start, named: job, words, status: .unavailable)
        return book.take([trouble], at: Self.start + moment) { _ in .unknown }.told.count
      }.reduce(0, +)
    }
    #expect(meet("the ledger is closed", at: 0) == 1 && meet("the ledger is closed", at: 60) == 0)
    #expect(meet("the forum is closed", at: 120) == 1 && meet("the forum is closed", at: 180) == 0)
    #expect(meet("the forum is closed", at: 86_000) == 0 && meet("the forum is closed", at: 86_700) == 1)
    #expect(meet("the forum is closed", at: 86_800) == 0)
  }

  @Test("E5: what the admin has given their word about is told anew if it is still there, and is no news if it is not")
  func word() {
    var book = TroubleBook()
    _ = book.take([relay()], at: Self.start) { _ in .over }
    book.forget([.relay])
    #expect(book.standing.isEmpty)
    #expect(book.take([], at: Self.start + 60) { _ in .over }.told.isEmpty)
    _ = book.take([relay()], at: Self.start + 120) { _ in .over }
    book.forget([.relay])
    #expect(book.take([relay()], at: Self.start + 180) { _ in .over }.told.count == 1)
    _ = book.take([Trouble(.domain, named: "a.example", "a", status: .workLeft)], at: Self.start) { _ in .unknown }
    book.forget([.domain], named: "b.example")
    #expect(book.standing.map(\.trouble.name).contains("a.example"))
  }

  @Test("E2, E5: a clock that was ahead keeps nothing untold")
  func clockAhead() {
    var book = TroubleBook()
    _ = book.take([relay()], at: Self.start + 400 * 86_400) { _ in .over }
    #expect(book.take([relay()], at: Self.start) { _ in .over }.told.isEmpty)
    #expect(book.take([relay()], at: Self.start + 86_400) { _ in .over }.told.count == 1)
  }

  @Test("E5: another trouble of the same step has its own beginning; a relay's other words are still its trouble")
  func since() {
    for (topic, began) in [(Trouble.Topic.step, Self.start + 60), (.relay, Self.start)] {
      var book = TroubleBook()
      _ = book.take([Trouble(topic, named: "x", "a", status: .unavailable)], at: Self.start) { _ in .over }
      _ = book.take([Trouble(topic, named: "x", "b", status: .unavailable)], at: Self.start + 60) { _ in .over }
      #expect(book.standing.map(\.since) == [began])
    }
  }
}
