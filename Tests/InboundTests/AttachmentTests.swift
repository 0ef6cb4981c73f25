import Testing

@testable import Inbound

@Suite("Files that come with mails")
struct AttachmentTests {
  private static func part(_ type: String, _ name: String? = nil, _ more: String = "", size: Int = 3000) -> String {
    let named = name.map { "; name=\"\($0)\"" } ?? ""
    return "Content-Type: \(type)\(named)\n\(more)\n\n\(String(repeating: "x", count: size))"
  }

  private static func mixed(_ parts: String..., as kind: String = "mixed", boundary: String = "b") -> String {
    "Content-Type: multipart/\(kind); boundary=\(boundary)\n\n"
      + parts.map { "--\(boundary)\n\($0)\n" }.joined() + "--\(boundary)--\n"
  }

  private func names(_ raw: String) -> [String] {
    MessageReader().read(Array("From: a@example.net\n\(raw)".utf8)).attachments.map { $0.filename ?? "-" }
  }

  @Test("I4: what somebody attached is a file of theirs; what mail programs and lists add by themselves is none")
  func meant() {
    let text = Self.part("text/plain", size: 10)
    let attached = "Content-Disposition: attachment"
    let rows: [(String, [String])] = [
      (Self.part("application/pdf", "a.pdf", attached), ["a.pdf"]),
      (Self.part("application/pdf", "a.pdf"), ["a.pdf"]),
      (Self.part("application/octet-stream", nil, attached), ["-"]),
      (Self.part("text/csv", "a.csv", "Content-Disposition: inline; filename=a.csv"), ["a.csv"]),
      (Self.part("image/jpeg", "photo.jpg", "Content-Disposition: inline"), ["photo.jpg"]),
      (Self.part("image/png", "dot.png", attached, size: 90), []),
      (Self.part("text/plain"), []), (Self.part("text/html", "ATT00001.htm"), []),
      (Self.part("text/plain", "ATT00002.txt", attached), []),
      (Self.part("application/ms-tnef", "winmail.dat", attached), []),
      (Self.part("application/octet-stream", "winmail.dat", attached), []),
      (Self.part("application/octet-stream", "smime.p7s", attached), []),
      (Self.part("application/pkcs7-signature", "smime.p7s", attached), []),
      (Self.part("application/pgp-signature", "OpenPGP_signature.asc", attached), []),
      (Self.part("application/pgp-keys", "OpenPGP_0x1.asc", attached), []),
      (Self.part("text/x-vcard", "Ana.vcf", attached), []),
      (Self.part("application/octet-stream", "Ana.VCF", attached), []),
      (Self.part("text/calendar", "invite.ics", attached), []),
      (Self.part("message/rfc822", nil, attached), []),
    ]
    for (part, expected) in rows { #expect(names(Self.mixed(text, part)) == expected, "\(part.prefix(90))") }
  }

  @Test(
    "I4: pictures that the text shows are a program's, wherever they stand; others of the same mail are the person's")
  func shownPictures() {
    let html = "Content-Type: text/html\n\n<p>Hello</p><img src=\"cid:Logo1@X\">"
    let logo = Self.part("image/png", "logo.png", "Content-ID: <logo1@x>\nContent-Disposition: attachment")
    let own = Self.part("image/png", "own.png", "Content-ID: <own@x>\nContent-Disposition: attachment")
    #expect(names(Self.mixed(html, logo, own)) == ["own.png"])
    let silent = Self.part("image/png", "silent.png")
    #expect(names(Self.mixed(Self.mixed(html, silent, logo, as: "related", boundary: "c"), own)) == ["own.png"])
  }

  @Test("I4: files are read with their octets, whatever their encoding, under the same numbers at every reading")
  func octets() throws {
    let raw = Self.mixed(
      Self.part("text/plain", size: 10),
      "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjcK",
      "Content-Type: text/plain; charset=iso-8859-1; name=b.txt\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9")
    let files = try #require(MessageReader().files(in: Array(raw.utf8)))
    #expect(files.map(\.number) == [1, 2] && files.map(\.name) == ["a.pdf", "b.txt"])
    #expect(files.map(\.octets) == [Array("%PDF-1.7\n".utf8), [0x63, 0x61, 0x66, 0xE9]])
    #expect(files.map(\.count) == [9, 4])
    #expect(MessageReader().files(in: Array(raw.utf8)) == files)
  }

  @Test("X3: of a message beyond the bounds no file is taken for whole")
  func bounds() {
    let raw = Self.mixed(Self.part("application/pdf", "a.pdf"), Self.part("application/pdf", "b.pdf"))
    #expect(MessageReader(bounds: ReadingBounds(message: 4000)).files(in: Array(raw.utf8)) == nil)
    #expect(MessageReader(bounds: ReadingBounds(parts: 2)).files(in: Array(raw.utf8)) == nil)
    #expect(MessageReader().files(in: Array(raw.utf8))?.count == 2)
    #expect(MessageReader().files(in: []) == [])
  }
}
