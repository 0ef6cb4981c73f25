/// Commands by mail in LISTSERV's manner; here only whether a message is one.
enum MailCommand {
  /// A message to a command address (`listserv@`, `stop+TOKEN@`), or one that begins with a whole command.
  static func isOne(_ message: InboundMessage, reply: ReplyText) -> Bool {
    let addressees = ["to", "delivered-to", "x-original-to"].flatMap { message.header.all($0) }
      .flatMap { AddressScanner.addresses(in: $0) }
    if addressees.contains(where: { isCommandAddress($0.localPart.lowercased()) }) { return true }
    let first = reply.own.split(separator: "\n").lazy.map(\.trimmedOfWhitespace).first { !$0.isEmpty }
    return isCommand(message.header["subject"] ?? "") || first.map(isCommand) == true
  }

  private static func isCommandAddress(_ localPart: String) -> Bool {
    localPart == "listserv" || localPart.hasPrefix("stop+")
  }

  /// `SET x DIGEST|NODIGEST|MAIL|NOMAIL`, `SIGNOFF x`, alone on their line, in any case; x is a word, or a title in
  /// quotation marks.
  static func isCommand(_ line: String) -> Bool {
    let words = line.lowercased().split { $0 == " " || $0 == "\t" }
    switch words.count {
    case 2: return words[0] == "signoff"
    case 3...:
      guard words[0] == "set", let last = words.last, ["digest", "nodigest", "mail", "nomail"].contains(last) else {
        return false
      }
      // A title of several words stands in quotation marks.
      let name = words[1..<(words.count - 1)].joined(separator: " ")
      return words.count == 3 || words.count <= 20 && "\"“„«".contains(name.first!) && "\"”“»".contains(name.last!)
    default: return false
    }
  }
}
