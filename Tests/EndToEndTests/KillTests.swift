import Capture
import Forum
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("S5: SIGKILL", .timeLimit(.minutes(10)))
struct KillTests {
  /// `delivery.group` or four per connection, whichever is more: as the README states it.
  private static let group = 20
  private static let connections = 4
  private static let bound = max(group, 4 * connections)

  @Test("S5: 12 kills in one run of 600 lose nothing; each doubles at most a group, under the same Message-ID")
  func killed() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(
        relay: server.port,
        delivery: "  group: \(KillTests.group)\n  connections: \(KillTests.connections)\n")
      let thread = try site.thread(watchers: 200)
      try await site("run", "dispatch")
      for number in 1...3 { try site.post(thread, "Post \(number)") }
      var random = SplitMix64(seed: 20_260_526)
      var inDoubt = 0
      for kill in 1...12 {
        // The twelve fall all over the run: at its start, within collect and fan-out, and between any two messages.
        let until = Int.random(in: 0...90, using: &random)
        let before = server.counters.messages
        let ended = try await site("run", "dispatch") { pid in
          if until > 0 { try await server.counters { $0.messages >= min(before + until, 600) } }
          Glibc.kill(pid, SIGKILL)
        }
        #expect([.signaled(SIGKILL), .exited(0)].contains(ended.status), "\(ended)")
        let underWay = try site.number("SELECT count(*) FROM delivery WHERE state = 'sending' AND lease_until > 1")
        #expect(underWay <= KillTests.bound, "kill \(kill)")
        inDoubt += underWay
        try endLeases(site)
      }
      let last = try await site("run", "dispatch")
      #expect(last.status == .exited(0), "\(last)")
      // A message whose fate was unknown more than three times waits for the admin's word.
      inDoubt += try site.number("SELECT count(*) FROM delivery WHERE state = 'held' AND reason = 'uncertain'")
      try await site("release", "uncertain")
      try await site("run", "dispatch")
      #expect(server.counters.messages - 600 <= inDoubt)
      try verify(server, site)
    }
  }

  @Test(
    "S5, E5: what a killed run had begun goes out with the next run at once, which says that it died; so does status")
  func atOnce() async throws {
    try await withRelay([Fault(.tarpit(milliseconds: 20), at: .dot)]) { server in
      let site = try await TestInstallation(relay: server.port, delivery: "  group: 20\n  connections: 2\n")
      let thread = try site.thread(watchers: 100)
      try await site("run", "dispatch")
      try site.post(thread)
      _ = try await site("run", "dispatch") { pid in
        try await server.counters { $0.messages >= 10 }
        Glibc.kill(pid, SIGKILL)
      }
      #expect(try site.number("SELECT count(*) FROM delivery WHERE lease IS NOT NULL") > 0)
      let status = try await site("status")
      #expect(status.status == .exited(75), "\(status)")
      #expect(status.output.contains("wrong: job dispatch: the run that began at 20"), "\(status)")
      #expect(status.output.contains("that a run had begun when it died: the next run takes them over"), "\(status)")
      let next = try await site("run", "dispatch")
      #expect(next.status == .exited(0) && next.errors.contains("died before its end"), "\(next)")
      #expect(Set(server.received.map(\.recipients)).count == 100)
      #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'sent'") == 100)
      #expect(try await site("run", "dispatch").isSilentSuccess)
      #expect(try await site("status").output.contains("job dispatch (every 2m): last run ended 20"))
    }
  }

  /// A lease lasts 15 minutes at least; here its end comes at once.
  private func endLeases(_ site: TestInstallation) throws {
    try site.ledger().write { try $0.run("UPDATE delivery SET lease_until = 1 WHERE lease IS NOT NULL") }
  }

  private func verify(_ server: CaptureServer, _ site: TestInstallation) throws {
    var identifiers: [String: Set<String>] = [:]
    for message in server.received {
      let text = String(decoding: message.data, as: UTF8.self)
      let copy = "\(message.recipients[0]) \(text.field("Watchpost-Posts") ?? "")"
      identifiers[copy, default: []].insert(text.messageID ?? "none")
    }
    #expect(identifiers.count == 600, "lost \(600 - identifiers.count)")
    for (copy, ids) in identifiers where ids.count > 1 { Issue.record("\(copy) came under \(ids.count) Message-IDs") }
    #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'sent'") == 600)
    #expect(try site.number("SELECT count(*) FROM delivery WHERE lease IS NOT NULL") == 0)
  }
}
