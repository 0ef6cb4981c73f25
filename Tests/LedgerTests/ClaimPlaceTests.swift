import Identifiers
import Ledger
import Testing
import Time

/// Where a run's next claim begins.
@Suite("A run's place among what is due") struct ClaimPlaceTests {
  private let bench: LedgerFixture
  private let people: [PersonID]
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    people = try bench.people("a", "b", "c", "d")
  }

  private func claim(_ limit: Int, _ place: inout ClaimPlace, by other: Ledger? = nil) throws -> [DeliveryID] {
    let taken = try (other ?? ledger).lease(limit: limit, under: 1, from: &place, now: bench.now, seconds: 900)
    return taken?.deliveries.map(\.id) ?? []
  }

  @Test("E4: claims go on behind what was claimed; what was given back is taken once there is nothing more")
  func goesOn() throws {
    let copies = try bench.copies("1", to: people)
    var place = ClaimPlace.start
    #expect(try claim(1, &place) == [copies[0]])
    try ledger.release(lease: 1)
    let early = try bench.copies("2", to: [people[0]], due: bench.now - 9)
    #expect(try claim(2, &place) == [copies[1], copies[2]])
    #expect(try claim(2, &place) == [copies[3]])
    #expect(try claim(9, &place) == early + [copies[0]])
    #expect(try claim(9, &place) == [])
  }

  @Test("C4: urgent copies that come while a run is at work go first all the same")
  func urgent() throws {
    let first = try bench.copies("1", to: [people[0]], isUrgent: true)
    let copies = try bench.copies("2", to: people)
    var place = ClaimPlace.start
    #expect(try claim(2, &place) == [first[0], copies[0]])
    let urgent = try bench.copies("3", to: [people[1], people[2]], isUrgent: true)
    #expect(try claim(1, &place) == [urgent[0]])
    #expect(try claim(3, &place) == [urgent[1], copies[1], copies[2]])
    #expect(try claim(3, &place) == [copies[3]])
  }

  @Test("E4: hosts that each go on from their own place still share the work, and leave nothing")
  func shared() throws {
    for key in 1...5 { try bench.copies("\(key)", to: people, isUrgent: key == 3) }
    let processes = [ledger, try bench.anotherProcess()]
    var (places, taken): ([ClaimPlace], [DeliveryID]) = ([.start, .start], [])
    for turn in 0..<12 { taken += try claim(3, &places[turn % 2], by: processes[turn % 2]) }
    #expect(taken.sorted() == (1...20).map { DeliveryID($0) })
  }
}
