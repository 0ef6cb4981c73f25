import Forum
import Testing

@testable import Web

@Suite("A visit") struct VisitTests {
  @Test(
    "X3: a form is read as browsers write it, and whatever else comes ends in some fields",
    arguments: [
      ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x+y%20z", ["a": "x y z"]), ("a=%E2%82%AC", ["a": "€"]), ("a", ["a": ""]),
      ("a=1&a=2", ["a": "1"]), ("=x", [:] as [String: String]), ("a=%FF&b=1", ["b": "1"]), ("a=%", [:]), ("&&&", [:]),
      ("a=b=c", ["a": "b=c"]), ("", [:]),
    ])
  func fields(text: String, expected: [String: String]) {
    #expect(Visit.fields(text).filter { !$0.key.isEmpty } == expected)
  }

  @Test(
    "P1: the language is the one that the browser wants most of the six",
    arguments: [
      ("fr-CA,fr;q=0.9,en;q=0.8", Language.fr), ("de,ar;q=0.5,zh-Hant;q=0.7", .zh), ("de", nil), ("", nil), ("*", nil),
      ("en;q=0", nil), ("ES", .es), ("ru;q=x", .ru), (String(repeating: "de,", count: 9999), nil),
    ])
  func languages(header: String, expected: Language?) {
    #expect(Language(accepted: header) == expected)
  }

  @Test(
    "P2: a form is read as its type says, and a mail program's press in either of the two",
    arguments: [
      ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", "One-Click"),
      (nil, "List-Unsubscribe=One-Click", "One-Click"),
      ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "List-Unsubscribe=One%2DClick", "One-Click"),
      (
        "multipart/form-data; boundary=----x",
        "------x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n------x--\r\n",
        "One-Click"
      ),
      (
        "multipart/form-data; boundary=\"a b\"",
        "--a b\r\ncontent-disposition: form-data; name=other\r\nContent-Type: text/plain\r\n\r\n1\r\n--a b\r\n"
          + "Content-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--a b--", "One-Click"
      ),
      ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"", ""),
      ("multipart/form-data", "--x", nil), ("application/json", "{}", nil),
    ] as [(String?, String, String?)])
  func forms(type: String?, body: String, expected: String?) {
    #expect(Visit.form(body, type: type)?["List-Unsubscribe", default: ""] == expected)
  }

  @Test("X4: who asks too often waits, and nobody else")
  func limits() {
    let limit = RateLimit(burst: 3, perMinute: 60, most: 4)
    #expect((0..<5).map { _ in limit.allows("a", now: 0) } == [true, true, true, false, false])
    #expect(limit.allows("b", now: 0))
    #expect(limit.allows("a", now: 1) && !limit.allows("a", now: 1))
    // Those who have not asked for long are forgotten for those who are new; where all ask at once, who is new waits.
    #expect(limit.allows("c", now: 100) && limit.allows("d", now: 100) && limit.allows("e", now: 100))
    for one in ["c", "d", "e", "f"] { _ = limit.allows(one, now: 100) }
    #expect(!limit.allows("g", now: 100))
  }
}
