import Foundation
import Mistakes

/// A small reader of MIME messages, written apart from the code that writes them: it takes nothing for granted and
/// throws at whatever a strict receiver would object to.
struct MessageReader {
  struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  struct Part {
    /// In order, values unfolded.
    var header: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var parts: [Part] = []

    func values(_ name: String) -> [String] {
      header.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
    /// The value of a field that stands exactly once.
    subscript(name: String) -> String? { values(name).count == 1 ? values(name)[0] : nil }
    var type: String { (self["Content-Type"] ?? "text/plain").prefix { $0 != ";" }.lowercased() }
    /// All leaves, in order.
    var leaves: [Part] { parts.isEmpty ? [self] : parts.flatMap(\.leaves) }
    /// The decoded text of a leaf, LF line ends.
    var text: String { String(decoding: body, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n") }
    func leaf(_ type: String) -> Part? { leaves.first { $0.type == type } }
  }

  static func read(_ data: [UInt8], allowsUTF8: Bool = false) throws -> Part {
    try checkLines(data)
    return try part(data, allowsUTF8: allowsUTF8)
  }

  /// RFC 5322 section 2.1: CRLF alone ends lines, 998 octets at most.
  private static func checkLines(_ data: [UInt8]) throws {
    guard data.suffix(2) == [13, 10] else { throw Broken("does not end in CRLF") }
    var length = 0
    for (index, byte) in data.enumerated() {
      switch byte {
      case 13: if data[index + 1] != 10 { throw Broken("bare CR at \(index)") }
      case 10:
        if index == 0 || data[index - 1] != 13 { throw Broken("bare LF at \(index)") }
        if length > 998 { throw Broken("line of \(length) octets") }
        length = 0
        continue
      case 0: throw Broken("NUL at \(index)")
      default: break
      }
      if byte != 13 { length += 1 }
    }
  }

  private static func part(_ data: [UInt8], allowsUTF8: Bool) throws -> Part {
    var part = Part()
    let lines = split(data)
    var index = 0
    while index < lines.count, !lines[index].isEmpty {
      let line = lines[index]
      guard allowsUTF8 || line.allSatisfy({ $0 < 0x80 }) else { throw Broken("header is not ASCII: \(shown(line))") }
      guard !line.contains(where: { $0 < 0x20 && $0 != 9 || $0 == 0x7F }) else { throw Broken("control in header") }
      if line[line.startIndex] == 0x20 || line[line.startIndex] == 9 {
        guard !part.header.isEmpty else { throw Broken("folded line first") }
        guard !shown(line).allSatisfy(\.isWhitespace) else { throw Broken("folded line of white space") }
        part.header[part.header.count - 1].value += shown(line)
      } else {
        guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
          line[..<colon].allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Broken("no field: \(shown(line))") }
        let value = shown(line[(colon + 1)...])
        part.header.append((shown(line[..<colon]), value.trimmingCharacters(in: .whitespaces)))
      }
      index += 1
    }
    guard index < lines.count else { throw Broken("no empty line behind the header") }
    let body = Array(lines[index...].dropFirst().joined(separator: [13, 10]))
    let type = part.type
    if type.hasPrefix("multipart/") {
      guard let boundary = parameter("boundary", part["Content-Type"] ?? "") else { throw Broken("no boundary") }
      part.parts = try parts(body, boundary, implied: type == "multipart/digest" ? "message/rfc822" : "text/plain")
    } else if type == "message/rfc822" {
      part.parts = [try Self.part(body, allowsUTF8: false)]
    } else {
      part.body = try decoded(body, part["Content-Transfer-Encoding"] ?? "7bit")
      guard String(validating: part.body, as: UTF8.self) != nil else { throw Broken("body is not UTF-8") }
    }
    return part
  }

  private static func parts(_ body: [UInt8], _ boundary: String, implied: String) throws -> [Part] {
    guard (1...70).contains(boundary.utf8.count) else { throw Broken("boundary of \(boundary.utf8.count) octets") }
    let delimiter = Array("--\(boundary)".utf8)
    var parts: [[ArraySlice<UInt8>]] = []
    var isClosed = false
    for line in split(body) {
      if isClosed {
        guard line.isEmpty else { throw Broken("epilogue") }
      } else if Array(line) == delimiter {
        parts.append([])
      } else if Array(line) == delimiter + [0x2D, 0x2D] {
        isClosed = true
      } else if parts.isEmpty {
        guard line.isEmpty else { throw Broken("preamble") }
      } else {
        parts[parts.count - 1].append(line)
      }
    }
    guard isClosed else { throw Broken("boundary \(boundary) is never closed") }
    return try parts.map { lines in
      var part = try part(Array(lines.joined(separator: [13, 10])) + [13, 10], allowsUTF8: false)
      if part.header.isEmpty { part.header.append(("Content-Type", implied)) }
      return part
    }
  }

  private static func decoded(_ body: [UInt8], _ encoding: String) throws -> [UInt8] {
    switch encoding {
    case "7bit":
      guard body.allSatisfy({ $0 < 0x80 }) else { throw Broken("7bit body is not ASCII") }
      return body
    case "base64":
      let lines = split(body)
      guard lines.allSatisfy({ $0.count <= 76 }) else { throw Broken("long line of base64") }
      guard let data = Data(base64Encoded: Data(lines.joined())) else { throw Broken("not base64") }
      return Array(data)
    case "quoted-printable": return try quotedPrintable(body)
    default: throw Broken("unknown encoding \(encoding)")
    }
  }

  private static func quotedPrintable(_ body: [UInt8]) throws -> [UInt8] {
    var result: [UInt8] = []
    for (index, line) in split(body).enumerated() {
      guard line.count <= 76 else { throw Broken("quoted-printable line of \(line.count)") }
      guard line.last != 0x20, line.last != 9 else { throw Broken("white space at a line's end") }
      if index > 0, result.last == 0x01 { result.removeLast() } else if index > 0 { result += [13, 10] }
      var rest = line
      while let byte = rest.popFirst() {
        guard byte == 0x3D else {
          guard (0x20...0x7E).contains(byte) || byte == 9 else { throw Broken("octet \(byte) in quoted-printable") }
          result.append(byte)
          continue
        }
        if rest.isEmpty {
          result.append(0x01)
          break
        }
        guard rest.count >= 2, let value = UInt8(shown(rest.prefix(2)), radix: 16) else { throw Broken("bad =XX") }
        guard value != 0x01 else { throw Broken("control in a body") }
        result.append(value)
        rest = rest.dropFirst(2)
      }
    }
    return result
  }

  static func parameter(_ name: String, _ value: String) -> String? {
    guard let start = value.range(of: "\(name)=\"") else { return nil }
    return String(value[start.upperBound...].prefix { $0 != "\"" })
  }

  /// RFC 2047 encoded words of UTF-8.
  static func decodedWords(_ value: String) -> String {
    var result = ""
    var pending = ""
    var afterWord = false
    for word in value.split(separator: " ", omittingEmptySubsequences: false) {
      let pieces = word.split(separator: "?", omittingEmptySubsequences: false)
      var bytes: [UInt8]?
      if pieces.count == 5, pieces[0] == "=", pieces[4] == "=", pieces[1].lowercased() == "utf-8" {
        if pieces[2].lowercased() == "b" { bytes = Data(base64Encoded: String(pieces[3])).map(Array.init) }
        if pieces[2].lowercased() == "q" {
          bytes = try? quotedPrintable(Array(pieces[3].replacingOccurrences(of: "_", with: "=20").utf8))
        }
      }
      if let bytes {
        if !afterWord { result += pending }
        result += String(decoding: bytes, as: UTF8.self)
      } else {
        result += pending + word
      }
      afterWord = bytes != nil
      pending = " "
    }
    return result
  }

  private static func split(_ data: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index < data.count {
      if data[index] == 10 {
        lines.append(data[start..<(index - 1)])
        start = index + 1
      }
      index += 1
    }
    lines.append(data[start...])
    return lines
  }

  private static func shown(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}
