import Mail

/// X1: no text opens another field or ends the header, whatever field it is written into; it reads as it was given; and
/// a display name cannot pass for an address.
func fuzz(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  checkSubject(text)
  for utf8 in [false, true] {
    checkMailbox(text, utf8: utf8)
    checkList(text, utf8: utf8)
  }
  checkStructured(text)
  require(isOneLine(HeaderWriter.phrase(text)), "a phrase of several lines")
}

private let address = try! Address("ana@forum.example")

/// The value of the one field in these octets.
private func field(_ octets: [UInt8], widest: Int, isASCII: Bool) -> String {
  let shown = String(decoding: octets, as: UTF8.self).debugDescription
  let lines = require(crlfLines(octets), "a CR or LF alone, or no line end: \(shown)")
  let value = require(unfolded(octets, name: "X-Field"), "not one field: \(shown)")
  require(lines.allSatisfy { $0.count <= widest }, "a line of \(lines.map(\.count).max() ?? 0) octets: \(shown)")
  require(isOneLine(value), "a control character: \(shown)")
  require(!isASCII || octets.allSatisfy { $0 < 0x80 }, "not ASCII: \(shown)")
  return value
}

private func checkSubject(_ text: String) {
  let octets = written { HeaderWriter.appendUnstructured("X-Field", text, to: &$0) }
  let value = field(octets, widest: 76, isASCII: true)
  let read = require(decodedWords(value), "an encoded word that nobody can read: \(value)")
  let given = cleaned(text)
  if given.utf8.count <= HeaderWriter.maximumText {
    require(read.utf8.elementsEqual(given.utf8), "\(given.debugDescription) reads as \(read.debugDescription)")
  } else {
    require(given.utf8.starts(with: read.utf8), "what was cut is not the start of what was given")
    require(read.utf8.count <= HeaderWriter.maximumText, "nothing was cut")
  }
}

/// Rows of controls and white space as one space.
private func cleaned(_ text: String) -> String {
  var words = [String.UnicodeScalarView()]
  for scalar in text.unicodeScalars {
    let separates =
      scalar == " " || scalar.properties.generalCategory == .control || (0x2028...0x2029).contains(scalar.value)
    if separates { words.append(.init()) } else { words[words.count - 1].append(scalar) }
  }
  return words.filter { !$0.isEmpty }.map { String($0) }.joined(separator: " ")
}

private func checkMailbox(_ name: String, utf8: Bool) {
  let octets = written {
    HeaderWriter.appendMailbox("X-Field", displayName: name, address: address, utf8: utf8, to: &$0)
  }
  let value = field(octets, widest: 998, isASCII: !utf8)
  guard value != address.description else { return }
  require(value.utf8.suffix(20).elementsEqual(" <\(address)>".utf8), "\(value) does not end in the address")
  checkPhrase(String(decoding: value.utf8.dropLast(20), as: UTF8.self))
}

private func checkList(_ text: String, utf8: Bool) {
  let octets = written { HeaderWriter.appendPhrase("X-Field", phrase: text, angle: text, utf8: utf8, to: &$0) }
  let value = Array(field(octets, widest: 998, isASCII: !utf8).utf8)
  let start = require(value.lastIndex(of: UInt8(ascii: "<")), "no angle bracket")
  require(value.last == UInt8(ascii: ">"), "something behind the angle brackets")
  require(!value[(start + 1)...].dropLast().contains { " <>".utf8.contains($0) }, "a space within the angle brackets")
  checkPhrase(String(decoding: value[..<start], as: UTF8.self))
}

/// RFC 5322 section 3.2.5: what a phrase has outside quotes is atoms and encoded words.
private func checkPhrase(_ phrase: String) {
  var isQuoted = false
  var isEscaped = false
  for octet in phrase.utf8 {
    if isEscaped {
      isEscaped = false
    } else if isQuoted, octet == UInt8(ascii: "\\") {
      isEscaped = true
    } else if octet == UInt8(ascii: "\"") {
      isQuoted.toggle()
    } else if !isQuoted {
      require(!"()<>[]:;@\\,.".utf8.contains(octet), "a special character stands bare in \(phrase.debugDescription)")
    }
  }
  require(!isQuoted && !isEscaped, "an open quote in \(phrase.debugDescription)")
}

private func checkStructured(_ text: String) {
  let words = text.utf8.split { $0 <= 0x20 || $0 == 0x7F }.filter { $0.count <= HeaderWriter.maximumToken }
  let expected = words.map { String(decoding: $0.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self) }
  let octets = written { HeaderWriter.appendRaw("X-Field", text, to: &$0) }
  if expected.isEmpty { return require(octets.isEmpty, "a field without a value") }
  let value = field(octets, widest: 998, isASCII: true)
  require(value == expected.joined(separator: " "), "\(value.debugDescription) is not what was given")
}
