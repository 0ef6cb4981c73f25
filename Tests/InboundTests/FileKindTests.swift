import Mail
import Testing

@testable import Inbound

@Suite("What files are")
struct FileKindTests {
  /// One file by its first octets, padded with zeros to a length.
  private static func octets(_ head: String, to length: Int = 64) -> [UInt8] {
    let head = head.unicodeScalars.map { UInt8($0.value) }
    return head + [UInt8](repeating: 0, count: max(0, length - head.count))
  }

  private static let png = octets("\u{89}PNG\r\n\u{1A}\n\0\0\0\rIHDR\0\0\0\u{1}")
  private static let webp = octets("RIFF\u{38}\0\0\0WEBPVP8 ")

  /// Stored files of a ZIP, in their order; names and contents in ASCII.
  static func zip(_ files: [(String, String)], behind: String = "") -> [UInt8] {
    func le(_ value: Int, _ length: Int) -> [UInt8] { (0..<length).map { UInt8(value >> (8 * $0) & 0xFF) } }
    var (local, list): ([UInt8], [UInt8]) = ([], [])
    for (name, content) in files {
      let sizes = le(content.utf8.count, 4) + le(content.utf8.count, 4) + le(name.utf8.count, 2) + le(0, 2)
      let common = le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(0, 4) + sizes
      list += [0x50, 0x4B, 1, 2] + le(20, 2) + common + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(local.count, 4)
      list += Array(name.utf8)
      local += [0x50, 0x4B, 3, 4] + common + Array(name.utf8) + Array(content.utf8)
    }
    let end = [0x50, 0x4B, 5, 6] + le(0, 4) + le(files.count, 2) + le(files.count, 2)
    return local + list + end + le(list.count, 4) + le(local.count, 4) + le(0, 2) + Array(behind.utf8)
  }

  private static func office(_ main: String, _ more: String...) -> [UInt8] {
    zip([("[Content_Types].xml", "<Types/>"), (main, "<x/>")] + more.map { ($0, "x") })
  }

  private static func openDocument(_ name: String, _ more: String...) -> [UInt8] {
    zip(
      [("mimetype", "application/vnd.oasis.opendocument.\(name)"), ("content.xml", "<x/>")] + more.map { ($0, "x") })
  }

  private struct Row {
    var octets: [UInt8]
    var name: String
    var type = "application/octet-stream"
    var kind: FileKind?
  }

  private static let rows: [Row] = [
    Row(octets: octets("%PDF-1.7\n"), name: "a.pdf", kind: .pdf),
    Row(octets: octets("%PDF-1.7\n"), name: "a.exe", kind: .pdf),
    Row(octets: png, name: "a.png", kind: .png),
    Row(octets: octets("\u{FF}\u{D8}\u{FF}\u{E0}"), name: "a.png", kind: .jpeg),
    Row(octets: octets("GIF89a"), name: "a.gif", kind: .gif),
    Row(octets: webp, name: "a.webp", kind: .webp),
    Row(octets: office("word/document.xml"), name: "a.docx", kind: .docx),
    Row(octets: office("xl/workbook.xml"), name: "a.xlsx", kind: .xlsx),
    Row(octets: office("ppt/presentation.xml"), name: "a.pptx", kind: .pptx),
    Row(octets: openDocument("text"), name: "a.odt", kind: .odt),
    Row(octets: openDocument("spreadsheet"), name: "a.ods", kind: .ods),
    Row(octets: openDocument("presentation"), name: "a.odp", kind: .odp),
    Row(octets: Array("Räume 2 < 3 & 4 > 1\r\n".utf8), name: "a.txt", type: "text/plain", kind: .text),
    Row(octets: octets("caf\u{E9}\n", to: 0), name: "a.txt", type: "text/plain", kind: .text),
    Row(octets: Array("a;b\n1;2\n".utf8), name: "a.CSV", kind: .csv),
    Row(octets: Array("a;b\n1;2\n".utf8), name: "a", type: "text/csv", kind: .csv),
  ]

  @Test("I4: what a file is its octets say, whatever it is called")
  func kinds() {
    for row in Self.rows {
      #expect(FileKind(row.octets, name: row.name, type: row.type) == row.kind, "\(row.name)")
      let other = FileKind(row.octets, name: "other.pdf", type: "image/png")
      #expect(other == (row.kind == .csv ? .text : row.kind), "\(row.name) as other.pdf")
    }
  }

  private static let hostile: [Row] = [
    // Pages, whatever they are called.
    Row(octets: Array("<html><script>1</script>".utf8), name: "a.png", type: "image/png", kind: .html),
    Row(octets: Array("\u{FEFF} \n<!-- -->".utf8), name: "a.txt", type: "text/plain", kind: .html),
    Row(octets: Array("<?xml version=\"1.0\"?><x/>".utf8), name: "a.txt", kind: .html),
    Row(octets: Array("<?xml version=\"1.0\"?><svg onload=\"x\"/>".utf8), name: "a.txt", kind: .svg),
    Row(octets: Array("hello".utf8), name: "a.html", kind: .html),
    Row(octets: Array("hello".utf8), name: "a.svg", kind: .svg),
    Row(octets: Array("hello".utf8), name: "a", type: "application/xhtml+xml", kind: .html),
    Row(octets: Array("alert(1)".utf8), name: "a.txt.js", type: "text/plain", kind: .script),
    Row(octets: Array("alert(1)".utf8), name: "a.txt", type: "application/javascript", kind: .script),
    Row(octets: Array("Words first.\n<ScRiPt>alert(1)</script>".utf8), name: "a.txt", kind: .html),
    // Two things at once.
    Row(octets: octets("GIF89a/*<script>alert(1)</script>*/"), name: "a.gif", kind: nil),
    Row(octets: png + Array("tEXt<HTML onclick=x>".utf8), name: "a.png", kind: nil),
    Row(octets: zip([("[Content_Types].xml", ""), ("word/document.xml", "")], behind: "<html>"), name: "a.docx"),
    Row(octets: Array("MZ".utf8) + office("word/document.xml"), name: "a.docx", kind: nil),
    Row(
      octets: zip([("[Content_Types].xml", ""), ("word/document.xml", ""), ("xl/workbook.xml", "")]), name: "a.docx"),
    // Programs, and documents with programs in them.
    Row(octets: office("word/document.xml", "word/vbaProject.bin"), name: "a.docx", kind: nil),
    Row(octets: office("word/document.xml", "A.class"), name: "a.docx", kind: nil),
    Row(octets: openDocument("text", "Basic/Standard/Module1.xml"), name: "a.odt", kind: nil),
    Row(octets: openDocument("text-template"), name: "a.odt", kind: nil),
    Row(octets: octets("MZ\u{90}\0"), name: "a.pdf", type: "application/pdf", kind: nil),
    Row(octets: octets("\u{7F}ELF"), name: "a.txt", kind: nil),
    // Archives, halves, nothing.
    Row(octets: zip([("a.txt", "a")]), name: "a.docx", kind: nil),
    Row(octets: Array(office("word/document.xml").dropLast(30)), name: "a.docx", kind: nil),
    Row(octets: octets("PK\u{3}\u{4}"), name: "a.zip", kind: nil),
    Row(octets: octets("PK\u{3}\u{4}", to: 4), name: "a.zip", kind: nil),
    Row(octets: octets("RIFF\u{FF}\u{FF}\u{FF}\u{7F}WEBPVP8 "), name: "a.webp", kind: nil),
    Row(octets: octets("\u{1F}\u{8B}\u{8}"), name: "a.svgz", kind: nil),
    Row(octets: [], name: "a.txt", type: "text/plain", kind: nil),
  ]

  @Test("I4, X3: what is two things at once, holds a program, or is a page under another name passes for nothing else")
  func strange() {
    for row in Self.hostile {
      #expect(FileKind(row.octets, name: row.name, type: row.type) == row.kind, "\(row.name) \(row.octets.prefix(30))")
    }
  }

  @Test("X3: a file cut anywhere, or with any octet changed, is read without a crash")
  func broken() {
    for row in Self.rows + Self.hostile {
      for end in row.octets.indices { _ = FileKind(Array(row.octets[..<end]), name: row.name, type: row.type) }
      for place in row.octets.indices.suffix(400) {
        for octet in [0, 0x7F, 0xFF] as [UInt8] {
          var changed = row.octets
          changed[place] = octet
          _ = FileKind(changed, name: row.name, type: row.type)
        }
      }
    }
  }

  @Test("I4: no file is stored under a name that a browser runs")
  func endings() {
    let runs: Set<String> = ["html", "htm", "svg", "js", "mjs", "xml", "xhtml", "swf", "css", "script"]
    #expect(FileKind.allCases.allSatisfy { !runs.contains($0.ending) })
    #expect(!FileKind.quiet.contains(.svg) && !FileKind.quiet.contains(.html) && !FileKind.quiet.contains(.script))
    #expect(FileKind.quiet.count == FileKind.allCases.count - 3)
  }
}
