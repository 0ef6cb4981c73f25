import Identifiers
import Mail
import Time

/// That a message to an address failed, whoever said so: the relay, or a report that came back (rules B2, B3).
public struct FailureEvent: Hashable, Sendable {
  /// What it says of the address. The raw value stands in the ledger.
  public enum Severity: String, Sendable, CaseIterable {
    /// There is no such mailbox, or none that takes mail.
    case hard
    /// There is one, and it did not take this message for as long as it was tried.
    case soft
    /// Somebody's policy, or the message's own content: it says nothing of the person.
    case policy

    /// What it adds to an address's score, in tenths.
    public var tenths: Int {
      switch self {
      case .hard: 20
      case .soft: 10
      case .policy: 0
      }
    }
  }

  /// Who said so. The raw value stands in the ledger.
  public enum Source: String, Sendable {
    /// The relay, in the SMTP dialogue.
    case dialogue
    /// A report that came in by mail.
    case report
  }

  /// The message that failed.
  public var delivery: DeliveryID
  /// Whose it was.
  public var person: PersonID
  /// Where it went, in its canonical form.
  public var address: String
  /// What it says of the address.
  public var severity: Severity
  /// Who said so.
  public var source: Source
  /// The enhanced status code, `5.1.1`; empty where none was given.
  public var status: String
  /// What was said, at most 4 KB.
  public var diagnostic: String
  /// When it was said.
  public var at: Timestamp
  /// The report; nil of the dialogue.
  public var received: ReceivedID?
  /// Whoever told of it is to blame: it is held against nobody.
  public var isExcused = false

  /// An event as it is written down.
  public init(
    delivery: DeliveryID, person: PersonID, address: String, severity: Severity, source: Source, status: String,
    diagnostic: String, at: Timestamp, received: ReceivedID? = nil
  ) {
    self.delivery = delivery
    self.person = person
    self.address = address
    self.severity = severity
    self.source = source
    self.status = status
    self.diagnostic = diagnostic
    self.at = at
    self.received = received
  }
}

extension FailureEvent.Severity {
  /// What a report says of one recipient.
  ///
  /// | status | severity | source |
  /// |---|---|---|
  /// | x.7.x, x.6.x, x.3.4, x.2.3 | policy | RFC 3463 sections 3.4, 3.7, 3.8: security, content, size |
  /// | 5.1.x but 5.1.7, 5.1.8; 5.2.1; 5.2.0; 5.4.4; 5.1.10 | hard | sections 3.2, 3.3: no such mailbox or domain |
  /// | 5.1.7, 5.1.8 | policy | it is the sender's address that is refused |
  /// | 5.2.2 and other 5.2.x, 5.4.x, 5.5.x, 5.3.x, 5.0.0 | soft | full, out of reach, out of order |
  /// | 4.x.x at its end | soft | tried for days |
  /// | none, refused for good | soft | nothing is known but that it failed |
  /// - Parameters:
  ///   - status: an enhanced status code; nil where the report gives none.
  ///   - namesPolicy: its words speak of policy, content or reputation.
  public init(status: EnhancedStatusCode?, isPermanent: Bool, namesPolicy: Bool) {
    guard let status else {
      self = namesPolicy ? .policy : .soft
      return
    }
    switch (status.class, status.subject, status.detail) {
    case (_, 7, _), (_, 6, _), (_, 3, 4), (_, 2, 3), (_, 1, 7), (_, 1, 8): self = .policy
    case _ where namesPolicy: self = .policy
    case (5, 1, _), (5, 2, 0), (5, 2, 1), (5, 4, 4): self = isPermanent ? .hard : .soft
    default: self = .soft
    }
  }
}
