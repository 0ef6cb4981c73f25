import Mail
import TestSupport
import Testing

@testable import Relay

@Suite("Replies from octets")
struct ReplyReaderTests {
  private func read(_ octets: [UInt8], by size: Int = .max) throws -> [Reply] {
    var reader = ReplyReader()
    var replies: [Reply] = []
    for start in stride(from: 0, to: octets.count, by: min(size, octets.count)) {
      try reader.read(octets[start..<min(octets.count, start + min(size, octets.count))]) { replies.append($0) }
    }
    return replies
  }

  @Test("control characters do not reach the logs, and a text that is no UTF-8 keeps its octets")
  func replyText() throws {
    #expect(try read(Array("550 a\u{1B}[31m\0b\u{202E}\r\n".utf8)) == [Reply(code: 550, lines: ["a?[31m?b?"])])
    let latin = Array("550 bo".utf8) + [0xEE] + Array("te\r\n".utf8)
    #expect(try read(latin) == [Reply(code: 550, lines: ["boîte (as windows-1252)"])])
  }

  @Test("a code without text and a bare LF are replies all the same")
  func leniency() throws {
    let replies = [Reply(code: 250, lines: [""]), Reply(code: 250, lines: ["a", ""])]
    #expect(try read(Array("250\n250-a\n250\r\n".utf8)) == replies)
  }

  @Test(
    "S2: a reply of any length is read, its first 4 KB are kept, and the next one is in step", arguments: [1, 7, .max])
  func long(pieces: Int) throws {
    let words = String(repeating: "é", count: 3_000)
    let replies = try read(Array("250 \(words)\r\n250-a\r\n250 \(words)\r\n451 4.3.0 x\r\n".utf8), by: pieces)
    #expect(replies.map(\.code) == [250, 250, 451])
    #expect(replies[0].lines == [String(repeating: "é", count: 2_048)])
    #expect(replies[1].lines == ["a", String(repeating: "é", count: 2_045)])
    #expect(replies[2].lines == ["4.3.0 x"])
  }

  @Test("S2: a reply of any number of lines is read; what is kept of it has a bound, even where the lines are empty")
  func manyLines() throws {
    let octets = Array((String(repeating: "550-\r\n", count: 100_000) + "550 5.1.1 end\r\n250 Ok\r\n").utf8)
    let replies = try read(octets)
    #expect(replies.map(\.code) == [550, 250])
    #expect(replies[0].lines.count == ReplyReader.kept / ReplyReader.lineCost)
    let few = try read(Array((String(repeating: "550-No.\r\n", count: 150) + "550 5.1.1 end\r\n").utf8))
    #expect(few[0].lines.count == 151 && few[0].enhanced == EnhancedStatusCode(5, 1, 1))
  }

  @Test("what is no reply is refused, however long, and nothing behind it is taken")
  func malformed() {
    for text in [
      "HTTP/1.1 400 Bad", "2500 ok", "199 x", "25", "250-a\r\n550 b", String(repeating: "x", count: 100_000),
    ] {
      #expect(throws: ReplyReader.Malformed.self, "\(text.prefix(20))") { try read(Array("\(text)\r\n".utf8)) }
      var reader = ReplyReader()
      #expect(throws: ReplyReader.Malformed.self) { try reader.read("\(text)\r\n250 Ok\r\n".utf8) { _ in } }
      #expect(throws: ReplyReader.Malformed.self) { try reader.read("250 Ok\r\n".utf8) { _ in Issue.record("taken") } }
    }
  }
}
