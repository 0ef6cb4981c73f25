import Forum
import Testing

@testable import Composition

/// Posts in scripts of two directions, in mails of either (rule M7).
@Suite("Directions of posts") struct PostDirectionTests {
  private func read(_ html: String) -> ReadMarkup {
    HTMLReader.read(html, base: SafeURL("https://f.org/t/7/post/9"), limit: 100_000)
  }
  private func text(_ html: String) -> String { MarkupText.render(read(html).nodes) }

  @Test("M7: each block has the direction of its first letter, by name; what its author gave stays")
  func directions() {
    func html(_ source: String) -> String {
      MarkupHTML.render(read(source).nodes, headingShift: 1, isForMail: true)
    }
    #expect(html("<p>a</p><p lang=ar>ب</p>") == "<p dir=\"ltr\">a</p>\n<p lang=\"ar\" dir=\"rtl\">ب</p>")
    #expect(html("a <b>b</b>") == "<div dir=\"ltr\">a <b>b</b></div>")
    #expect(html("<div dir=rtl><p>a</p></div>") == "<div dir=\"rtl\">\n<p>a</p>\n</div>")
    #expect(
      html("<p>a<br>ب<br>1<br>c</p>")
        == "<div>\n<div dir=\"ltr\">a</div>\n<div dir=\"rtl\">ب<br>\n1</div>\n<div dir=\"ltr\">c</div>\n</div>"
    )
    #expect(html("<p>a<br>b</p>") == "<p dir=\"ltr\">a<br>\nb</p>")
    let face = DisplayedPost(
      Samples.copy(Samples.post(body: "<p>English</p><p>عربي</p>", format: .html, language: "ar")),
      words: TemplateSet.builtIn.words(.en), limit: 10_000, keys: Samples.keys)
    #expect(face.html(headingShift: 1, .en) == "<p dir=\"ltr\">English</p>\n<p dir=\"rtl\">عربي</p>")
  }

  /// A post's HTML in a mail of a language.
  private func mail(_ html: String, _ language: Forum.Language = .en, of own: String? = nil) -> String {
    let face = DisplayedPost(
      Samples.copy(Samples.post(body: html, format: .html, language: own)), words: TemplateSet.builtIn.words(language),
      limit: 100_000, keys: Samples.keys)
    return face.html(headingShift: 1, language).replacing("\n", with: " ")
  }

  @Test("M7: no block of a mail leaves its direction to the program that shows it")
  func named() {
    for html in [
      "<p>a</p><p>ب</p>", "<p dir=auto>a <span dir=auto>ب</span></p>", "ب<ul><li>a<li>1</ul>", "<code>1</code>ب",
    ] {
      for language in [Forum.Language.en, .ar] { #expect(!mail(html, language).contains("auto"), "\(html)") }
    }
    #expect(mail("<p>1.</p><p>a</p><p>ب</p>") == "<p>1.</p> <p dir=\"ltr\">a</p> <p dir=\"rtl\">ب</p>")
  }

  @Test("M7: words of ours do not turn an author's line around")
  func ours() {
    let image = "<img src=https://e.org/i.png>"
    let link = "<a href=\"https://e.org/i.png\">"
    #expect(
      mail("<p>\(image) a</p>", .ar, of: "en")
        == "<p>\(link)<span lang=\"ar\" dir=\"rtl\">[صورة: i.png]</span></a> a</p>")
    #expect(mail("<p>\(image) a</p>", .en, of: "en") == "<p>\(link)[image: i.png]</a> a</p>")
    #expect(mail("<p>\(image) ب</p>", .ar, of: "ar") == "<p>\(link)[صورة: i.png]</a> ب</p>")
    #expect(
      mail("<p>\(image) ب</p>", .en, of: "ar")
        == "<p>\(link)<span lang=\"en\" dir=\"ltr\">[image: i.png]</span></a> ب</p>")
    #expect(mail("<p>\(image) a</p>", .fr, of: "en").contains("<span lang=\"fr\" dir=\"ltr\">["))
    let words = MarkupWords(
      language: LanguageTag("ar"), direction: .rtl, image: "صورة", imageNamed: ("صورة: ", ""))
    func text(_ html: String) -> String {
      MarkupText.render(HTMLReader.read(html, base: nil, limit: 1000, words: words).nodes)
    }
    #expect(text("\(image) a") == "\u{2068}[صورة: i.png]\u{2069} <https://e.org/i.png> a")
    #expect(text("ب \(image)") == "ب [صورة: i.png] \u{2068}<https://e.org/i.png>\u{2069}")
  }

  @Test("M7: paths keep their order in a line from right to left, in both parts")
  func paths() {
    let line = "الملف /srv/forum/map.pdf هنا"
    #expect(
      mail("<p>\(line)</p>", .ar, of: "ar")
        == "<p dir=\"rtl\">الملف <span dir=\"ltr\">/srv/forum/map.pdf</span> هنا</p>")
    #expect(text("<p>\(line)</p>") == "الملف \u{2068}/srv/forum/map.pdf\u{2069} هنا")
    #expect(PlainTextReader.read(line, limit: 1000).text == "الملف \u{2068}/srv/forum/map.pdf\u{2069} هنا")
    for other in ["الملف https://e.org/a/b هنا", "see /srv/forum/map.pdf ب", "في 1/4/2026", "نعم/لا/ربما", "a/b ب"] {
      #expect(PlainTextReader.read(other, limit: 1000).text == other)
    }
    #expect(PlainTextReader.read("في (C:\\BCH\\d.docx).", limit: 1000).text == "في (\u{2068}C:\\BCH\\d.docx\u{2069}).")
  }

  @Test("M7: an item's number stays on its list's side, whichever way its words run")
  func mixedLists() {
    let rtl = "<ol dir=\"rtl\" style=\"margin:.6em 0;padding:0;padding-right:1.8em\"> <li dir=\"rtl\">ب</li> "
    #expect(
      mail("<ol><li>ب<li>a <b>b</b><ul><li>c</ul></ol>").hasPrefix(
        "\(rtl)<li dir=\"rtl\"><span dir=\"ltr\">a <b>b</b></span> <ul dir=\"ltr\""))
    #expect(mail("<ol><li>ب<li dir=ltr>a</ol>") == "\(rtl)<li dir=\"rtl\"><span dir=\"ltr\">a</span></li> </ol>")
    #expect(
      mail("<ol><li>ب<li><p>a</p></ol>")
        == "\(rtl)<li dir=\"rtl\"> <p dir=\"ltr\" style=\"text-align:right\">a</p> </li> </ol>")
  }

  @Test("M7: quotations and lists have their bars and numbers on the side that their words begin on")
  func sides() {
    func html(_ source: String) -> String {
      MarkupHTML.render(read(source).nodes, headingShift: 1, isForMail: true)
    }
    #expect(
      html("<blockquote>a</blockquote>").contains("dir=\"ltr\" style=\"margin:.6em 0;padding-left:.8em;border-left"))
    #expect(
      html("<blockquote><p>1. ب</p></blockquote>").contains(
        "dir=\"rtl\" style=\"margin:.6em 0;padding-right:.8em;border-right"))
    #expect(html("<ul><li>ب</ul>").contains("<ul dir=\"rtl\" style=\"margin:.6em 0;padding:0;padding-right:1.8em\">"))
    #expect(html("<div dir=rtl><ul><li>a</ul></div>").contains("<ul style=\"margin:.6em 0;padding:0;padding-right"))
    #expect(html("<h1>a</h1>") == "<h2 dir=\"ltr\" style=\"font-size:1.15em\">a</h2>")
  }
}
