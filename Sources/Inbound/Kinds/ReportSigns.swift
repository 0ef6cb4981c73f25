/// Who sends reports, and what their subjects say.
struct ReportSigns {
  /// The sender is a mail system, or the reverse-path is empty (RFC 5321 section 4.5.5).
  let isFromMachine: Bool
  /// The subject says that something did not arrive.
  let isReportBySubject: Bool
  /// The reverse-path is empty, or the mail system's.
  let hasNullPath: Bool
  /// It answers a message, by its header.
  let isAnswer: Bool

  init(_ message: InboundMessage) {
    let header = message.header
    let from = (header["from"] ?? header["sender"] ?? "").lowercased()
    let path = header["return-path"]?.trimmedOfWhitespace ?? ""
    isFromMachine = path == "<>" || from.hasAny(Self.senders) || from.trimmedOfWhitespace.isEmpty
    hasNullPath = path.isEmpty || path == "<>" || path.lowercased().hasAny(Self.senders)
    isAnswer = header["in-reply-to"] != nil
    let subject = (header["subject"] ?? "").lowercased().trimmedOfWhitespace
    let isRe = isAnswer && (subject.hasPrefix("re:") || subject.hasPrefix("aw:"))
    isReportBySubject = subject.hasAny(Self.subjects) && !isRe
  }

  private static let senders = [
    "mailer-daemon", "mailer_daemon", "post_master", "mailerdaemon", "postmaster", "mail-daemon", "maildaemon",
    "mdaemon",
    "mail delivery", "mail administrator", "system administrator", "mail system", "delivery subsystem", "mmdf",
    "mail-error", "bounce@", "bounces@", "noreply-delivery", "smtp-daemon", "courier", "qmail", "mail router",
    "microsoftexchange", "systemadministrator", "administrateur syst", "systemadministrator", "administrador de",
    "amministratore", "internet mail", "mail gateway", "mail server",
  ]
  private static let subjects = [
    "undeliver", "delivery failure", "delivery failed", "delivery status", "delivery notification", "delivery report",
    "delivery problem", "delivery error", "delivery warning", "mail delivery", "returned mail", "return mail",
    "returned to sender", "failure notice", "failed mail", "failure delivering", "failed to deliver", "mail failure",
    "nondeliverable", "non-deliver", "not deliver", "could not send", "unable to deliver", "couldn't deliver",
    "message status", "mail system error", "warning: could not", "returned message", "bounce", "notification d'état",
    "delayed", "user unknown", "rejected", "message could not", "not be delivered", "failure", "unzustellbar",
    "nicht zugestellt",
    "non remis", "non distribu", "échec de la remise", "no se puede entregar", "no entregado", "no se pudo",
    "não entregue", "non recapitat", "mancato recapito", "onbestelbaar", "не доставлен", "недоставлен", "退信", "退回",
    "未送达", "投递失败", "配信", "전송 실패", "반송", "teslim edilemedi", "cannot be delivered", "can't be delivered",
    "message delivery", "email delivery", "error sending", "mail error", "system error", "não pôde ser entregue",
  ]

  /// What a report's words say where its subject is mute.
  static let phrases = [
    "could not be delivered", "couldn't be delivered", "unable to deliver", "user unknown", "unknown user",
    "undeliverable", "not delivered", "delivery failed", "delivery has failed", "no such user", "does not exist",
    "mailbox full", "mailbox is full", "over quota", "exceeds allowed size", "returned to you", "permanent error",
    "fatal error", "not be delivered", "was rejected", "has been rejected", "transcript of session",
    "recipient address rejected", "mailbox unavailable", "unable to relay", "not found", "invalid user", "not known",
    "wasn't able to deliver", "delivery problem", "invalid final delivery",
  ]
}
