import Foundation
import TestSupport
import Testing

@Suite("inspect", .timeLimit(.minutes(5)))
struct InspectTests {
  @Test("B2, X3: Every file of a directory has its line, whatever is in it")
  func directory() async throws {
    let folder = Repository.path("Tests/InboundTests/Fixtures")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let run = try await Program.run(["inspect", "--json", folder])
    #expect(run.status == .exited(0) && run.errors.isEmpty)
    let lines = try run.output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    #expect(Set(lines.compactMap { $0["file"] as? String }) == Set(names))
    let bounce = try #require(lines.first { $0["file"] as? String == "exim.eml" })
    let recipients = try #require(bounce["recipients"] as? [[String: Any]])
    #expect(recipients.map { $0["address"] as? String } == ["bo@example.net", "cy@example.net"])
    #expect(recipients.map { $0["permanent"] as? Bool } == [true, true])
    #expect(recipients[1]["status"] is NSNull)
    let reply = try #require(lines.first { $0["file"] as? String == "reply.eml" })
    #expect(reply["reply_text"] as? String == "I agree with Ana.")
  }

  @Test("Without --json a line is for a person; a file that is not there is told")
  func words() async throws {
    let folder = Repository.path("Tests/InboundTests/Fixtures")
    let run = try await Program.run(["inspect", folder + "/standard-failed.eml", folder + "/reply.eml"])
    #expect(
      run.output == """
        standard-failed.eml: bounce: bo@example.net failed 5.1.1 permanent
        reply.eml: reply: I agree with Ana.

        """)
  }

  @Test("A file that cannot be read has a line with the trouble; the others are read, and the exit code says so")
  func unreadable() async throws {
    let reply = Repository.path("Tests/InboundTests/Fixtures/reply.eml")
    let run = try await Program.run(["inspect", "/no/such/file", reply])
    #expect(run.status == .exited(64) && run.errors.contains("1 of the files"))
    let lines = run.output.split(separator: "\n")
    #expect(
      lines.count == 2 && lines[0].hasPrefix("/no/such/file: ") && lines[1] == "reply.eml: reply: I agree with Ana.")
    let json = try await Program.run(["inspect", "--json", "/no/such/file", reply])
    let objects = try json.output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    #expect(objects.map { $0["kind"] as? String } == [nil, "reply"] && objects[0]["error"] is String)
  }
}
