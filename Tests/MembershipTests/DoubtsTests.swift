import Identifiers
import Membership
import Testing
import Time

/// What is believed of who is there, and when.
@Suite("Doubts") struct DoubtsTests {
  private func turnout(_ known: Int, gone: Int) -> Turnout {
    var turnout = Turnout()
    for number in 0..<known { turnout.count(number < gone ? .missing : nil) }
    return turnout
  }

  @Test(
    "E9: of ten people all may be gone, of more no more than half",
    arguments: [
      (0, 0, true), (3, 3, true), (10, 10, true), (11, 5, true), (11, 6, false), (16, 8, true), (16, 9, false),
    ])
  func plausible(_ known: Int, _ gone: Int, _ isPlausible: Bool) {
    #expect(turnout(known, gone: gone).isPlausible == isPlausible)
  }

  /// Takes looks in at these hours; true where one was believed.
  private func taken(_ looks: [(hour: Int64, gone: Int)], isTimeKnown: Bool = true) -> (believed: [Bool], Doubts) {
    var doubts = Doubts()
    let believed = looks.map { look in
      doubts.take(
        turnout(16, gone: look.gone), of: "1", last: 7, at: Timestamp(look.hour * 3600), isTimeKnown: isTimeKnown)
    }
    return (believed, doubts)
  }

  @Test("E9: is believed when runs have agreed for a day; what was decided before proves nothing then")
  func agreed() {
    let (believed, doubts) = taken([0, 5, 10, 15, 20, 24].map { (500_000 + $0, 16) })
    #expect(believed == [false, false, false, false, false, true])
    #expect(doubts.floor(of: "1") == 7 && doubts.floor(of: "2") == 0)
    #expect(doubts.words(at: Timestamp(500_024 * 3600)) == nil)
  }

  @Test("E9: begins anew where a look between found everybody, or nobody has looked for hours")
  func interrupted() {
    #expect(
      taken([(0, 16), (5, 16), (10, 2), (14, 16), (19, 16), (24, 16)]).believed == [
        false, false, true, false, false, false,
      ])
    #expect(taken([(0, 16), (24, 16), (29, 16)]).believed == [false, false, false])
  }

  @Test("E2, E9: a moment that a wrong clock wrote makes nothing believed, nor does one that is doubted")
  func clock() {
    #expect(taken([(500_000, 16), (100, 16), (106, 16)]).believed == [false, false, false])
    #expect(taken([0, 6, 12, 18, 24, 30].map { ($0, 16) }, isTimeKnown: false).believed.allSatisfy { !$0 })
  }

  @Test("E9: the admin's word ends all doubts, and is told of all discussions")
  func released() {
    var (_, doubts) = taken([(0, 16)])
    _ = doubts.take(turnout(20, gone: 20), of: "2", last: 7, at: Timestamp(0), isTimeKnown: true)
    #expect(
      doubts.words(at: Timestamp(60))
        == "in discussion 2, of 20 people who were to have the last posts there, 20 are not found (query watchers_among);"
        + " and alike in 1 more")
    doubts.release(last: 9)
    #expect(doubts.words(at: Timestamp(60)) == nil && doubts.floor(of: "1") == 9 && doubts.floor(of: "3") == 9)
  }
}
