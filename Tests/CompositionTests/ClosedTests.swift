import Composition
import Forum
import Mail
import Testing

/// Mails of threads and discussions that take no answers.
@Suite("Closed threads") struct ClosedTests {
  private func copy(_ number: Int, isOpen: Bool) -> PostCopy {
    var copy = Samples.copy(Samples.post(number), position: .init(Int64(number)))
    copy.takesAnswers = isOpen
    return copy
  }

  private func text(_ message: OutgoingMessage) throws -> String {
    let mail = try MessageReader.read(message.data)
    func all(_ part: MessageReader.Part) -> String { part.text + part.parts.map(all).joined() }
    return all(mail) + String(decoding: message.data, as: UTF8.self)
  }

  @Test("I5: a copy of a closed thread offers no answer, in no language, and says so", arguments: Language.allCases)
  func instant(_ language: Language) throws {
    for textOnly in [false, true] {
      let reader = Samples.recipient(language, textOnly: textOnly)
      let closed = try Samples.instant(copy(1, isOpen: false), to: reader)
      let mail = try MessageReader.read(closed.data)
      #expect(mail["Reply-To"] == nil && mail["List-Post"] == "NO")
      #expect(try !text(closed).contains("reply+"))
      let open = try Samples.instant(copy(1, isOpen: true), to: reader)
      #expect(try MessageReader.read(open.data)["Reply-To"]?.hasPrefix("reply+") == true)
      #expect(try MessageReader.read(open.data)["Message-ID"] == mail["Message-ID"])
    }
    let english = try Samples.instant(copy(1, isOpen: false))
    #expect(try text(english).contains("This thread takes no more replies."))
  }

  @Test(
    "I5: in a digest open posts alone have a reply address; one of closed posts has none of its own",
    arguments: DigestFormat.allCases, DigestStyle.allCases)
  func digest(_ format: DigestFormat, _ style: DigestStyle) throws {
    let reader = Samples.recipient(style: style, format: format)
    let closed = try Samples.digest([copy(1, isOpen: false), copy(2, isOpen: false)], to: reader)
    #expect(try MessageReader.read(closed.data)["Reply-To"] == nil)
    #expect(try !text(closed).contains("reply+"))
    let mixed = try Samples.digest([copy(1, isOpen: false), copy(2, isOpen: true)], to: reader)
    #expect(try MessageReader.read(mixed.data)["Reply-To"]?.hasPrefix("reply+") == true)
    let addresses = try text(mixed).matches(of: /reply\+[a-z2-7]+/).map { String($0.output) }
    // The digest's own, and the open post's.
    #expect(Set(addresses).count == 2)
  }
}
