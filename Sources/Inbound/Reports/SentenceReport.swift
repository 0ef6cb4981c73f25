/// A sentence with the address and the reason in one: "The user a@b does not exist". Also with the two in neighbouring
/// lines.
enum SentenceReport: ReportForm {
  static func read(_ text: ReportText) -> [RecipientReport] {
    let saying = text.lines.indices.filter { text.lines[$0].lower.hasAny(reasons) }
    for distance in 0...2 {
      var found: [RecipientReport] = []
      for index in saying {
        let near = text.lines[max(index - distance, 0)...min(index + distance, text.lines.endIndex - 1)]
        let reason = Reason(near)
        found += near.flatMap(\.addresses).filter { address in
          !text.addressees.contains("\(address)".lowercased()) && !isMachine(address.localPart)
        }.prefix(1).map { RecipientReport($0, reason) }
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  private static func isMachine(_ localPart: String) -> Bool {
    ["postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "admin"].contains(localPart.lowercased())
  }

  static let reasons = [
    "user unknown", "unknown user", "invalid", "not known", "no such user", "no such address", "no such recipient",
    "does not exist",
    "doesn't exist", "not exist", "unknown recipient", "recipient unknown", "unknown address", "address unknown",
    "mailbox unavailable", "mailbox not found",
    "user not found", "recipient not found", "not found", "no mailbox", "account disabled", "account is disabled",
    "account has been disabled", "inactive", "mailbox full", "mailbox is full", "mail box full", "over quota",
    "quota exceeded", "exceeded storage", "storage allocation", "no longer available", "no longer in use",
    "no longer active", "no longer valid", "no longer with", "no longer exists", "has been disabled", "is not valid",
    "undeliverable", "not deliverable", "could not be delivered", "couldn't be delivered", "cannot be delivered",
    "unable to deliver", "delivery failed", "delivery failure", "not listed", "unrouteable", "unroutable",
    "host unknown", "unknown host", "domain not found", "rejected", "blocked", "denied", "refused", "not accept",
    "address changed", "has changed", "不存在", "已满", "拒收", "не существует", "не найден", "переполнен",
    "unbekannt", "existiert nicht", "inconnu", "n'existe pas", "no existe", "desconocid", "non esiste", "não existe",
  ]
}
