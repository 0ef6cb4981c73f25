import Testing
import Text

@Suite("Names of files")
struct FileNameTests {
  @Test(
    "I4, X1: a file's name is shown without path, controls, marks of direction and signs of markup, in bounds",
    arguments: [
      ("report.pdf", "report.pdf"), ("été 2026.odt", "été 2026.odt"), ("صورة.jpg", "صورة.jpg"),
      ("/etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("a/../..", "file"), ("", "file"), ("...", "file"),
      ("a\r\nBcc: x@y.z\0.pdf", "a Bcc_ x@y.z.pdf"), ("photo\u{202E}gpj.exe", "photogpj.exe"),
      ("a\u{200B}b\u{2066}c.pdf", "abc.pdf"), ("<b>.zip", "_b_.zip"), ("[x](javascript:y).md", "_x__javascript_y_.md"),
      ("\"&`*~.txt", "_____.txt"), ("  a.txt  ", "a.txt"),
    ])
  func shown(_ name: String, _ expected: String) {
    #expect(name.fileName() == expected)
  }

  @Test("I4: a long name keeps its ending")
  func long() {
    let name = (String(repeating: "é", count: 500) + ".pdf").fileName(limit: 60)
    #expect(name.utf8.count <= 60 && name.hasSuffix(".pdf") && name.hasPrefix("éé"))
    #expect(
      (String(repeating: "a", count: 500) + "." + String(repeating: "b", count: 500)).fileName().utf8.count <= 100)
  }
}
