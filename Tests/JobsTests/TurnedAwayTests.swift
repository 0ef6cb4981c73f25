import Jobs
import Mail
import TestSupport
import Testing
import Time

@Suite("A relay that refuses for reasons of its own")
struct TurnedAwayTests {
  private func deny(_ text: String = "Relay access denied") -> @Sendable (OutgoingMessage, Int) -> ScriptedRelay.Answer
  {
    { message, _ in .refused("554 5.7.1 <\(message.envelope.recipient)>: \(text)") }
  }

  @Test("S3: a relay that turns everybody away fails nobody: it is left alone, and all of them get their copy later")
  func turnsEverybodyAway() throws {
    let (site, thread) = try TestSite.watched(by: 20)
    try site.publish(in: thread)
    site.relay.answer(deny())
    let report = try site.deliver()
    #expect((report.failed, report.deferred, report.sent) == (0, 5, 0))
    #expect(report.trouble?.contains("rcpt: 554 5.7.1 relay access denied") == true)
    #expect(report.trouble?.contains("@") == false)
    #expect(report.pausedUntil == site.clock.now + 60)
    #expect(try site.deliveries().allSatisfy { $0.state == .deferred || ($0.state == .queued && $0.attempts == 0) })
    #expect(try site.attempts().count == 5 && site.attempts().allSatisfy { $0.answer.hasSuffix("Relay access denied") })
    site.clock.advance(by: 60)
    site.relay.clear()
    let again = try site.deliver()
    #expect(site.relay.mails.count == 1 && again.failed == 0 && again.trouble != nil)
    #expect(again.pausedUntil == site.clock.now + 300)
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    #expect(try site.deliver().sent == 20)
  }

  @Test("S3: days of it expire nobody")
  func days() throws {
    let (site, thread) = try TestSite.watched(by: 6) { $0.deliver.staleAfter = 90 * 86_400 }
    try site.publish(in: thread)
    site.relay.answer(deny())
    for _ in 1...400 {
      try site.deliver()
      site.clock.advance(by: 3600)
    }
    #expect(try site.deliveries().allSatisfy(\.state.isOpen))
    site.relay.answer(.accepted)
    site.clock.advance(by: 86_400)
    #expect(try site.deliver().sent == 6)
  }

  @Test("S3: a forum with few readers is saved too: what earlier runs failed by the relay's fault is sent after all")
  func acrossRuns() throws {
    let (site, thread) = try TestSite.watched(by: 3)
    site.relay.answer(.refused("550 5.7.1 Not from you"))
    let first = try site.publish(in: thread)
    #expect(try site.deliver().failed == 3)
    site.clock.advance(by: 86_400)
    let second = try site.publish(in: thread)
    let report = try site.deliver()
    #expect((report.failed, report.deferred) == (0, 5) && report.trouble != nil)
    #expect(try !site.states().values.contains(.failed))
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    try site.deliver()
    #expect(Set(site.relay.accepted.map { "\($0.name) \($0.posts)" }).count == 6)
    #expect(Set(site.relay.accepted.map(\.posts)) == [first, second])
  }

  @Test(
    "S3, E7: a refusal of our sender fails nobody and holds no domain; mended and released, all of it goes")
  func atTheDot() throws {
    let (site, thread) = try TestSite.watched(by: 6)
    site.relay.answer(.refused("550 5.7.60 Client does not have permissions to send as this sender", at: .dot))
    try site.publish(in: thread)
    let first = try site.deliver()
    #expect((first.failed, first.deferred, first.senderRefused) == (0, 6, 6))
    #expect(try site.attempts().allSatisfy { $0.scope == "sender" } && site.ledger.holds().isEmpty)
    site.clock.advance(by: 30 * 86_400)
    #expect(try site.deliver().deferred == 6)
    site.relay.answer(.accepted)
    #expect(try site.ledger.releaseRelay(RelayIdentity(), now: site.clock.now) == (false, 6))
    #expect(try site.deliver().sent == 6)
  }

  @Test("S3: dead addresses, those with mail taken between, and greylisting are no relay's", arguments: 1...3)
  func notTheRelays(_ which: Int) throws {
    let (site, thread) = try TestSite.watched(by: 12)
    try site.publish(in: thread)
    site.relay.answer { message, _ in
      let number = message.envelope.recipient.localPart.dropFirst()
      return switch which {
      case 1: .refused("550 5.1.1 <\(message.envelope.recipient)>: User unknown")
      case 2: ["4", "8", "12"].contains(number) ? .refused("550 relay not permitted") : .accepted
      default: .refused("450 4.7.1 Greylisted")
      }
    }
    let report = try site.deliver()
    #expect(report.trouble == nil && report.pausedUntil == nil)
    #expect(report.failed + report.sent + report.deferred + report.held == 12)
  }

  @Test(
    "O2, S3: a relay that turns everybody away is 69; a run that was refused for more than a third says so, with 75")
  func said() throws {
    let (site, thread) = try TestSite.watched(by: 5)
    try site.publish(in: thread)
    site.relay.answer(deny())
    #expect(try JobRun(site.stages).run(job: "dispatch", steps: [.deliver]).status == .unavailable)
    let (other, second) = try TestSite.watched(by: 2)
    try other.publish(in: second)
    other.relay.answer(.refused("550 5.1.1 No such user"))
    let report = try JobRun(other.stages).run(job: "dispatch", steps: [.deliver])
    #expect(report.status == .workLeft)
    #expect(
      report.steps[0].words == [
        """
        2 of 2 mails of this run were refused, 1 failed for good, the last with: rcpt: 550 5.1.1 no such user. \
        The others are tried again, or held.
        """
      ])
  }

  // MARK: Everybody

  @Test(
    "S3, O2: a relay that took mail and then knows nobody any more, or is full, fails nobody; mended, all of it goes")
  func knowsNobody() throws {
    for answer in [
      ScriptedRelay.Answer.refused("550 5.1.1 User unknown"), .refused("552 5.3.4 No space", at: .mail),
    ] {
      let (site, thread) = try TestSite.watched(by: 12)
      site.relay.answer(.accepted)
      try site.publish(in: thread)
      #expect(try site.deliver().sent == 12)
      site.relay.answer(answer)
      try site.publish(in: thread)
      let report = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver])
      #expect(report.status == .unavailable && report.steps[0].count("failed") == 0)
      #expect(report.steps[0].count("deferred") == 5)
      #expect(report.steps[0].words.contains { $0.contains("people whose last mail it took") })
      site.clock.advance(by: 3600)
      #expect(try site.deliver().failed == 0)
      site.relay.answer(.accepted)
      site.clock.advance(by: 7200)
      #expect(try site.deliver().sent == 12)
    }
  }

  @Test("E5: a relay that puts off everything for now is told at the second tries, exit 75; greylisting is not")
  func putsOffEverything() throws {
    let (site, thread) = try TestSite.watched(by: 6)
    try site.publish(in: thread)
    site.relay.answer(.refused("451 4.7.1 Try again later"))
    func run() throws -> RunReport { try JobRun(site.stages).run(job: "dispatch", steps: [.deliver]) }
    #expect(try run().status == .done)
    site.clock.advance(by: 300)
    let second = try run()
    #expect(second.status == .workLeft)
    #expect(
      second.steps[0].words.contains { $0.contains("puts off whatever it is given: 6 messages were tried again") })
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    #expect(try run().status == .done)
  }

  @Test("S7, E7: what the relay lacks is told as that, not as refusals of a relay that has taken nothing yet")
  func lacking() throws {
    let (site, thread) = try TestSite.watched(by: 2) { $0.isProven = false }
    try site.publish(in: thread)
    site.relay.answer(.outcome(.notOffered(.smtpUTF8)))
    let run = { try JobRun(site.stages).run(job: "dispatch", steps: [.deliver]) }
    let report = try run()
    #expect(report.status == .workLeft && report.steps[0].looks[.unproven] == .lasts)
    #expect(report.steps[0].troubles.map(\.name) == ["lacking"])
    #expect(report.steps[0].words.allSatisfy { $0.contains("SMTPUTF8") && !$0.contains("has not taken a mail yet") })
    // Once the relay has taken a mail it is proven, whatever it lacks.
    site.relay.answer(.accepted)
    try site.publish(in: thread)
    try site.deliver()
    site.relay.answer(.outcome(.notOffered(.smtpUTF8)))
    try site.publish(in: thread)
    let later = try run()
    #expect(later.steps[0].looks[.unproven] == .over && later.steps[0].troubles.map(\.name) == ["lacking"])
  }

  // MARK: For the relay's own reasons

  private let lookup = ScriptedRelay.Answer.refused("451 4.3.0 Temporary lookup failure")

  @Test("S3, S4: what the relay refuses for its own reasons while it takes others spends an attempt and backs off")
  func othersTaken() throws {
    for bad in ["p1", "p3"] {
      let (site, thread) = try TestSite.watched(by: 3)
      try site.publish(in: thread)
      site.relay.answer { [lookup] message, _ in message.envelope.recipient.localPart == bad ? lookup : .accepted }
      let report = try site.deliver()
      #expect((report.sent, report.deferred, report.unsent) == (2, 1, 0))
      let row = try #require(try site.deliveries().first { $0.name == bad })
      #expect(row.state == .deferred && row.attempts == 1 && row.due == site.clock.now + 300)
      let attempt = try #require(try site.attempts().first { $0.address.hasPrefix(bad) })
      #expect(attempt.scope == "relay" && attempt.answer == "rcpt: 451 4.3.0 Temporary lookup failure")
    }
  }

  @Test(
    "S3: while the relay takes none, what it refuses for its own reasons is kept and backs off outside its time, and others come first then"
  )
  func noneTaken() throws {
    let (site, thread) = try TestSite.watched(by: 2)
    try site.publish(in: thread)
    site.relay.answer(lookup)
    let report = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver])
    #expect(report.status == .workLeft)
    #expect(
      report.steps[0].words == [
        "The relay refused what it was given for reasons of its own, and will be asked again: "
          + "rcpt: 451 4.3.0 temporary lookup failure. When it is mended: `watchpost release relay`."
      ])
    #expect(try site.deliveries().allSatisfy { $0.state == .deferred && $0.attempts == 1 })
    #expect(try site.deliveries().allSatisfy { $0.due == site.clock.now + 300 && !$0.isLeased })
    site.relay.clear()
    let newer = try site.publish(in: thread)
    site.clock.advance(by: 300)
    site.relay.answer(.accepted)
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts).prefix(2) == [newer, newer] && site.relay.accepted.count == 4)
  }
}
