/// Mail that is recorded and never posted: receipts, calendar answers, reactions, and what comes from lists.
enum OtherMail {
  /// Read receipts (RFC 8098), calendar answers (RFC 5546), reactions of mail programs (RFC 9078, and Gmail's),
  /// recalls.
  static func isReceipt(_ message: InboundMessage) -> Bool {
    let subject = (message.header["subject"] ?? "").lowercased()
    if let words = recalls.first(where: { subject.hasPrefix($0) }),
      isRecall(of: subject.dropFirst(words.count), message)
    {
      return true
    }
    if (message.header["content-class"] ?? "").lowercased().hasAny(["calendarmessage", "recallmessage"]) {
      return true
    }
    let hasText = message.parts.contains { part in
      part.type.hasPrefix("text/") && part.type != "text/calendar" && !part.isAttachment
        && part.text?.contains { !$0.isWhitespace } ?? false
    }
    return message.parts.contains { part in
      switch part.type {
      case "message/disposition-notification", "text/vnd.google.email-reaction+json": true
      case "multipart/report": part.parameters["report-type"] == "disposition-notification"
      // A date that somebody attached to what they wrote is an attachment.
      case "text/calendar" where part.isAttachment && hasText: false
      case "text/calendar":
        part.parameters["method"].map { $0 != "publish" } ?? (part.text?.has("\nMETHOD:REPLY") == true)
      default: false
      }
    } || message.header["content-disposition"]?.lowercased().hasPrefix("reaction") == true
  }

  /// A recall names what it recalls in its text too; a discussion may have such a title.
  private static func isRecall(of subject: Substring, _ message: InboundMessage) -> Bool {
    let name = subject.trimmedOfWhitespace
    let text = (message.parts.first { $0.type.hasPrefix("text/") }?.text ?? "").lowercased()
    return text.utf8.count < 2000 && !name.isEmpty && text.contains(name)
  }

  /// Whether a mailing list sent it on (RFC 2919, RFC 2369).
  static func isList(_ header: Header) -> Bool {
    header["list-id"] != nil || header["list-post"] != nil || header["x-mailing-list"] != nil
      || (header["precedence"] ?? "").lowercased() == "list"
  }

  private static let recalls = [
    "recall: ", "rückruf: ", "rappel : ", "rappel: ", "recuperar: ", "richiama: ", "intrekken: ", "отзыв: ", "撤回: ",
    "撤回：",
    "取り消し: ", "회수: ", "återkalla: ", "tilbakekall: ", "tilbagekald: ",
  ]
}
