import Mail

/// The relay, not a message, is the trouble: spends nobody's attempt and pauses the run (S3).
public struct RelayTrouble: Error, Hashable, Sendable, CustomStringConvertible {
  /// How far it went.
  public enum Stage: String, Hashable, Sendable, CaseIterable {
    /// Name lookup and TCP.
    case connect
    case tls
    /// 220 was expected.
    case greeting
    /// EHLO or STARTTLS.
    case hello
    case auth
    /// Connected, but one transaction after the other failed for the relay's own reasons.
    case dialogue
    /// A Maildir could not be written.
    case storage
  }

  /// How far it went; the words do not say it always.
  public let stage: Stage
  /// `host:port`, or the Maildir's path.
  public let relay: String
  /// What went wrong and what to do, for a person.
  public let problem: String
  /// The relay's last answer, if it gave one that matters.
  public let reply: Reply?
  /// libcurl's result, if it was libcurl that failed.
  public let curlCode: Int?

  init(_ stage: Stage, relay: String, problem: String, reply: Reply? = nil, curlCode: Int? = nil) {
    self.stage = stage
    self.relay = relay
    self.problem = problem
    self.reply = reply
    self.curlCode = curlCode
  }

  /// `relay smtp.example.org:587: TLS: the certificate … (answered: 454 4.7.0 …)`
  public var description: String {
    var text = "\(stage == .storage ? "maildir" : "relay") \(relay): \(problem)"
    if let reply { text += " (answered: \(reply))" }
    return text
  }
}
