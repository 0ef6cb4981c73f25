import Mail

/// What kind of message it is, and what it says of it.
public struct Classification: Sendable, Equatable {
  /// The kinds; a message is of one.
  public enum Kind: String, Sendable, CaseIterable {
    /// A report that a message failed, is delayed, or arrived.
    case bounce
    /// "This is spam" (ARF, RFC 5965).
    case complaint
    /// Written by a machine in answer to a message, or without one (RFC 3834).
    case autoReply = "auto_reply"
    /// To be obeyed.
    case command
    /// Written by a person for the discussion.
    case reply
    /// Recorded, never posted: read receipts, calendar answers, reactions, list mail.
    case other
  }

  /// Its kind.
  public var kind: Kind
  /// Of bounces and complaints: what is said of each recipient.
  public var recipients: [RecipientReport]
  /// Of replies and commands: what the person wrote.
  public var reply: ReplyText?

  /// Tells what a message is: first by what only a report has, then by the header's fields, then by words.
  ///
  /// - Parameter textLimit: octets that a reply's own text may have. A message with so much text that there is more than
  ///   that beside all that it could quote is not taken apart (`ReplyText.isTooLong`).
  public init(_ message: InboundMessage, textLimit: Int = 64_000) {
    self.init(kind: .other, recipients: [])
    if ComplaintReader.isOne(message) {
      self.init(kind: .complaint, recipients: ComplaintReader.read(message))
      return
    }
    if StandardReport.isOne(message) {
      let standard = StandardReport.read(message)
      let text = ReportText(message)
      let found = standard.isEmpty ? ReportForms.read(text, ReportForms.known + ReportForms.guessed) : standard
      // Services that ask the sender to prove that they are a person put their question into a report's form.
      let isQuestion = found.allSatisfy { !$0.isPermanent } && text.words.hasAny(AutomaticMail.questions)
      self.init(kind: isQuestion ? .autoReply : .bounce, recipients: isQuestion ? [] : found)
      return
    }
    if OtherMail.isReceipt(message) { return }
    if let notification = AmazonNotification(message) {
      self.init(kind: notification.isComplaint ? .complaint : .bounce, recipients: notification.recipients)
      return
    }
    if let found = Self.reports(in: message) {
      self.init(kind: .bounce, recipients: found)
      return
    }
    if AutomaticMail.saysHeader(message.header) {
      self.init(kind: .autoReply, recipients: [])
      return
    }
    let reply = ReplyText(message, most: textLimit + Self.quoted)
    if MailCommand.isOne(message, reply: reply) {
      self.init(kind: .command, recipients: [], reply: reply)
    } else if AutomaticMail.sayWords(message.header, reply: reply) {
      self.init(kind: .autoReply, recipients: [])
    } else if !OtherMail.isList(message.header) {
      self.init(kind: .reply, recipients: [], reply: reply)
    }
  }

  /// Octets that are quoted in a reply at most: a long digest, twice.
  private static let quoted = 1 << 19

  private init(kind: Kind, recipients: [RecipientReport], reply: ReplyText? = nil) {
    self.kind = kind
    self.recipients = recipients
    self.reply = reply
  }

  /// What a report without a machine-readable part says; nil if the message is none.
  private static func reports(in message: InboundMessage) -> [RecipientReport]? {
    let signs = ReportSigns(message)
    guard signs.isFromMachine || signs.isReportBySubject || message.header["x-failed-recipients"] != nil else {
      return nil
    }
    // A vacation note comes from a person, however its subject reads.
    if !signs.isFromMachine, AutomaticMail.saysVacation(message.header) { return nil }
    let text = ReportText(message)
    let saysFailure = text.words.hasAny(ReportSigns.phrases)
    // An answer in a thread, with a reverse-path, is a report only if it says so at once.
    if signs.isAnswer, !signs.hasNullPath, !signs.isReportBySubject,
      text.lines.first(where: { !$0.isBlank })?.lower.hasAny(ReportSigns.phrases) != true
    {
      return nil
    }
    let known = ReportForms.read(text, ReportForms.known)
    if !known.isEmpty, signs.isFromMachine || saysFailure { return known }
    guard signs.isFromMachine, signs.isReportBySubject || saysFailure else { return nil }
    let guessed = ReportForms.read(text, ReportForms.guessed)
    // Whom it is about may stand in the reverse-path alone; then its words must say that it is a report.
    return guessed.isEmpty && !saysFailure ? nil : guessed
  }
}
