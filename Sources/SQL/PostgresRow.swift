import CPostgres

/// A row of a result, in libpq's text format: every value is a text, whose column tells its type.
final class PostgresRow: Row {
  private let result: PostgresResult
  /// Which row, from 0. One object serves for all rows of a result.
  var index: Int32 = 0
  private(set) lazy var columns: [String] = (0..<PQnfields(result.pointer)).map {
    String(cString: PQfname(result.pointer, $0))
  }

  init(_ result: PostgresResult) { self.result = result }

  func isNull(_ column: Int) -> Bool { PQgetisnull(result.pointer, index, Int32(column)) != 0 }

  /// A boolean is 1 or 0, as SQLite has it, and a fraction is cut off towards zero.
  func integer(_ column: Int) -> Int64 {
    if let number = number(column) { return number }
    switch text(column) {
    case "t", "true": return 1
    case let text: return Double(text).flatMap { Int64(exactly: $0.rounded(.towardZero)) } ?? 0
    }
  }

  func wholeNumber(_ column: Int) -> Int64? {
    let isWhole = [WholeType.int8, .int4, .int2].contains { $0.rawValue == PQftype(result.pointer, Int32(column)) }
    return isWhole && !isNull(column) ? number(column) : nil
  }

  func text(_ column: Int) -> String { withBytes(column) { String(decoding: $0, as: UTF8.self) } }

  /// What the server writes as `\x` and two digits for each octet; its setting `bytea_output` is at its default in our
  /// sessions.
  func octets(_ column: Int) -> [UInt8] {
    withBytes(column) { text in
      guard text.starts(with: Array("\\x".utf8)) else { return [] }
      var octets: [UInt8] = []
      octets.reserveCapacity(text.count / 2)
      var index = 2
      while index + 1 < text.count {
        octets.append(digit(text[index]) << 4 | digit(text[index + 1]))
        index += 2
      }
      return octets
    }
  }

  /// Of lower-case digits, as the server writes them.
  private func digit(_ letter: UInt8) -> UInt8 { letter < 0x60 ? letter & 0xF : (letter & 0xF) + 9 }

  /// A whole number, read digit by digit without making a text of it. One of more than 18 digits may overflow and goes
  /// by `Int64` instead; nil for what is none.
  private func number(_ column: Int) -> Int64? {
    withBytes(column) { bytes in
      var (value, at): (Int64, Int) = (0, 0)
      let isNegative = bytes.first == UInt8(ascii: "-")
      if isNegative { at = 1 }
      guard at < bytes.count, bytes.count < 19 else { return Int64(String(decoding: bytes, as: UTF8.self)) }
      while at < bytes.count {
        guard (48...57).contains(bytes[at]) else { return nil }
        value = value * 10 + Int64(bytes[at] - 48)
        at += 1
      }
      return isNegative ? -value : value
    }
  }

  /// The value's octets, which are libpq's and end with the result.
  private func withBytes<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> T) -> T {
    let start = PQgetvalue(result.pointer, index, Int32(column))
    return body(UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result.pointer, index, Int32(column)))))
  }

  /// The types of whole numbers (`pg_type.dat`).
  private enum WholeType: Oid {
    case int8 = 20
    case int2 = 21
    case int4 = 23
  }
}
