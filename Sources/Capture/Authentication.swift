import NIOCore

/// What the server waits for within AUTH (RFC 4954; PLAIN is RFC 4616).
enum Authentication: Equatable {
  /// One line with both name and password.
  case plain
  /// LOGIN asks for the name first, and then for the password.
  case loginName
  case loginPassword(name: String)
}

extension Session {
  /// Answers the AUTH command. Any credentials will do.
  mutating func authenticate(_ argument: ArraySlice<UInt8>, _ output: inout ByteBuffer) -> Step {
    guard site.options.auth else { return answer("502 5.5.1 The command is not offered", &output) }
    guard greeting != nil else { return answer("503 5.5.1 Say EHLO first", &output) }
    guard user == nil, transaction == nil else { return answer("503 5.5.1 Not now", &output) }
    let words = argument.split(separator: UInt8(ascii: " "))
    guard let mechanism = words.first, words.count <= 2 else {
      return answer("501 5.5.4 AUTH wants a mechanism", &output)
    }
    switch String(decoding: mechanism, as: UTF8.self).uppercased() {
    case "PLAIN":
      if words.count == 2 { return authenticate(.plain, words[1], &output) }
      state = .authentication(.plain)
      return answer("334 ", &output)
    case "LOGIN":
      if words.count == 2 { return authenticate(.loginName, words[1], &output) }
      state = .authentication(.loginName)
      return answer("334 VXNlcm5hbWU6", &output)
    default: return answer("504 5.5.4 Only PLAIN and LOGIN are offered", &output)
    }
  }

  /// Answers the client's next line within AUTH.
  mutating func authenticate(
    _ step: Authentication, _ line: ArraySlice<UInt8>, _ output: inout ByteBuffer
  ) -> Step {
    state = .command
    // RFC 4954 section 4: the client cancels.
    if line.elementsEqual("*".utf8) { return answer("501 5.7.0 The client gave up", &output) }
    guard let octets = decodedBase64(line) else { return answer("501 5.5.2 That is no base64", &output) }
    switch step {
    case .plain:
      let parts = octets.split(separator: 0, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[1].isEmpty else { return answer("501 5.5.2 That is no PLAIN response", &output) }
      user = String(decoding: parts[1], as: UTF8.self)
    case .loginName:
      state = .authentication(.loginPassword(name: String(decoding: octets, as: UTF8.self)))
      return answer("334 UGFzc3dvcmQ6", &output)
    case .loginPassword(let name): user = name
    }
    return answer("235 2.7.0 Welcome", &output)
  }
}

/// RFC 4648 section 4, padding required; nil for anything else. A lone `=` is an empty text (RFC 4954 section 4).
private func decodedBase64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
  if text.elementsEqual("=".utf8) { return [] }
  guard text.count.isMultiple(of: 4) else { return nil }
  let digits = text.prefix { $0 != UInt8(ascii: "=") }
  guard text.count - digits.count <= 2, text.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else {
    return nil
  }
  var result: [UInt8] = []
  var bits: UInt32 = 0
  var count = 0
  for digit in digits {
    let value: UInt8
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit + 4
    case UInt8(ascii: "+"): value = 62
    case UInt8(ascii: "/"): value = 63
    default: return nil
    }
    bits = bits << 6 | UInt32(value)
    count += 6
    if count >= 8 {
      count -= 8
      result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
  }
  return result
}
