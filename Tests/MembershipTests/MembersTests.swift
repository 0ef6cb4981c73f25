import Forum
import Membership
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A person") struct MembersTests {
  private let site: MembersFixture
  private let members: Members

  init() throws {
    site = try MembersFixture()
    members = site.members(isForeign: true)
  }

  @Test("is found by address, by account name and by key")
  func found() throws {
    let ana = try site.fixture.participant("ana")
    let ben = try site.fixture.participant("ben")
    site.forum.name("Benny", [ben])
    for (text, key) in [("ana@example.net", ana), ("Benny", ben), (ana, ana), (ben, ben)] {
      #expect(try members.participant(text).key == key, "\(text)")
    }
  }

  @Test("is found by an address however its domain is written, if the forum has its canonical form")
  func canonical() throws {
    let key = try site.fixture.writer.addParticipant(name: "Eva", address: "eva@xn--bcher-kva.example")
    for text in ["eva@bücher.example", " Eva@XN--BCHER-kva.example"] {
      #expect(try members.participant(text).key == key, "\(text)")
    }
  }

  @Test("whose account name is somebody else's key is found by that name")
  func nameBeforeKey() throws {
    let ana = try site.fixture.participant("ana")
    let ben = try site.fixture.participant("ben")
    site.forum.name(ana, [ben])
    #expect(try members.participant(ana).key == ben)
  }

  @Test("whom the forum does not know is nobody, whatever was typed; the words say what to give instead")
  func nobody() throws {
    try site.fixture.participant("ana")
    // Words, where this forum's keys are numbers, are no failure of the forum's either.
    for text in ["carol@example.net", "99", "carol", "", "' OR 1 = 1 --", "9999999999999999999999"] {
      do {
        let found = try members.participant(text)
        Issue.record("\(text) is \(found)")
      } catch let error as Members.NotFound {
        // Whoever has no address has an empty one: nothing typed names nobody.
        #expect(
          error.description
            == (text.isEmpty
              ? "no participant is named: give an address, an account name or an id"
              : "the forum knows no participant \"\(text)\"; give an address, an account name or an id"))
      }
    }
  }

  @Test("who shares an address with another is not guessed at: all are named, with their keys")
  func several() throws {
    let keys = try ["Ana", "Ben"].map { try site.fixture.writer.addParticipant(name: $0, address: "us@example.net") }
    let error = #expect(throws: Members.NotFound.self) { try members.participant("us@example.net") }
    for words in ["\"us@example.net\" names several", "\(keys[0]) (Ana)", "\(keys[1]) (Ben)", "give the id"] {
      #expect(error?.description.contains(words) == true, "\(words)")
    }
    #expect(try members.participant(keys[1]).name == "Ben")
  }

  @Test("has one place in the ledger, given when it is first asked for")
  func place() throws {
    let ana = try site.participant(try site.fixture.participant("ana"))
    #expect(try site.ledgerRows().isEmpty)
    let person = try members.person(ana)
    #expect(person.id > 0 && person.key == ana.key)
    #expect(try members.person(ana) == person)
  }

  @Test("has what the forum says of each choice, else what the ledger keeps, else what the configuration says")
  func resolved() {
    var random = SplitMix64(seed: 20_261_126)
    for _ in 0..<500 {
      let (forum, kept) = (random.preferences(), random.preferences())
      let defaults = random.preferences().resolved(with: EffectivePreferences())
      let found = site.members(isForeign: true, defaults: defaults).preferences(
        of: Participant(key: "1", name: "", address: "", preferences: forum),
        Person(id: 1, key: "1", preferences: kept, digestDate: nil, isStopped: false))
      func expect<T: Equatable>(_ choice: KeyPath<Preferences, T?>, _ whole: KeyPath<EffectivePreferences, T>) {
        var expected = forum[keyPath: choice] ?? kept[keyPath: choice] ?? defaults[keyPath: whole]
        // Who has stopped all mail has stopped it, whatever the forum says.
        if kept.mode == .off, let off = Mode.off as? T { expected = off }
        #expect(found[keyPath: whole] == expected, "\(whole) of \(forum), \(kept) and \(defaults)")
      }
      expect(\.mode, \.mode)
      expect(\.digestPeriod, \.digest.period)
      expect(\.digestHour, \.digest.hour)
      expect(\.digestWeekday, \.digest.weekday)
      expect(\.zone, \.digest.zone)
      expect(\.language, \.language)
      expect(\.digestStyle, \.digestStyle)
      expect(\.digestFormat, \.digestFormat)
      expect(\.textOnly, \.textOnly)
      expect(\.ownPosts, \.ownPosts)
      // No configuration pauses anybody.
      #expect(found.pausedUntil == forum.pausedUntil ?? kept.pausedUntil)
    }
  }

  @Test("of whom the ledger keeps nothing has the forum's choices and the configuration's")
  func unrecorded() {
    var forum = Preferences()
    forum.mode = .digest
    let found = site.members(isForeign: true, defaults: EffectivePreferences(mode: .off, language: .fr)).preferences(
      of: Participant(key: "1", name: "", address: "", preferences: forum), .unrecorded(key: "1"))
    #expect(found == EffectivePreferences(mode: .digest, language: .fr))
  }
}
