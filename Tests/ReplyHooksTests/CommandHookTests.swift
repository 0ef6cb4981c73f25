import Forum
import Foundation
import TestSupport
import Testing

@testable import ReplyHooks

@Suite struct CommandHookTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func hand(_ script: String, timeout: Int = 20_000) throws -> ReplyAnswer {
    let path = try directory.write("hook", "#!/bin/sh\n" + script)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return try CommandHook(path: path, timeout: timeout).hand(.sample)
  }

  @Test("I5: a command reads the reply from standard input, and what it writes is the answer")
  func answer() throws {
    #expect(
      try hand(#"cat > "$0.seen"; echo '{"post": "77", "pending": true}'"#) == .posted(key: "77", isPending: true))
    let seen = try String(contentsOfFile: directory("hook.seen"), encoding: .utf8)
    #expect(seen == (try ReplyRequest.sample.json()) + "\n")
    #expect(try hand(#"echo '{"refused": "no-right"}'"#) == .refused(.noRight))
  }

  @Test("I5: it need not read what it does not want, nor stop talking")
  func careless() throws {
    #expect(throws: ForumError.self) { try hand("exit 0") }
    #expect(throws: ForumError.self) { try hand("head -c 300000 /dev/zero; exit 0") }
    #expect(throws: ForumError.self) { try hand("head -c 300000 /dev/zero >&2; exit 1") }
  }

  @Test(
    "I5: how it ends says what is to be done",
    arguments: [
      ("echo busy >&2; exit 75", ForumError.Kind.unavailable, "try again: busy"),
      ("echo no such table >&2; exit 1", .query, "status 1: no such table"),
      (#"echo '{"post": "1"}'; exit 3"#, .query, "status 3"), ("kill -9 $$", .unavailable, "signal 9"),
      ("echo hello", .query, "no such JSON"),
    ])
  func ends(script: String, kind: ForumError.Kind, words: String) throws {
    let error = #expect(throws: ForumError.self) { try hand(script) }
    #expect(error?.kind == kind && error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("I5: one that does not end is ended, with what it started")
  func hangs() throws {
    let error = #expect(throws: ForumError.self) { try hand("sleep 600 & echo $! > \"$0.child\"; wait", timeout: 1500) }
    #expect(error?.kind == .unavailable && error?.description.contains("longer than 1 s") == true)
    let child = try String(contentsOfFile: directory("hook.child"), encoding: .utf8)
    let process = try #require(Int32(child.trimmingCharacters(in: .whitespacesAndNewlines)))
    // A killed child without a parent is somebody else's to bury, which may take a moment: a zombie runs no more.
    let state = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.split(separator: " ")
    #expect(state == nil || state?.dropFirst(2).first == "Z")
  }

  @Test("X2: it sees none of our secrets in its environment")
  func environment() throws {
    setenv("WATCHPOST_SMTP_PASSWORD", "hush", 1)
    defer { unsetenv("WATCHPOST_SMTP_PASSWORD") }
    #expect(
      try hand(#"env | grep -q hush && exit 1; [ -n "$PATH" ] || exit 2; echo '{"post": "1"}'"#)
        == .posted(key: "1", isPending: false))
  }

  @Test("I5: a program that is not there is told as a mistake, not waited for")
  func missing() throws {
    let error = #expect(throws: ForumError.self) {
      try CommandHook(path: directory("nobody"), timeout: 1000).hand(.sample)
    }
    #expect(error?.kind == .query && error?.description.contains("nobody") == true)
  }
}
