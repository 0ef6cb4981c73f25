import Mail

/// X1, O3: what is taken for an address is safe in an SMTP command and in a header, reads the same again, and is masked in
/// every log.
func fuzz(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  checkMasking(of: text)
  guard let address = try? Address(text) else { return }
  checkSafe(address)
  checkMasked(address)
  if let ascii = address.inASCII() {
    require(ascii.description.utf8.allSatisfy { $0 < 0x80 }, "\(ascii.description.debugDescription) is not ASCII")
    require(ascii.localPart == address.localPart, "A-labels changed the local part")
    require(ascii.inASCII() == ascii, "what is ASCII already was changed")
    checkSafe(ascii)
  }
}

/// RFC 5321 section 4.1.2 and RFC 6531 section 3.3.
private func checkSafe(_ address: Address) {
  let text = address.description
  let again = require(try? Address(text), "\(text.debugDescription) is no address when it is read again")
  require(again.description.utf8.elementsEqual(text.utf8), "\(text.debugDescription) is another when it is read again")
  require(text.unicodeScalars.count { $0 == "@" } == 1, "\(text.debugDescription) has not one @")
  let local = String(text.dropLast(address.domain.count + 1))
  let isQuoted = local.utf8.first == UInt8(ascii: "\"")
  require(
    !isQuoted || local.utf8.count > 2 && local.utf8.last == UInt8(ascii: "\""), "\(text.debugDescription) is not closed"
  )
  let inside = isQuoted ? " (),:;[]" : ""
  for scalar in (isQuoted ? String(local.dropFirst().dropLast()) : local).unicodeScalars {
    let properties = scalar.properties
    require(
      ![.control, .format, .surrogate].contains(properties.generalCategory)
        && (!properties.isWhitespace || scalar == " ") && !"\" (),:;<>[\\]".unicodeScalars.contains(scalar)
        || inside.unicodeScalars.contains(scalar),
      "\(text.debugDescription) has \(scalar.debugDescription)")
  }
  require((1...64).contains(local.utf8.count), "a local part of \(local.utf8.count) octets")
  require(isQuoted || hasNoEmptyPart(local), "\(text.debugDescription) has misplaced dots")
  if address.domain.hasPrefix("[") {
    require(
      address.domain.hasSuffix("]") && address.domain.utf8.allSatisfy { "[]:.0123456789abcdefipv".utf8.contains($0) },
      "\(address.domain.debugDescription) is no literal")
    return
  }
  require(
    !address.domain.unicodeScalars.contains { $0.properties.isWhitespace || $0.value < 0x20 }, "a blank in a domain")
  require((1...253).contains(address.domain.utf8.count), "a domain of \(address.domain.utf8.count) octets")
  require(hasNoEmptyPart(address.domain), "\(text.debugDescription) has misplaced dots")
  for label in address.domain.utf8.split(separator: UInt8(ascii: ".")) {
    require(label.count <= 63, "a label of \(label.count) octets")
    require(label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-"), "a label ends in a hyphen")
    require(!label.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }, "a capital letter in a domain")
  }
}

private func hasNoEmptyPart(_ text: String) -> Bool {
  !text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).contains { $0.isEmpty }
}

private func checkMasked(_ address: Address) {
  // One letter is what may be shown; and `a…` is its own mask.
  guard address.localPart.count > 1, address.localPart.dropFirst() != "…" else { return }
  let secret = Array("\(address.localPart)@".utf8)
  require(!address.masked.utf8.contains(secret), "\(address.masked) shows the local part")
  let said = Address.masked(in: "550 5.1.1 <\(address)>: \(address) is not known here")
  require(!said.utf8.contains(secret), "\(said) shows the local part")
}

/// Any text, such as a server's answer.
private func checkMasking(of text: String) {
  let masked = Address.masked(in: text)
  require(Address.masked(in: masked).utf8.elementsEqual(masked.utf8), "masked twice is not masked once")
  require(
    masked.unicodeScalars.count { $0 == "@" } == text.unicodeScalars.count { $0 == "@" },
    "masking changes how many @ there are")
}
