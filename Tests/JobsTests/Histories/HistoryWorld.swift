import Forum
import Jobs
import Ledger
import Membership
import Relay
import SQL
import Synchronization
import TestSupport
import Time

@testable import Jobs

/// Plays a history on the real stages, tells the model, and holds what the relay was handed against it.
final class HistoryWorld {
  static let settle: Int64 = 120
  let history: History
  let site: TestSite
  var model = HistoryModel()
  /// What was found wrong, in words.
  var violations: [String] = []
  /// True seconds since the beginning.
  var passed: Int64 = 0
  /// By how much the machine's clock is wrong just now.
  var wrong: Int64 = 0
  var order = 0
  var weather = HistoryEvent.Weather.good
  let start: Timestamp
  let dice: Mutex<SplitMix64>
  var faults: Set<HistoryEvent.Fault> = []
  /// Message-IDs of mails of which nobody can know whether they came.
  var doubtful: Set<String> = []
  /// Of each run that died, the Message-IDs that it handed over, and those of them that came again.
  var deaths: [(handed: Set<String>, again: Set<String>)] = []
  /// By delivery, when it was tried first.
  var firstTried: [Int64: Int64] = [:]
  /// All authors of each key, from before backups were restored.
  var authors: [String: [Int?]] = [:]
  /// When the posts of each key were written, by the forum's clock.
  var written: [String: Set<Int64>] = [:]
  var lastKeyEver: Int64 = 0
  var forumBackup: (snapshot: DatabaseSnapshot, forum: HistoryModel.Forum)?
  var ledgerBackup: (snapshot: DatabaseSnapshot, suppressed: Set<Int>, order: Int)?
  var extent = Extent()

  init(_ history: History) throws {
    self.history = history
    let setting = history.setting
    site = try TestSite { settings in
      (settings.pageSize, settings.pages, settings.deliver.group) = (setting.pageSize, setting.pages, 3)
      settings.digest.partSize = setting.partSize
      settings.collect.floodLimit = setting.floodLimit
      settings.deliver.uncertain = setting.holdsUncertain ? .hold : .resend
    }
    site.relay.window(2)
    start = site.clock.now
    dice = Mutex(SplitMix64(seed: setting.dice))
    try site.fixture.dropChecks()
    try site.fixture.writer.addDiscussion(title: "Bureau", slug: "bureau")
    for thread in 1...History.threads {
      let discussion = thread == History.threads ? 2 : 1
      try site.fixture.thread("Thread \(thread)", in: "\(discussion)")
      model.forum.places[thread] = discussion
    }
    for person in 1...History.people {
      try site.fixture.participant("p\(person)")
      try set("participant", "address", .text(HistoryWorld.address(person)), person)
      model.forum.people[person] = HistoryModel.Person()
    }
    _ = try site.job(HistoryEvent.Steps.all.steps, site.ledger, site.relay)
  }

  /// Some of them are of one domain.
  static func address(_ person: Int) -> String {
    "p\(person)@\(["example.net", "example.net", "example.org", "example.com"][person - 1])"
  }

  /// What the time really is.
  var now: Int64 { start.seconds + passed }
  /// What the forum writes down.
  var forumNow: Timestamp { history.setting.hasOwnClock ? Timestamp(now) : site.clock.now }
  var isMisdating: Bool { wrong != 0 && !history.setting.hasOwnClock }
  var moment: HistoryModel.Moment { HistoryModel.Moment(seconds: now, order: order) }

  func set(_ table: String, _ column: String, _ value: Value, _ id: some CustomStringConvertible) throws {
    try site.fixture.forum.write {
      try $0.run("UPDATE \(table) SET \(column) = $1 WHERE id = $2", [value, .text("\(id)")])
    }
  }

  func wait(_ seconds: Int64) {
    site.clock.advance(by: seconds)
    passed += seconds
  }

  /// One event.
  func take(_ event: HistoryEvent) throws {
    order += 1
    switch event {
    case .wait(let seconds): wait(seconds)
    case .clock(let seconds):
      site.clock.step(by: seconds)
      wrong += seconds
      model.clockWasWrong = true
    case .relay(let weather): self.weather = weather
    case .run(let steps, let mishap): try run(steps, mishap)
    case .backUp(let store): try backUp(store)
    case .restore(let store): try restore(store)
    case .resume(let all): try resume(all: all)
    case .release: try release()
    case .spoil(let fault): try spoil(fault, true)
    case .mend(let fault): try spoil(fault, false)
    case .post, .burst, .show, .hide, .delete, .erase, .edit, .movePost, .moveThread: try takePost(event)
    default: try takePerson(event)
    }
  }
}
