/// Comma-separated values (RFC 4180), read strictly: what is not of that form is told, and nothing is guessed.
///
/// Lines end with CR LF or LF, as programs write them. A field with commas, quotes or line ends stands in quotes, a quote
/// in it is doubled. A byte order mark is passed over.
struct CSVReader {
  /// A record with the line on which it begins, from 1.
  struct Record: Hashable {
    let line: Int
    let fields: [String]
  }

  /// What is wrong, and where.
  struct Mistake: Error, Hashable {
    let line: Int
    let words: String
  }

  private let octets: [UInt8]
  private var at = 0
  private var line = 1

  private static let (quote, comma, newline, carriage) = (
    UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r")
  )

  /// All records; a line without anything on it is none.
  /// - Throws: `Mistake`, the first.
  static func records(_ octets: [UInt8]) throws(Mistake) -> [Record] {
    var reader = CSVReader(octets)
    var records: [Record] = []
    while reader.at < reader.octets.count {
      let record = try reader.record()
      if record.fields != [""] { records.append(record) }
    }
    return records
  }

  private init(_ octets: [UInt8]) {
    self.octets = octets
    if octets.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  private mutating func record() throws(Mistake) -> Record {
    let begin = line
    var fields: [String] = []
    while true {
      fields.append(try field())
      guard at < octets.count else { break }
      let octet = octets[at]
      at += 1
      if octet == CSVReader.comma { continue }
      if octet == CSVReader.carriage { at += 1 }
      line += 1
      break
    }
    return Record(line: begin, fields: fields)
  }

  /// Up to the comma or line end behind it.
  private mutating func field() throws(Mistake) -> String {
    guard at < octets.count, octets[at] == CSVReader.quote else { return try plainField() }
    let begin = line
    var content: [UInt8] = []
    at += 1
    while true {
      guard at < octets.count else {
        throw Mistake(
          line: begin, words: "a quote is opened here and never closed; within a cell write it twice (\"\")")
      }
      let octet = octets[at]
      at += 1
      if octet == CSVReader.newline { line += 1 }
      if octet != CSVReader.quote {
        content.append(octet)
      } else if at < octets.count, octets[at] == CSVReader.quote {
        content.append(octet)
        at += 1
      } else {
        break
      }
    }
    guard at == octets.count || octets[at] == CSVReader.comma || isLineEnd else {
      throw Mistake(
        line: line, words: "something stands behind a closing quote; within a cell write a quote twice (\"\")")
    }
    return try text(content[...], begin)
  }

  private mutating func plainField() throws(Mistake) -> String {
    let start = at
    while at < octets.count, octets[at] != CSVReader.comma, !isLineEnd {
      if octets[at] == CSVReader.quote {
        throw Mistake(
          line: line, words: "a quote within a cell; put the whole cell in quotes and write it twice (\"\")")
      }
      at += 1
    }
    return try text(octets[start..<at], line)
  }

  private var isLineEnd: Bool {
    octets[at] == CSVReader.newline
      || octets[at] == CSVReader.carriage && at + 1 < octets.count && octets[at + 1] == CSVReader.newline
  }

  private func text(_ octets: ArraySlice<UInt8>, _ line: Int) throws(Mistake) -> String {
    guard let text = String(validating: octets, as: UTF8.self), !octets.contains(0) else {
      throw Mistake(line: line, words: "not UTF-8; save the file as \"CSV UTF-8\"")
    }
    return text
  }
}
