import DeliveryPolicy
import Ledger
import Logging
import Mail
import Synchronization
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Whose fault refusals are, from run to run")
struct BlameTests {
  /// Everybody has had a mail.
  private func primed(
    _ people: Int, domains: [String] = ["a.example", "b.example", "c.example"],
    _ change: (inout TestSite.Settings) -> Void = { _ in }
  ) throws -> (site: TestSite, thread: String) {
    let (site, thread) = try TestSite.watched(by: people, domains: domains, change)
    try site.publish(in: thread)
    #expect(try site.deliver().sent == people)
    site.relay.clear()
    return (site, thread)
  }

  /// A run every ten minutes, for so many hours; what failed in them, and their exit statuses.
  private func run(_ site: TestSite, hours: Int) throws -> (failed: Int, statuses: [Jobs.ExitStatus]) {
    var (failed, statuses): (Int, [Jobs.ExitStatus]) = (0, [])
    for _ in 1...(6 * hours) {
      let report = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver])
      failed += report.steps[0].count("failed")
      statuses.append(report.status)
      site.clock.advance(by: 600)
    }
    return (failed, statuses)
  }

  // MARK: Half of it

  @Test(
    "S3: a relay that refuses every second mail for two hours loses none of people whose last mail it took, and is told",
    arguments: [
      "550 5.1.1 User unknown", "550 5.7.1 mailbox unavailable", "550 mailbox unavailable",
      "554 5.7.1 Relay access denied", "550 relay not permitted", "554 Transaction failed", "550 5.4.1 no",
      "550 5.0.0 no", "554 5.7.1 blocked using zen.spamhaus.org", "552 5.3.4 full",
    ], [SMTPStage.rcpt, .dot])
  func everySecond(_ text: String, _ stage: SMTPStage) throws {
    let (site, thread) = try primed(24)
    let count = Mutex(0)
    site.relay.answer { _, _ in
      let number = count.withLock { count in
        count += 1
        return count
      }
      return number % 2 == 1 ? .refused(text, at: stage) : .accepted
    }
    var statuses: [Jobs.ExitStatus] = []
    for _ in 1...6 {
      try site.publish(in: thread)
      let (failed, these) = try run(site, hours: 1)
      #expect(failed == 0)
      statuses += these
    }
    #expect(statuses.contains(.workLeft) || statuses.contains(.unavailable))
    site.relay.answer(.accepted)
    _ = try run(site, hours: 8)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
    #expect(Set(site.relay.accepted.map { "\($0.name) \($0.posts)" }).count == site.relay.accepted.count)
  }

  // MARK: A post

  @Test(
    "S3: a post that is refused to everybody after its content is held alone, told with its number; all others go",
    arguments: ["554 5.7.1 Message content rejected (bad URL)", "550 High probability of spam"])
  func onePost(_ text: String) throws {
    let (site, thread) = try primed(30, domains: ["big.example", "big.example", "mid.example", "uni.example"])
    let bad = try site.publish(in: thread)[0]
    site.relay.answer { message, _ in
      String(decoding: message.data, as: UTF8.self).contains("[#\(bad)]") ? .refused(text, at: .dot) : .accepted
    }
    let (failed, statuses) = try run(site, hours: 1)
    #expect(failed == 0 && statuses.allSatisfy { $0 == .workLeft } && site.relay.mails.count < 10)
    let good = try site.publish(2, in: thread)
    #expect(try site.deliver().sent == 60 && site.ledger.holds().isEmpty)
    #expect(Set(site.relay.accepted.flatMap(\.posts)) == Set(good))
    site.clock.advance(by: 86_400)
    _ = try run(site, hours: 1)
    let report = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver])
    #expect(report.status == .workLeft)
    #expect(
      report.steps[0].words.contains { $0.contains("[#\(bad)]") && $0.contains("`watchpost release post:\(bad)`") },
      "\(report.steps[0].words)")
    let post = try #require(try site.ledger.position(ofPost: bad))
    #expect(try site.ledger.heldCounts() == [.post(post): 30])
    site.relay.answer(.accepted)
    #expect(try site.ledger.release(.post(post), now: site.clock.now) == 30)
    // Later than a day, but tried: those go as they are.
    for _ in 1...2 { try site.dispatch() }
    #expect(Set(site.relay.accepted.flatMap(\.posts)) == Set(good + [bad]))
  }

  @Test(
    "S3: a relay that refuses everything after the content is found with the second post; mended and released, all goes",
    arguments: ["554 5.7.1 No mail from here", "554 5.7.1 Sending account suspended", "550 mailbox unavailable"])
  func everythingAtTheDot(_ text: String) throws {
    let (site, thread) = try primed(30, domains: ["big.example", "big.example", "mid.example", "uni.example"])
    site.relay.answer(.refused(text, at: .dot))
    for _ in 1...2 {
      try site.publish(in: thread)
      try site.deliver()
    }
    #expect(try site.ledger.holds().isEmpty && site.ledger.heldCounts().isEmpty)
    let report = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver])
    #expect(report.status == .unavailable)
    site.relay.answer(.accepted)
    #expect(try site.ledger.releaseRelay(RelayIdentity(), now: site.clock.now).messages == 60)
    #expect(try site.deliver().sent == 60)
  }

  // MARK: Forums of one domain or two

  @Test(
    "S3: forums of one domain, or two, are saved too: whatever says no to everybody for hours fails nobody",
    arguments: ["554 5.7.1 Relay access denied", "550 relaying prohibited", "550 5.1.1 User unknown", "550 no"],
    [["uni.example"], ["uni.example", "gov.example"]])
  func fewDomains(_ text: String, _ domains: [String]) throws {
    let (site, thread) = try primed(20, domains: domains)
    site.relay.answer(.refused(text))
    try site.publish(in: thread)
    let (failed, statuses) = try run(site, hours: 3)
    #expect(failed == 0 && statuses.last != .done)
    // No flood of tries.
    #expect(site.relay.mails.count < 60)
    site.relay.answer(.accepted)
    try site.publish(in: thread)
    _ = try site.ledger.releaseRelay(RelayIdentity(), now: site.clock.now)
    _ = try run(site, hours: 1)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
  }

  // MARK: A domain

  @Test(
    "S3: a domain that knows nobody any more is left alone for a growing while, whatever comes first; others wait for nothing"
  )
  func domainOfNobody() throws {
    let (site, thread) = try primed(40, domains: ["big.example", "mid.example", "uni.example", "x.example"])
    site.relay.answer { message, _ in
      message.envelope.recipient.canonicalDomain == "big.example" ? .refused("550 5.1.1 Who") : .accepted
    }
    for _ in 1...12 {
      try site.publish(in: thread)
      #expect(try site.deliver().sent == 30)
      let (failed, statuses) = try run(site, hours: 2)
      #expect(failed == 0 && statuses.allSatisfy { $0 == .workLeft })
    }
    #expect(site.relay.mails.count { !$0.isAccepted } < 30)
    site.relay.answer(.accepted)
    _ = try run(site, hours: 5)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
    #expect(try JobRun(site.stages).run(job: "dispatch", steps: [.deliver]).status == .done)
  }

  @Test("S3: a domain that knows nobody for three days is believed: its mail fails, and nothing else waits")
  func deadDomain() throws {
    let (site, thread) = try primed(24, domains: ["a.example", "b.example"]) { $0.deliver.staleAfter = 90 * 86_400 }
    site.relay.answer { message, _ in
      message.envelope.recipient.canonicalDomain == "a.example" ? .refused("550 5.1.1 User unknown") : .accepted
    }
    for day in 1...5 {
      try site.publish(in: thread)
      #expect(try site.deliver().sent == 12, "\(day)")
      site.clock.advance(by: 86_400)
    }
    _ = try run(site, hours: 30)
    #expect(try site.deliveries().allSatisfy { [.sent, .failed, .suppressed].contains($0.state) })
    #expect(try site.ledger.heldCounts().isEmpty)
  }

  @Test(
    "S3: a small domain that knows nobody for ten hours loses none of its people's mail, be they one, two or four",
    arguments: [
      (1, "550 5.1.1 Who"), (2, "550 5.1.1 Who"), (4, "550 5.1.1 Who"), (4, "550 5.4.1 Access denied"),
      (2, "554 Transaction failed"), (1, "550 5.7.1 Relaying denied"), (4, "554 5.7.1 Client host blocked using x"),
    ])
  func smallDomain(people: Int, answer: String) throws {
    let small = (1...people).map { _ in "small.example" }
    let (site, thread) = try primed(
      people + 6, domains: small + ["a.example", "b.example", "c.example", "a.example", "b.example", "c.example"])
    site.relay.answer { message, _ in
      message.envelope.recipient.canonicalDomain == "small.example" ? .refused(answer) : .accepted
    }
    for _ in 1...10 {
      try site.publish(in: thread)
      let (failed, statuses) = try run(site, hours: 1)
      #expect(failed == 0)
      // One person alone troubles nobody; nor is the relay ever at fault.
      #expect(statuses.allSatisfy { people == 1 ? $0 == .done : $0 != .unavailable }, "\(statuses)")
    }
    site.relay.answer(.accepted)
    _ = try run(site, hours: 5)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
    #expect(try site.ledger.suppressionCount() == 0)
  }

  @Test("S3: a forum of one institution loses nothing to a relay that takes nothing for ten hours", arguments: 1...4)
  func onlyDomain(people: Int) throws {
    for answer in ["550 5.1.1 Who", "550 mailbox unavailable", "550 5.7.1 Relaying denied"] {
      let (site, thread) = try primed(people, domains: ["only.example"])
      site.relay.answer(.refused(answer))
      for _ in 1...10 {
        try site.publish(in: thread)
        #expect(try run(site, hours: 1).failed == 0)
      }
      site.relay.answer(.accepted)
      _ = try run(site, hours: 5)
      #expect(try site.deliveries().allSatisfy { $0.state == .sent }, "\(answer)")
    }
  }

  @Test("S3: a post that one domain's filter refuses by policy is held with that domain's copies; its other mail goes")
  func filteredPost() throws {
    let (site, thread) = try primed(24, domains: ["big.example", "a.example"])
    let bad = try site.publish(in: thread)[0]
    site.relay.answer { message, _ in
      message.envelope.recipient.canonicalDomain == "big.example"
        && String(decoding: message.data, as: UTF8.self).contains("[#\(bad)]")
        ? .refused("554 5.7.1 Message content rejected", at: .dot) : .accepted
    }
    _ = try run(site, hours: 1)
    for _ in 1...3 {
      try site.publish(in: thread)
      _ = try run(site, hours: 1)
    }
    #expect(try site.ledger.holds().isEmpty)
    let open = try site.deliveries().filter { $0.state != .sent }
    #expect(open.count == 12 && open.allSatisfy { $0.state == .held }, "\(open.map { "\($0.name) \($0.state)" })")
  }

  // MARK: Dead addresses

  @Test("S3: a dead address that had mail lately fails after four tries within a day, and the next at once")
  func deadAddress() throws {
    let (site, thread) = try primed(6)
    site.relay.answer { message, _ in
      message.envelope.recipient.localPart == "p2" ? .refused("550 5.1.1 Who") : .accepted
    }
    try site.publish(in: thread)
    let (failed, _) = try run(site, hours: 18)
    #expect(
      failed == 1 && site.relay.mails.count { !$0.isAccepted } == 4,
      "\(failed) \(site.relay.mails.count { !$0.isAccepted })")
    try site.publish(in: thread)
    #expect(try site.deliver().failed == 1)
  }

  @Test("S4, E5: a dead domain that is put off is named, and makes no run fail while the relay takes others")
  func putOffDomain() throws {
    let (site, thread) = try primed(12, domains: ["a.example", "b.example", "c.example", "e.example"])
    site.relay.answer { message, _ in
      message.envelope.recipient.canonicalDomain == "e.example" ? .refused("450 4.1.2 Domain not found") : .accepted
    }
    var words: [String] = []
    for _ in 1...3 {
      for _ in 1...2 { try site.publish(in: thread) }
      for _ in 1...4 {
        let report = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver])
        #expect(report.status == .done)
        words += report.steps[0].words
        site.clock.advance(by: 3600)
      }
    }
    #expect(words.contains { $0.hasPrefix("e.example puts off whatever it is given") }, "\(words)")
    #expect(words.allSatisfy { !$0.contains("The relay") })
  }

  // MARK: What it lacks

  @Test("S7: a relay with a SIZE that no mail fits fails nobody however long, and is told at once")
  func sizeOfNothing() throws {
    let (site, thread) = try primed(6)
    site.relay.answer(.outcome(.notOffered(.size(message: 3423, limit: 1000))))
    try site.publish(in: thread)
    let (failed, statuses) = try run(site, hours: 72)
    #expect(failed == 0 && statuses.contains(.workLeft) && statuses[0] == .workLeft)
    site.relay.answer(.accepted)
    _ = try run(site, hours: 5)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
  }

  // MARK: What is told

  @Test("O3, E5: of what failed a run tells ten lines, and of the rest how many; nothing that waits is called failed")
  func lines() throws {
    for (text, isFailed) in [("550 5.1.1 Who", true), ("550 5.0.0 No", false)] {
      let (site, thread) = try TestSite.watched(by: 30)
      try site.publish(in: thread)
      site.relay.answer(.refused(text))
      let lines = Mutex<[String]>([])
      var stages = site.stages
      stages.context.log = Logger(label: "test") { _ in CollectingLog { line in lines.withLock { $0.append(line) } } }
      // At first all but one wait for what the next hours show.
      for wait in [0, 3600, 4 * 3600] as [Int64] {
        site.clock.advance(by: wait)
        _ = try JobRun(stages).run(job: "dispatch", steps: [.deliver])
      }
      let said = lines.withLock { $0 }
      #expect(said.count { $0.contains("an attempt ended") } == (isFailed ? 11 : 0), "\(said)")
      #expect(said.count { $0.contains("more failed so") } == (isFailed ? 1 : 0))
    }
  }
}

/// Hands on each line of the usual level.
private struct CollectingLog: LogHandler {
  var logLevel = Logger.Level.warning
  var metadata: Logger.Metadata = [:]
  let note: @Sendable (String) -> Void

  init(_ note: @escaping @Sendable (String) -> Void) { self.note = note }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { note("\(event.message) \(event.metadata ?? [:])") }
}
