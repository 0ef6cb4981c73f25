import Curl
import DeliveryPolicy
import Mail
import Mistakes

/// How to reach the relay and how much to ask of it.
public struct RelaySettings: Sendable {
  /// Clear text goes only to loopback, unless ``allowClearText``.
  public typealias Security = Curl.Security
  public typealias Credentials = Curl.Credentials
  public typealias Mechanism = Curl.Credentials.Mechanism

  /// Seconds to wait for an answer, by stage (RFC 5321 section 4.5.3.2).
  public struct Timeouts: Hashable, Sendable {
    /// Name lookup and TCP. No RFC has it; who does not answer by then is not there.
    public var connect = 30.0
    /// 4.5.3.2.1, TLS from the start included. A busy relay, or one that tests who comes, may let us wait for minutes.
    public var greeting = 300.0
    /// For each answer to EHLO, STARTTLS and AUTH; no RFC has it.
    public var hello = 300.0
    /// 4.5.3.2.2
    public var mail = 300.0
    /// 4.5.3.2.3
    public var rcpt = 300.0
    /// 4.5.3.2.4, until the 354.
    public var data = 120.0
    /// 4.5.3.2.5, for each block of content that the relay is slow to take.
    public var block = 180.0
    /// 4.5.3.2.6, from the final dot to its reply.
    public var dot = 600.0
    /// For the reply to QUIT and to RSET; nobody's message hangs on it.
    public var quit = 5.0
    /// For an answer to a command that was sent behind another without waiting, until the relay has shown that it answers
    /// such commands at all: then theirs. The message that it belongs to is sent once more, in lock step.
    public var pipelining = 30.0

    /// For any sign of the first connection, until a second one is tried beside it: of several machines behind one address
    /// one may be down. The first is waited for all the same.
    public var secondConnection = 10.0

    /// What RFC 5321 section 4.5.3.2 asks for, where it asks for something.
    public init() {}
  }

  /// A host name (an IDN in any script) or an IP address without brackets.
  public var host: String
  /// 1...65535.
  public var port: Int
  /// What goes over the wire in clear text: all, only EHLO and STARTTLS, or nothing.
  public var security: Security
  /// Check the certificate's chain and name. False only for tests and relays that the admin knows.
  public var verify = true
  /// A PEM file of the authorities to trust instead of the system's.
  public var caFile: String?
  /// Permits `security: .none` to a host that is not loopback (S7).
  public var allowClearText = false
  /// nil: nobody logs in. With credentials, a relay that offers no AUTH is a trouble.
  public var credentials: Credentials?
  /// The name given in EHLO: a domain name with a dot, or an address literal in brackets (RFC 5321 sections 2.3.5, 4.1.3
  /// and 4.1.4); see `Host.isGreeting`.
  public var heloName: String
  /// Connections at a time at most, 1...200.
  public var connections = 4
  /// Messages a second at most, over all connections; nil for no limit.
  public var rate: Double?
  /// After so many messages a connection is closed with QUIT; nil for no limit.
  public var messagesPerConnection: Int?
  /// Use PIPELINING where it is offered (RFC 2920).
  public var pipelining = true
  /// How long each answer may take.
  public var timeouts = Timeouts()
  /// When a run gives up. Pauses between runs are not its business: `RelayHealth` of the module Jobs keeps those.
  public var breaker = Breaker.Policy()

  /// What has no default that could be right; the rest is set afterwards. Nothing is checked here.
  public init(host: String, port: Int, security: Security, heloName: String) {
    self.host = host
    self.port = port
    self.security = security
    self.heloName = heloName
  }

  /// - Throws: the first setting that cannot work, by its name as declared here.
  func validate() throws(Mistake) {
    guard !host.isEmpty, host.utf8.count <= 253, host.unicodeScalars.allSatisfy(Self.isHostCharacter) else {
      throw Mistake("", key: "host", "“\(host)” is no host name and no IP address; give one, without port or path")
    }
    guard (1...65_535).contains(port) else {
      throw Mistake("", key: "port", "\(port) is no TCP port; relays listen on 25, 465 or 587")
    }
    guard Host.isGreeting(heloName) else {
      throw Mistake(
        "", key: "heloName",
        "“\(heloName)” is no full domain name; give this machine's, such as mail.example.org, or [192.0.2.1]")
    }
    guard (1...200).contains(connections) else {
      throw Mistake("", key: "connections", "\(connections) is out of range; give 1 to 200")
    }
    if let rate, !(rate > 0 && rate.isFinite) {
      throw Mistake("", key: "rate", "\(rate) messages a second send nothing; give more than 0, or leave it out")
    }
    if let limit = messagesPerConnection, limit < 1 {
      throw Mistake("", key: "messagesPerConnection", "\(limit) sends nothing; give 1 or more, or leave it out")
    }
    if security == .none, !isLoopback, !allowClearText {
      throw Mistake(
        "", key: "security",
        "plain text to \(host), which is not this machine, could be read and changed on the way; use starttls "
          + "or implicit TLS, or allow clear text explicitly")
    }
    if let credentials { try Self.validate(credentials) }
  }

  private static func validate(_ credentials: Credentials) throws(Mistake) {
    for (key, text) in [("user", credentials.user), ("secret", credentials.secret)] {
      guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw Mistake("", key: key, "it is empty or has a control character, such as a line end")
      }
    }
  }

  /// Seconds to wait for a greeting. On port 465 a server waits for our TLS (RFC 8314 section 7.3): who speaks first in
  /// clear text there hears nothing, and should be told so soon.
  var greetingLimit: Double {
    port == 465 && security != .implicit ? min(timeouts.greeting, timeouts.connect) : timeouts.greeting
  }

  /// `host:port`, with brackets around an IPv6 address.
  var name: String { "\(urlHost):\(port)" }
  /// As it stands in a URL (RFC 3986 section 3.2.2).
  var urlHost: String { host.contains(":") ? "[\(host)]" : host }

  /// By name or address alone: nothing is looked up.
  var isLoopback: Bool { Host.isLoopback(host) }

  /// Letters of any script, for IDN, and what a name or an address has; nothing that would end the host in a URL, no blank
  /// and no line end (rule X1).
  private static func isHostCharacter(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x80 { return scalar.properties.isAlphabetic }
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", ":": return true
    default: return false
    }
  }
}
