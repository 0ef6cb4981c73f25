import Forum
import Foundation
import Testing

@testable import Composition

/// What people paste from other programs: `Golden/pasted/*.html` as these programs write it, with what a mail makes of it
/// beside. WATCHPOST_RECORD=1 writes the latter anew.
@Suite("Posts pasted from elsewhere") struct PastedTests {
  private static let folder = GoldenTests.folder.appending(path: "pasted")

  @Test(
    "M5: what editors write arrives as it was meant, in both parts",
    arguments: ["word", "outlook", "google-docs", "tinymce", "ckeditor", "quill"])
  func editors(_ name: String) throws {
    let pasted = try String(contentsOf: Self.folder.appending(path: "\(name).html"), encoding: .utf8)
    let face = DisplayedPost(
      Samples.copy(Samples.post(body: pasted, format: .html)), words: TemplateSet.builtIn.words(.en), limit: 512_000,
      keys: Samples.keys)
    for (kind, text) in [("text.txt", face.fullText), ("mail.html", face.html(headingShift: 1, .en))] {
      let file = Self.folder.appending(path: "\(name).\(kind)")
      if GoldenTests.isRecording { try Data((text + "\n").utf8).write(to: file) }
      let golden = try String(contentsOf: file, encoding: .utf8)
      #expect(golden == text + "\n", "\(name).\(kind) differs; WATCHPOST_RECORD=1 swift test writes it anew")
    }
  }
}
