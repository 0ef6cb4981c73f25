import Mail
import Testing

@Suite("Names of hosts") struct HostTests {
  @Test("RFC 5321 sections 2.3.5 and 4.1.3: in EHLO stands a full name or an address in brackets, nothing else")
  func greetings() {
    let good = [
      "mail.example.org", "MX1.Example.org", "xn--bcher-kva.example", "a.b", "[192.0.2.1]", "[IPv6:2001:db8::1]",
      "[ipv6:::1]",
    ]
    for name in good { #expect(Host.isGreeting(name), "\(name)") }
    let bad = [
      "", "localhost", "mail", "mail.", ".org", "192.0.2.1", "1.2", "a b.c", "a..b", "bücher.example", "[]",
      "[192.0.2]",
      "[2001:db8::1]", "[IPv6:]", "[IPv6:192.0.2.1]", "[192.0.2.1", "[192.0.2.1]x", "[192.0.2.1\r\nRCPT]", "-a.example",
    ]
    for name in bad { #expect(!Host.isGreeting(name), "\(name)") }
  }

  @Test("What we call ourselves where nothing is set is a full name: the machine's, else that of the mails' domain")
  func greeting() {
    for (machine, domain, expected) in [
      ("Watch.Example.org", "forum.example.org", "watch.example.org"),
      ("watch", "forum.example.org", "forum.example.org"),
      ("localhost", "forum.example.org", "forum.example.org"),
      ("localhost.localdomain", "forum.example.org", "forum.example.org"),
      ("box.localhost", "forum.example.org", "forum.example.org"),
      ("10.0.0.7", "forum.example.org", "forum.example.org"),
      ("watch", "forum", "[127.0.0.1]"),
    ] {
      #expect(Host.greeting(machine: machine, domain: domain) == expected)
      #expect(Host.isGreeting(expected))
    }
  }
}
