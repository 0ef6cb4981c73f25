import Mail

@testable import Relay

/// A relay's octets give the same replies however they are cut, each within its limits and fit for a log; after the first
/// that is no reply, nothing is taken any more.
func fuzz(_ input: [UInt8]) {
  let whole = read(input, by: max(1, input.count))
  for size in input.count <= 512 ? [1, 3, 100] : [61, input.count - 1] {
    require(read(input, by: size) == whole, "in pieces of \(size) octets the replies are others")
  }
  for reply in whole.replies {
    require((200...599).contains(reply.code), "a reply has the code \(reply.code)")
    require((1...ReplyReader.kept).contains(reply.lines.count), "a reply has \(reply.lines.count) lines")
    // An octet can become three octets of UTF-8, or four signs; each line may say in which character set it came.
    let most = ReplyReader.kept * 4 + reply.lines.count * 20
    require(reply.lines.reduce(0) { $0 + $1.utf8.count } <= most, "a reply is longer than what is kept")
    require(isOneLine(reply.description), "\(reply.description.debugDescription) breaks a log's line")
    require(reply.enhanced.map { $0.class == reply.code / 100 } ?? true, "\(reply) has a code of another class")
  }
}

private struct Heard: Equatable {
  var replies: [Reply] = []
  var trouble: String?
}

private func read(_ input: [UInt8], by size: Int) -> Heard {
  var reader = ReplyReader()
  var heard = Heard()
  do {
    for start in stride(from: 0, to: input.count, by: size) {
      try reader.read(input[start..<min(start + size, input.count)]) { heard.replies.append($0) }
    }
  } catch {
    heard.trouble = error.reason
    require(isOneLine(error.reason), "\(error.reason.debugDescription) breaks a log's line")
    var isTaken = false
    try? reader.read("250 Ok\r\n".utf8) { _ in isTaken = true }
    require(!isTaken, "a reply was taken behind what is none")
  }
  return heard
}
