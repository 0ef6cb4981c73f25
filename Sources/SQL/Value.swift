/// A value bound to a parameter.
public enum Value: Hashable, Sendable {
  /// SQL's NULL. Nothing equals it, itself included.
  case null
  /// A whole number; also times, in seconds since 1970, and truths, as 0 and 1.
  case integer(Int64)
  /// A text; PostgreSQL, which has no NUL, keeps U+FFFD in its place.
  case text(String)
  /// Octets of any kind: raw mail.
  case octets([UInt8])
  /// Stands for `IN ($1)`: as many parameters as there are values. Without values it matches nothing, and so does
  /// `NOT IN ($1)`, since it then compares with NULL.
  case list([Value])

  /// Texts are equal by their octets, as they are to a database: to Swift those are too that Unicode calls equivalent.
  public static func == (a: Value, b: Value) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.integer(let a), .integer(let b)): a == b
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    case (.octets(let a), .octets(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    default: false
    }
  }

  /// By the same.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .integer(let number): hasher.combine(number)
    case .text(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    case .octets(let octets): hasher.combine(octets)
    case .list(let values): hasher.combine(values)
    }
  }

  /// The number, or NULL for nil.
  public static func optional(_ value: Int64?) -> Value { value.map(Value.integer) ?? .null }
  /// The text, or NULL for nil.
  public static func optional(_ value: String?) -> Value { value.map(Value.text) ?? .null }
  /// A list of texts.
  public static func texts(_ values: some Sequence<String>) -> Value { .list(values.map(Value.text)) }
  /// A list of numbers.
  public static func integers(_ values: some Sequence<Int64>) -> Value { .list(values.map(Value.integer)) }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  /// So that `1` is a value.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// So that `"a"` is a value.
  public init(stringLiteral value: String) { self = .text(value) }
}
