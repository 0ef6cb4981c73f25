import Mail
import Time

/// Small readers of what others wrote: message identifiers, enhanced status codes, moments. What they take, they read the
/// same when it is written again.
func fuzz(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  for id in MessageID.list(in: text) { check(id) }
  let parts = text.unicodeScalars.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
  if parts.count == 2, let own = MessageID(left: String(parts[0]), domain: String(parts[1])) {
    require(own.description.utf8.allSatisfy { $0 < 0x80 }, "an identifier of ours is not ASCII")
    check(own)
  }
  if let code = EnhancedStatusCode(prefixOf: text) {
    require(EnhancedStatusCode(prefixOf: code.description) == code, "\(code) is another when it is read again")
    require([2, 4, 5].contains(code.class), "\(code) has a class that there is not")
  }
  // A leap second at the end of the last year that four digits can write is one of the next.
  if let moment = Timestamp(iso8601: text), moment.seconds < 253_402_300_800 {
    require(Timestamp(iso8601: moment.description) == moment, "\(moment) is another when it is read again")
    require(moment.rfc5322.utf8.allSatisfy { $0 < 0x80 }, "a date that is not ASCII")
  }
}

private func check(_ id: MessageID) {
  let text = id.description
  require(MessageID.list(in: text) == [id], "\(text.debugDescription) is another when it is read again")
  require(text.utf8.count <= 902, "an identifier of \(text.utf8.count) octets")
  require(isOneLine(text), "a control character in \(text.debugDescription)")
  for scalar in text.unicodeScalars.dropFirst().dropLast() {
    let isSafe = scalar != "<" && scalar != ">" && !scalar.properties.isWhitespace
    require(isSafe, "white space or a bracket in \(text.debugDescription)")
  }
  guard text.utf8.allSatisfy({ $0 < 0x80 }), text.utf8.count <= HeaderWriter.maximumToken else { return }
  let field = written { HeaderWriter.appendRaw("References", "\(text) \(text)", to: &$0) }
  require(
    unfolded(field, name: "References").map { MessageID.list(in: $0) } == [id, id], "\(text) does not survive a header")
}
