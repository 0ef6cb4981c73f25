@testable import Mailboxes

/// X3: whatever an IMAP or POP3 server says, in whatever pieces: the same responses and the same fault come out of it, and
/// no more of a message than was asked for.
///
/// The first octet of an input chooses: `I` for IMAP, `P` for POP3, with what the server says behind it.
func fuzz(_ input: [UInt8]) {
  guard let first = input.first else { return }
  let said = Array(input.dropFirst())
  if first == UInt8(ascii: "P") {
    require(pop3([said]) == pop3(said.map { [$0] }), "POP3 in pieces is read otherwise than as a whole")
  } else {
    let whole = imap([said])
    require(whole == imap(said.map { [$0] }), "IMAP in pieces is read otherwise than as a whole")
    for case .fetch(let fetch) in whole.responses {
      let octets = fetch.bodies.values.reduce(0) { $0 + ($1?.count ?? 0) }
      require(octets <= literalLimit + IMAPReader.textLimit, "more of a message than was asked for: \(octets)")
    }
  }
}

private let literalLimit = 1_000

private struct IMAPReading: Equatable {
  var responses: [IMAPResponse] = []
  var fault: String?
}

private func imap(_ pieces: [[UInt8]]) -> IMAPReading {
  var reader = IMAPReader()
  reader.literalLimit = literalLimit
  var reading = IMAPReading()
  do {
    for piece in pieces {
      try piece.withUnsafeBytes { try reader.read($0) { reading.responses.append($0) } }
    }
  } catch {
    reading.fault = (error as? IMAPFault)?.problem ?? "another error: \(error)"
  }
  return reading
}

private struct POP3Reading: Equatable {
  var answer: String?
  var content: [UInt8] = []
  var isThrough = false
  var fault: String?
}

private func pop3(_ pieces: [[UInt8]]) -> POP3Reading {
  var reader = POP3Reader()
  reader.begin(hasLines: true)
  var reading = POP3Reading()
  do {
    for piece in pieces {
      try piece.withUnsafeBytes { try reader.read($0) { reading.content += $0 } }
    }
  } catch {
    reading.fault = (error as? POP3Reader.Fault)?.problem ?? "another error: \(error)"
  }
  (reading.answer, reading.isThrough) = (reader.answer, reader.isThrough)
  return reading
}
