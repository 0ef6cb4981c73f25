import Text

/// A mailbox, not a message, is the trouble: the run ends, and what was not recorded is still there.
public struct MailboxTrouble: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing an admin has to look at.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The host's name, the way to it, or nobody who listens there.
    case unreachable
    /// Its certificate, or no encryption where it was asked for.
    case tls
    /// User or password are refused: trying again heals nothing.
    case login
    /// The server lets nobody in just now, or another program holds the mailbox.
    case busy
    /// There is no such folder or directory, or it may not be used.
    case folder
    /// The server went away, was too slow, or said what it must not say.
    case dialogue
    /// A file or directory of a Maildir could not be read or removed.
    case storage
    /// The run was asked to end.
    case stopped
  }

  /// What kind of thing an admin has to look at.
  public let kind: Kind
  /// As `Mailbox.label`.
  public let mailbox: String
  /// What went wrong and what to do, for a person.
  public let problem: String
  /// The server's own words, on one line and cut; nil if it said nothing that matters.
  public let answer: String?
  /// The name of the message that was being fetched or removed: where it is the same one again and again, pass it.
  public let message: String?

  /// - Parameter answer: as the server said it; it is made fit to be shown.
  public init(_ kind: Kind, mailbox: String, problem: String, answer: String? = nil, message: String? = nil) {
    self.kind = kind
    self.mailbox = mailbox
    self.problem = problem
    self.answer = answer.map { $0.singleLine(limit: 300) }.flatMap { $0.isEmpty ? nil : $0 }
    self.message = message
  }

  /// The same, with the message that was asked for when it came.
  func at(_ message: String?) -> MailboxTrouble {
    guard self.message == nil, let message else { return self }
    return MailboxTrouble(kind, mailbox: mailbox, problem: problem, answer: answer, message: message)
  }

  /// `mailbox imaps://forum@mail.example.org/INBOX: the login was refused; … (answered: NO …)`
  public var description: String {
    var text = "mailbox \(mailbox): \(problem)"
    if let message { text += " (at message \(message))" }
    if let answer { text += " (answered: \(answer))" }
    return text
  }
}
