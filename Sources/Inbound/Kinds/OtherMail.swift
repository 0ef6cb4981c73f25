/// Mail that is recorded and never posted: receipts, calendar answers, reactions, and what comes from lists.
enum OtherMail {
  /// Read receipts (RFC 8098), calendar answers (RFC 5546), reactions of mail programs (RFC 9078, and Gmail's),
  /// recalls.
  static func isReceipt(_ message: InboundMessage) -> Bool {
    let subject = (message.header["subject"] ?? "").lowercased()
    if recalls.contains(where: { subject.hasPrefix($0) }) { return true }
    if (message.header["content-class"] ?? "").lowercased().hasAny(["calendarmessage", "recallmessage"]) {
      return true
    }
    return message.parts.contains { part in
      switch part.type {
      case "message/disposition-notification", "text/vnd.google.email-reaction+json": true
      case "multipart/report": part.parameters["report-type"] == "disposition-notification"
      case "text/calendar":
        part.parameters["method"].map { $0 != "publish" } ?? (part.text?.has("\nMETHOD:REPLY") == true)
      default: false
      }
    } || message.header["content-disposition"]?.lowercased().hasPrefix("reaction") == true
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
