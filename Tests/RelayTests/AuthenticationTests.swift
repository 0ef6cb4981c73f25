import Foundation
import Testing

@testable import Relay

@Suite("S7: logging in", .timeLimit(.minutes(10)))
struct AuthenticationTests {
  /// RFC 2195 section 2's example.
  private static let challenge = "<1896.697170952@postoffice.reston.mci.net>"

  @Test(
    "S7: AUTH PLAIN, LOGIN, CRAM-MD5 and XOAUTH2 say what their RFCs want",
    arguments: [
      (RelaySettings.Mechanism.plain, ["\0tim\0tanstaaftanstaaf"]),
      (.login, ["tim", "tanstaaftanstaaf"]),
      (.cramMD5, ["tim b913a602c7eda7a495b4e6e7334d3890"]),
      (.xoauth2, ["user=tim\u{1}auth=Bearer tanstaaftanstaaf\u{1}\u{1}"]),
    ])
  func mechanism(_ mechanism: RelaySettings.Mechanism, _ expected: [String]) throws {
    let server = ScriptedServer(offers: ["PIPELINING", "AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2"]) { command in
      switch (command.verb, mechanism) {
      case ("AUTH", .cramMD5): .say("334 \(base64(Self.challenge))")
      case ("AUTH", _): .say("334 ")
      case ("AUTH+", .login) where command.count == 1: .say("334 \(base64("Password:"))")
      default: .normal
      }
    }
    defer { server.shutDown() }
    let (_, report) = try deliver([message(1)], to: server.port) {
      $0.credentials = .init(user: "tim", secret: "tanstaaftanstaaf", mechanism: mechanism)
    }
    #expect(report.accepted == 1)
    let transcript = try #require(server.transcripts.first)
    let start = try #require(transcript.firstIndex(of: "C: AUTH \(mechanism.rawValue)"))
    let said = transcript[(start + 1)...].prefix { !$0.hasPrefix("S: 235") }.filter { $0.hasPrefix("C: ") }
    #expect(said == expected.map { "C: \(base64($0))" })
  }

  @Test("S3: a refused login is the relay's trouble, names the user and never the secret")
  func refusedLogin() throws {
    let server = ScriptedServer(offers: ["AUTH PLAIN"]) { command in
      switch command.verb {
      case "AUTH": .say("334 ")
      case "AUTH+": .say("535 5.7.8 wrong")
      default: .normal
      }
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) {
      $0.credentials = .init(user: "tim", secret: "hunter2", mechanism: .plain)
    }
    let trouble = try #require(report.trouble)
    #expect(trouble.stage == .auth && trouble.reply?.code == 535)
    #expect(trouble.description.contains("check smtp.user, smtp.password and smtp.auth"))
    #expect(trouble.description.contains("tim") && !trouble.description.contains("hunter2"))
    #expect(feed.kinds == [1: "unsent"])
  }

  @Test(
    "S3: a login that cannot be checked just now is no fault of the password", arguments: ["454 4.7.0", "421 4.3.2"])
  func temporaryFailure(code: String) throws {
    let server = ScriptedServer(offers: ["AUTH PLAIN"]) { command in
      switch command.verb {
      case "AUTH": .say("334 ")
      case "AUTH+": .say("\(code) Temporary authentication failure")
      default: .normal
      }
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) {
      $0.credentials = .init(user: "tim", secret: "hunter2", mechanism: .plain)
    }
    let trouble = try #require(report.trouble)
    #expect(trouble.stage == .auth && "\(trouble.reply?.code ?? 0)" == code.prefix(3))
    #expect(trouble.problem.contains("says nothing of user and password") && !trouble.problem.contains("check smtp"))
    #expect(feed.kinds == [1: "unsent"])
  }

  @Test("S7: a relay that offers no AUTH, or not the mechanism asked for, is a trouble, not a reason to go without")
  func nothingOffered() throws {
    for offers in [["PIPELINING"], ["AUTH LOGIN"]] {
      let server = ScriptedServer(offers: offers)
      defer { server.shutDown() }
      let (feed, report) = try deliver([message(1)], to: server.port) {
        $0.credentials = .init(user: "tim", secret: "hunter2", mechanism: .plain)
      }
      #expect(report.trouble?.stage == .auth, "\(offers)")
      #expect(feed.kinds == [1: "unsent"])
      #expect(!server.transcripts.joined().contains { $0.contains("MAIL") })
    }
  }
}

private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
