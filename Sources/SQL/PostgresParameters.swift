import CPostgres

/// Values as libpq takes them: texts that end with a NUL, one after another, and the types that are known.
///
/// A whole number is a `bigint`. The type of a text is left to the place where it stands: a key compares with a number
/// as with a text.
struct PostgresParameters {
  /// What an array holds.
  enum Element {
    case whole, text
  }

  /// The type of each value by its number in `pg_type`; 0 where the server is to tell.
  private(set) var types: [Oid] = []
  private var bytes: [UInt8] = []
  /// Where each value begins; nil for NULL.
  private var starts: [Int?] = []

  /// How many values.
  var count: Int { types.count }

  // `pg_type.dat`: fixed since PostgreSQL's first versions.
  private static let int8: Oid = 20
  private static let int8Array: Oid = 1016
  private static let textArray: Oid = 1009
  private static let bytea: Oid = 17
  private static let unknown: Oid = 0

  /// Appends a value, or a list as one array.
  mutating func append(_ value: Value) {
    switch value {
    case .null: append(nil, PostgresParameters.unknown)
    case .integer(let number): append("\(number)".utf8, PostgresParameters.int8)
    case .text(let text): append(PostgresParameters.storable(text).utf8, PostgresParameters.unknown)
    case .octets(let octets): append(PostgresParameters.hex(octets), PostgresParameters.bytea)
    case .list(let values):
      // An empty list is one of NULL: nothing is in it, nor known not to be.
      append(
        PostgresParameters.array(values.isEmpty ? [.null] : values),
        values.hasNumbers ? PostgresParameters.int8Array : PostgresParameters.unknown)
    }
  }

  /// A column of rows, whose type no place tells.
  mutating func append(array values: [Value], of element: Element) {
    append(
      PostgresParameters.array(values),
      element == .whole ? PostgresParameters.int8Array : PostgresParameters.textArray)
  }

  private mutating func append(_ value: (some Sequence<UInt8>)?, _ type: Oid) {
    types.append(type)
    guard let value else { return starts.append(nil) }
    starts.append(bytes.count)
    bytes.append(contentsOf: value)
    bytes.append(0)
  }

  /// NULL.
  private mutating func append(_: Never?, _ type: Oid) {
    types.append(type)
    starts.append(nil)
  }

  /// The pointers are valid within the closure.
  func withPointers<T>(_ body: ([UnsafePointer<CChar>?]) throws -> T) rethrows -> T {
    try bytes.withUnsafeBytes { raw in
      let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
      return try body(starts.map { start in start.flatMap { base?.advanced(by: $0) } })
    }
  }

  /// An array in its text form: `{1,2}`, `{"a","b\\"c"}` (PostgreSQL's documentation, section 8.15.6).
  private static func array(_ values: [Value]) -> [UInt8] {
    var out: [UInt8] = [UInt8(ascii: "{")]
    for (index, value) in values.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      switch value {
      case .null: out.append(contentsOf: "NULL".utf8)
      case .integer(let number): out.append(contentsOf: "\(number)".utf8)
      case .text(let text):
        out.append(UInt8(ascii: "\""))
        for byte in storable(text).utf8 {
          if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
          out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
      case .octets, .list: preconditionFailure("no list has lists or octets in it")
      }
    }
    out.append(UInt8(ascii: "}"))
    return out
  }

  /// Octets in their text form: `\x` and two digits for each (PostgreSQL's documentation, section 8.4.1).
  private static func hex(_ octets: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = Array("\\x".utf8)
    out.reserveCapacity(2 + 2 * octets.count)
    for octet in octets {
      out.append(digits[Int(octet >> 4)])
      out.append(digits[Int(octet & 15)])
    }
    return out
  }

  /// PostgreSQL keeps every character but NUL.
  private static func storable(_ text: String) -> String {
    text.utf8.contains(0) ? text.replacing("\u{0}", with: "\u{FFFD}") : text
  }
}

extension [Value] {
  /// Whether any is a whole number; then all are, or NULL.
  var hasNumbers: Bool { contains { if case .integer = $0 { true } else { false } } }
}
