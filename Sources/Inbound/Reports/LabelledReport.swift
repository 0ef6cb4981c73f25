/// A line with a label and the address, as QQ, 163, and gateways of companies write: `Recipient: a@b`, `收件人：a@b`.
enum LabelledReport: ReportForm {
  static func read(_ text: ReportText) -> [RecipientReport] {
    guard text.words.hasAny(signs) else { return [] }
    var found: [RecipientReport] = []
    for index in text.lines.indices {
      let line = text.lines[index].lower.trimmedOfWhitespace
      guard let label = labels.first(where: { line.hasPrefix($0) }) else { continue }
      let rest = line.dropFirst(label.count).trimmedOfWhitespace
      let next = rest.utf8.count < 4 && index + 1 < text.lines.endIndex ? [text.lines[index + 1]] : []
      let reason = Reason(text.lines[index...].prefix(10))
      for address in ([text.lines[index]] + next).flatMap(\.addresses) {
        found.append(RecipientReport(address, reason))
      }
    }
    return found
  }

  private static let signs = [
    "deliver", "fail", "undeliver", "return", "reject", "error", "退", "投递", "失败", "无法", "не достав", "ошибка",
  ]
  private static let labels = [
    "recipient:", "recipient address:", "failed recipient:", "failed recipients:", "recipients:", "address:", "user:",
    "recipient :", "intended recipient:", "invalid address:", "unknown user:", "user unknown:", "failed address:",
    "undeliverable address:", "unknown recipient:", "unable to deliver to:", "user mailbox exceeds allowed size:",
    "could not be delivered to:", "destinataire", "empfänger", "destinatario", "收件人", "收信人", "получатель",
    "원래 수신자", "받는 사람", "宛先", "undeliverable to:", "rcpt to:", "names:", "not delivered to:", "no such user:",
    "addressee:", "email:", "mailbox:", "to addr:", "invalid receiver address:", "invalid recipient:",
  ]
}
