import Testing

@testable import Relay

@Suite("Relay settings")
struct RelaySettingsTests {
  private func problem(_ host: String = "relay.example", _ change: (inout RelaySettings) -> Void = { _ in }) -> String?
  {
    var settings = RelaySettings(host: host, port: 587, security: .startTLS, heloName: "forum.example")
    change(&settings)
    do {
      _ = try SMTPTransport(settings: settings)
      return nil
    } catch {
      return error.key
    }
  }

  @Test("S7: plain text is for loopback, or for who says so")
  func clearText() {
    for host in ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "mail.localhost"] {
      #expect(problem(host) { $0.security = .none } == nil, "\(host)")
    }
    for host in ["relay.example", "127.0.0.1.example.org", "10.0.0.1", "1127.0.0.1", "127.0.0", "127.0.0.256", "::2"] {
      #expect(problem(host) { $0.security = .none } == "security", "\(host)")
      #expect(
        problem(host) {
          $0.security = .none
          $0.allowClearText = true
        } == nil, "\(host)")
    }
    #expect(problem { $0.security = .implicit } == nil)
  }

  @Test("X1: a setting that would change the dialogue or cannot work is refused by its name")
  func invalid() {
    for host in ["", "a b", "a/b", "a@b", "a\r\nb", "http://a", "[::1]", "a?b", "a#b", "a%00"] {
      #expect(problem(host) == "host", "\(host.debugDescription)")
    }
    for name in ["", "a b", "a\r\nRCPT", "a/b", "ü.example", "a%0d", "localhost", "forum", "192.0.2.1", "[ü]"] {
      #expect(problem { $0.heloName = name } == "heloName", "\(name.debugDescription)")
    }
    #expect(problem("bücher.example") == nil)
    #expect(problem { $0.heloName = "[192.0.2.1]" } == nil)
    #expect(problem { $0.port = 0 } == "port")
    #expect(problem { $0.connections = 0 } == "connections")
    #expect(problem { $0.rate = 0 } == "rate")
    #expect(problem { $0.rate = .nan } == "rate")
    #expect(problem { $0.messagesPerConnection = 0 } == "messagesPerConnection")
    #expect(problem { $0.credentials = .init(user: "", secret: "x") } == "user")
    #expect(problem { $0.credentials = .init(user: "a", secret: "x\r\ny") } == "secret")
  }

  @Test("O3: credentials do not tell their secret when printed")
  func secret() {
    let credentials = RelaySettings.Credentials(user: "tim", secret: "hunter2", mechanism: .plain)
    #expect("\(credentials)" == "tim (PLAIN)")
  }
}
