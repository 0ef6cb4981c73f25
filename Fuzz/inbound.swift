import Inbound

/// X3, I4: any octets as a message end in one outcome, always the same; of a reply's text nothing is lost, whatever was
/// sent before.
func fuzz(_ input: [UInt8]) {
  let reader = MessageReader(bounds: ReadingBounds(message: 1 << 20))
  let outcome = Classification(reader.read(input))
  require(Classification(reader.read(input)) == outcome, "the same octets had another outcome")
  let hasReply = outcome.kind == .reply || outcome.kind == .command
  require(hasReply == (outcome.reply != nil), "\(outcome.kind) with the wrong reply")
  for recipient in outcome.recipients {
    require(recipient.action == .failed || !recipient.isPermanent, "\(recipient.action) taken for permanent")
  }
  // The first part as what was sent, the rest as the text that came back.
  let text = String(decoding: input, as: UTF8.self)
  checkWhole(text, ReplyText(trimming: text))
  let known = SentText([String(decoding: input.prefix(input.count / 2), as: UTF8.self)], foot: [text])
  checkWhole(text, ReplyText(trimming: text, sent: known))
  checkWhole(text, ReplyText(trimming: text, answering: AnsweredMail(known, names: [])))
  // Its lines as the phrases that stand in our foot, the shortest of them labels.
  let phrases = SentText([], foot: text.split(separator: "\n", maxSplits: 100).map(String.init))
  checkWhole(text, ReplyText(trimming: text, sent: phrases.union(known)))
  _ = phrases.isAll(of: text, titles: [String(text.prefix(40))], lines: [])
  // The labels are the composer's, and are not kept.
  require(SentText(octets: known.octets)?.octets == known.octets, "what was sent is another when it is read back")
}

/// Every character is the person's or trimmed, blanks apart.
private func checkWhole(_ text: String, _ reply: ReplyText) {
  func counted(_ texts: String...) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for octet in texts.lazy.flatMap(\.utf8) where octet > 0x20 { counts[Int(octet)] += 1 }
    return counts
  }
  require(counted(text) == counted(reply.own, reply.elided), "something of \(text.debugDescription) is lost")
}
