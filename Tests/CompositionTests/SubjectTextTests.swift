import Testing

@testable import Composition

/// What programs and forums put before a subject.
@Suite struct SubjectTextTests {
  @Test(
    "Subjects lose what programs put before them",
    arguments: [
      ("Re: RE: re[2]: Hello", "Hello", true), ("[#9240] Re: [#9239] Hello", "Hello", true), ("Hello", "Hello", false),
      ("Réponse: Hello", "Réponse: Hello", false), ("回复：你好", "你好", true), ("رد: مرحبا", "مرحبا", true),
      ("Re : Hello", "Hello", true), ("Re", "Re", false), ("Re:", "", true), ("Recent: news", "Recent: news", false),
      ("[#", "[#", false), ("[GM] Re: x", "[GM] Re: x", false),
    ])
  func subjects(_ subject: String, text: String, isReply: Bool) {
    #expect(SubjectText(subject).text == text)
    #expect(SubjectText(subject).isReply == isReply)
  }
}
