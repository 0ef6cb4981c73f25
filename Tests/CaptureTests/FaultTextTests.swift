import Capture
import Testing

@Suite("Faults as text") struct FaultTextTests {
  static let examples: [(String, Fault)] = [
    ("refuse", Fault(.refuse, at: .rcpt)), ("policy", Fault(.policy)), ("defer rate=0.1", Fault(.defer, rate: 0.1)),
    ("refuse to=*@bad.example", Fault(.refuse, to: "*@bad.example")),
    ("drop every=50 times=3", Fault(.drop, at: .dot, every: 50, times: 3)),
    ("drop at=connect", Fault(.drop, at: .connect)),
    ("greylist", Fault(.greylist(seconds: 0))), ("greylist wait=300", Fault(.greylist(seconds: 300))),
    ("stall at=data", Fault(.stall, at: .data)), ("tarpit ms=200", Fault(.tarpit(milliseconds: 200))),
    ("forget", Fault(.forget, at: .mail)), ("forget at=accepted", Fault(.forget, at: .accepted)),
    ("garbage at=ehlo", Fault(.garbage, at: .ehlo)), ("shutdown at=body", Fault(.shutdown, at: .body)),
    ("drop at=accepted", Fault(.drop, at: .accepted)),
    ("answer=\"452 4.2.2 Mailbox full\" at=dot", Fault(.answer("452 4.2.2 Mailbox full"), at: .dot)),
    ("answer=\"a=b\" to=x@y rate=0.5 every=2 times=9", Fault(.answer("a=b"), rate: 0.5, to: "x@y", every: 2, times: 9)),
  ]

  @Test("A fault is read, and written as it was read", arguments: examples)
  func reads(text: String, fault: Fault) throws {
    #expect(try Fault(parsing: text) == fault)
    #expect(fault.description == text)
  }

  @Test("Order of settings, spaces and usual values do not matter")
  func forms() throws {
    #expect(try Fault(parsing: "  refuse\ttimes=2   at=rcpt rate=1.0 every=1 ") == Fault(.refuse, times: 2))
    #expect(try Fault(parsing: "tarpit") == Fault(.tarpit(milliseconds: 1000)))
    #expect(try Fault(parsing: "answer=250") == Fault(.answer("250")))
  }

  @Test(
    "What is wrong with a text is said",
    arguments: [
      ("", "it is empty"), ("   ", "it is empty"), ("explode", "'explode' is no fault"),
      ("Refuse", "'Refuse' is no fault"),
      ("at=rcpt", "it must open with what goes wrong, not with a setting"), ("refuse=1", "it must open"),
      ("refuse at=rcpt at=data", "'at' stands there twice"), ("refuse at=", "'at' has no value"),
      ("refuse at", "'at' has no value"), ("refuse at=bdat", "'bdat' is no stage; there are connect, ehlo, mail"),
      ("refuse rate=often", "the rate 'often' is no number"), ("refuse rate=1.5", "between 0 and 1"),
      ("refuse rate=-0.1", "between 0 and 1"), ("refuse rate=nan", "between 0 and 1"),
      ("refuse every=0", "'every' must be"),
      ("refuse every=x", "'every=x' is no whole number"), ("refuse times=0", "'times' must be"),
      ("refuse ms=5", "'ms' is no setting of 'refuse'"), ("drop wait=5", "'wait' is no setting of 'drop'"),
      ("tarpit ms=-1", "'ms' must lie"), ("tarpit ms=9999999999", "'ms' must lie"),
      ("greylist wait=-1", "'wait' must be"),
      ("forget at=data", "what comes behind is lost at"), ("greylist at=dot", "greylisting happens at 'rcpt' only"),
      ("refuse at=body", "nothing can be answered"),
      ("refuse at=mail to=x@y", "no recipient is known yet at 'mail'"), ("answer", "'answer' wants a text"),
      ("answer=", "'answer' wants a text"), ("answer=\"x", "a quotation mark is not closed"),
      ("answer=\"\"", "'answer' wants a text"), ("answer=\"a\u{1}b\"", "control character"),
    ])
  func wrong(text: String, reason: String) throws {
    let error = try #require(throws: FaultSyntaxError.self) { try Fault(parsing: text) }
    #expect(error.reason.contains(reason))
    #expect(error.description.hasPrefix("'\(text)' is no fault: "))
    #expect(error.description.contains("Write, for instance, 'refuse at=rcpt to=*@bad.example'"))
  }

  @Test("The help names every word, and its examples are read")
  func help() throws {
    let lines = Fault.help.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
    let start = try #require(lines.firstIndex(of: "Examples"))
    let examples = lines[(start + 1)...]
    #expect(examples.count >= 5)
    for example in examples { #expect(throws: Never.self) { try Fault(parsing: String(example)) } }
    for stage in Fault.Stage.allCases { #expect(Fault.help.contains(stage.rawValue)) }
    for (text, _) in Self.examples { #expect(Fault.help.contains(text.prefix { $0.isLetter })) }
    #expect(lines.allSatisfy { $0.count <= 100 })
  }
}
