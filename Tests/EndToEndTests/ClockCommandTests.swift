import SQL
import Testing
import Time

/// The program under a clock that does not fit the last one: the ledger is made to remember another.
@Suite("The program and its clock", .timeLimit(.minutes(10)))
struct ClockCommandTests {
  /// Moves the clock that runs have agreed on.
  private func shift(_ site: TestInstallation, by seconds: Int64) throws {
    let read = "SELECT value FROM note WHERE name = 'clock'"
    let note = try site.ledger().read { try $0.first(read, []) { $0.text(0) } ?? "" }
    var words = note.split(separator: " ").map(String.init)
    #expect(words.count == 9 && Int64(words[1]) != nil, "one boot, one steady clock: \(note)")
    words[0] = String(try #require(Int64(words[0])) + seconds)
    try site.ledger().write {
      try $0.run("UPDATE note SET value = $1 WHERE name = 'clock'", [.text(words.joined(separator: " "))])
    }
  }

  @Test("E2: a jump is told once, lasts as 75, and ends with the admin's word", arguments: [-400, 400])
  func jump(days: Int64) async throws {
    let site = try await TestInstallation()
    #expect(try await site("release", "clock").output.hasPrefix("Nothing waits for the clock"))
    #expect(try await site("run", "dispatch").isSilentSuccess)
    try shift(site, by: -days * 86_400)
    let first = try await site("run", "dispatch")
    #expect(first.status == .exited(75))
    #expect(first.errors.contains("The clock shows") && first.errors.contains("`watchpost release clock`"), "\(first)")
    let second = try await site("run", "maintain")
    #expect(second.status == .exited(75) && second.errors.isEmpty && second.output.isEmpty, "\(second)")
    #expect(try await site("release", "clock").output.hasPrefix("The clock is believed: it is "))
    #expect(try await site("run", "dispatch").isSilentSuccess)
    #expect(try await site("run", "maintain").isSilentSuccess)
  }

  @Test("E2: what lies too far ahead is brought back by the next run, which says so")
  func mended() async throws {
    let site = try await TestInstallation()
    #expect(try await site("run", "dispatch").isSilentSuccess)
    let later = TestInstallation.now + 400 * 86_400
    try site.ledger().write {
      try $0.run("INSERT INTO gap VALUES (1, 2, $1)", [.integer(later.seconds)])
    }
    let run = try await site("run", "dispatch", "-v")
    #expect(run.status == .exited(0) && run.output.contains("clock mended 1"), "\(run)")
    #expect(run.errors.contains("1 moments in the ledger lay further ahead than they can"), "\(run)")
    #expect(try await site("run", "dispatch").isSilentSuccess)
  }
}
