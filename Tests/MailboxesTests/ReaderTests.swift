import TestSupport
import Testing
import Time

@testable import Mailboxes

@Suite("X3: what servers say, put together from any pieces")
struct ReaderTests {
  /// All responses of some octets that come in pieces of a size.
  private func responses(_ text: String, pieces: Int = .max, literals: Int = 100) throws -> [IMAPResponse] {
    var reader = IMAPReader()
    reader.literalLimit = literals
    var found: [IMAPResponse] = []
    let octets = Array(text.utf8)
    for start in stride(from: 0, to: octets.count, by: min(pieces, octets.count)) {
      try octets[start..<min(octets.count, start + min(pieces, octets.count))].withUnsafeBytes {
        try reader.read($0) { found.append($0) }
      }
    }
    return found
  }

  private func fetch(_ sequence: UInt32, _ change: (inout IMAPFetch) -> Void = { _ in }) -> IMAPResponse {
    var fetch = IMAPFetch(sequence: sequence)
    change(&fetch)
    return .fetch(fetch)
  }

  @Test("Each response is read as RFC 3501 has it, in whatever pieces it comes", arguments: [1, 2, 3, 7, .max])
  func imap(pieces: Int) throws {
    let table: [(String, IMAPResponse)] = [
      ("* OK ready", .status(tag: nil, word: "OK", code: "", text: "ready")),
      ("* ok [UIDVALIDITY 3] x {5}", .status(tag: nil, word: "OK", code: "UIDVALIDITY 3", text: "x {5}")),
      ("W1 NO [X] {3}", .status(tag: "W1", word: "NO", code: "X", text: "{3}")),
      ("W1 OK", .status(tag: "W1", word: "OK", code: "", text: "")),
      ("* BYE [half", .status(tag: nil, word: "BYE", code: "", text: "[half")),
      ("* 18 EXISTS", .exists(18)), ("* 4 expunge", .expunge(4)), ("* 2 RECENT", .other("RECENT")),
      ("* CAPABILITY imap4rev1 UIDPLUS", .capability(["IMAP4REV1", "UIDPLUS"])),
      ("* SEARCH", .search([])), ("* SEARCH 2 84 882", .search([2, 84, 882])),
      ("* SEARCH 2 5 (MODSEQ 917162500)", .search([2, 5])), ("+ go on {7}", .other("+")),
      ("* FLAGS (\\Answered)", .other("FLAGS")), ("* LIST () \"/\" {3}\r\na\r\n", .other("LIST")),
      ("* 4294967296 EXISTS", .other("4294967296")),
      (
        "* 7 FETCH (UID 12 FLAGS (\\Seen $x) RFC822.SIZE 4440 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")",
        fetch(7) {
          ($0.uid, $0.flags, $0.size) = (12, ["\\SEEN", "$X"], 4_440)
          $0.arrived = Timestamp(iso8601: "1996-07-17T09:44:25Z")
        }
      ),
      (
        "* 7 FETCH (BODY[]<0> {5}\r\na\r\n) UID 3)", fetch(7) { ($0.uid, $0.bodies) = (3, ["": Array("a\r\n) ".utf8)]) }
      ),
      ("* 7 FETCH (BODY[HEADER] {0}\r\n UID 3)", fetch(7) { ($0.uid, $0.bodies) = (3, ["HEADER": []]) }),
      ("* 7 FETCH (uid 3 body[] \"a\\\"\\\\b\")", fetch(7) { ($0.uid, $0.bodies) = (3, ["": Array("a\"\\b".utf8)]) }),
      ("* 7 FETCH (BODY[] NIL)", fetch(7) { $0.bodies = ["": nil] }),
      (
        "* 7 FETCH (ENVELOPE ((\"a\" {2}\r\n)( NIL) NIL) BODY[HEADER.FIELDS (FROM TO)]<0> \"x\" MODSEQ (12) UID 3)",
        fetch(7) { ($0.uid, $0.bodies) = (3, ["HEADER.FIELDS (FROM TO)": Array("x".utf8)]) }
      ),
    ]
    for (text, expected) in table {
      #expect(try responses(text + "\r\n", pieces: pieces) == [expected], "\(text)")
    }
    let all = table.map { $0.0 + "\r\n" }.joined()
    #expect(try responses(all, pieces: pieces) == table.map(\.1))
  }

  @Test(
    "What is no response is a fault",
    arguments: [
      "", "*", "W1", "W1 MAYBE", "* 1 FETCH", "* 1 FETCH (", "* 1 FETCH (UID", "* 1 FETCH (UID)", "* 1 FETCH (UID x)",
      "* 1 FETCH (UID -1)", "* 1 FETCH (UID 4294967296)", "* 1 FETCH (RFC822.SIZE x)", "* 1 FETCH (FLAGS x)",
      "* 1 FETCH (BODY[] x)", "* 1 FETCH (BODY[] \"x", "* 1 FETCH (BODY[] \"x\\", "* 1 FETCH (X ((((((((((((((((((((((",
      "* SEARCH x", "* 1 FETCH (BODY[ X 1)", "* 1 FETCH (X {101}",
    ])
  func faults(text: String) {
    #expect(throws: IMAPFault.self) { try responses(text + "\r\n") }
  }

  @Test("Random octets end as responses or as a fault, never otherwise, and no more is kept than is allowed")
  func random() {
    var random = SplitMix64(seed: 11)
    let words = [
      "* ", "1 ", "FETCH ", "(", ")", "UID ", "BODY[]", "<0>", " {3}\r\n", "\r\n", "\"", "\\", "{", "}", "OK ", "W1 ",
    ]
    for _ in 0..<5_000 {
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        if Bool.random(using: &random) {
          text += words.randomElement(using: &random)!.utf8
        } else {
          text.append(UInt8.random(in: .min ... .max, using: &random))
        }
      }
      var imap = IMAPReader()
      try? text.withUnsafeBytes { try imap.read($0) { _ in } }
      var pop = POP3Reader()
      pop.begin(hasLines: true)
      try? (Array("+OK\r\n".utf8) + text).withUnsafeBytes { try pop.read($0) { _ in } }
    }
  }

  @Test("INTERNALDATE is read in its zone; what is none gives no moment")
  func internalDate() {
    let table: [(String, String?)] = [
      (" 7-Feb-1994 22:43:04 -0800", "1994-02-08T06:43:04Z"), ("26-May-2026 00:00:00 +0545", "2026-05-25T18:15:00Z"),
      ("7-feb-1994 22:43:04 +0000", "1994-02-07T22:43:04Z"), ("07-Feb-94 22:43:04 +0000", nil),
      ("7-Feb-1994 22:43:04", nil), ("7-Foo-1994 22:43:04 +0000", nil), ("7-Feb-1994 24:43:04 +0000", nil),
      ("7-Feb-1994 22:43 +0000", nil), ("-7-Feb-1994 22:43:04 +0000", nil), ("", nil),
      ("7-Feb-1994 22:43:04 +00:00", nil),
    ]
    for (text, expected) in table {
      #expect(Timestamp(internalDate: text) == expected.flatMap { Timestamp(iso8601: $0) }, "\(text)")
    }
  }

  @Test(
    "Names of folders go in modified UTF-7",
    arguments: [
      ("INBOX", "INBOX"), ("A&B", "A&-B"), ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
      ("Entwürfe", "Entw&APw-rfe"), ("😀", "&2D3eAA-"),
    ])
  func folderNames(name: String, expected: String) {
    #expect(FolderName.encoded(name) == expected)
  }

  @Test(
    "POP3's lines are told from the end, and dots undone, in whatever pieces they come", arguments: [1, 2, 3, 5, .max])
  func pop3(pieces: Int) throws {
    let table: [(String, String)] = [
      ("+OK x\r\na\r\n.\r\n", "a\r\n"), ("+OK\r\n.\r\n", ""), ("+OK\r\n..\r\n.\r\n", ".\r\n"),
      ("+OK\r\n.a\r\n.\r\n", "a\r\n"), ("+OK\r\n..a\r\nb.\r\n.\r\n", ".a\r\nb.\r\n"), ("+ok\na\n.\n", "a\n"),
      ("+OK\r\n.\rx\r\n.\r\n", "\rx\r\n"), ("+OK\r\n\r\n\r\n.\r\n", "\r\n\r\n"), ("+OK\r\na\0b\r\n.\r\n", "a\0b\r\n"),
      ("-ERR no such message\r\n", ""),
    ]
    for (text, expected) in table {
      var reader = POP3Reader()
      reader.begin(hasLines: true)
      var found: [UInt8] = []
      let octets = Array(text.utf8)
      for start in stride(from: 0, to: octets.count, by: min(pieces, octets.count)) {
        #expect(!reader.isThrough)
        try octets[start..<min(octets.count, start + min(pieces, octets.count))].withUnsafeBytes {
          try reader.read($0) { found += $0 }
        }
      }
      #expect(reader.isThrough && String(decoding: found, as: UTF8.self) == expected, "\(text)")
      #expect(reader.isOK == (text.first == "+"))
    }
  }
}
