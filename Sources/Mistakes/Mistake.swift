/// One mistake in what an admin wrote: where it stands, what it is, what to write instead.
///
/// Settings, job files, keys, mappings and templates all tell their mistakes by this one type.
public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path of the file as it was given, or the name of an environment variable; empty where only the key is known.
  public let place: String
  /// From 1; nil where the whole file is meant.
  public let line: Int?
  /// From 1, in Unicode scalars; given for wrong syntax.
  public let column: Int?
  /// Dotted: `delivery.connections`, `queries.watchers`.
  public let key: String?
  /// What is wrong.
  public let message: String
  /// What to write or do instead.
  public let advice: String?

  /// A mistake at a place of which as much is told as is known.
  public init(
    _ place: String, line: Int? = nil, column: Int? = nil, key: String? = nil, _ message: String, advice: String? = nil
  ) {
    self.place = place
    self.line = line
    self.column = column
    self.key = key
    self.message = message
    self.advice = advice
  }

  /// A refused value at its place.
  public init(_ place: String, line: Int? = nil, key: String? = nil, _ refusal: Refusal) {
    self.init(place, line: line, key: key, refusal.message, advice: refusal.advice)
  }

  /// `config/watchpost.yaml:12: delivery.connections: 900 is out of range 1...200; …`
  public var description: String {
    var position = place
    if let line { position += ":\(line)" }
    if let column { position += ":\(column)" }
    let parts = [position, key ?? ""].filter { !$0.isEmpty } + [message + (advice.map { "; \($0)" } ?? "")]
    return parts.joined(separator: ": ")
  }
}

/// Why a value is refused, and what to write instead. Where it stands is added by whoever read it.
public struct Refusal: Error, Hashable, Sendable {
  /// What is wrong with the value.
  public let message: String
  /// What to write instead.
  public let advice: String?

  /// - Parameters:
  /// - message: part of a sentence; place and key come before it.
  /// - advice: behind a semicolon; nil where the message says enough.
  public init(_ message: String, _ advice: String? = nil) {
    self.message = message
    self.advice = advice
  }
}

/// A text in quotation marks, cut to what an error message can bear, on one line.
public func quoted(_ text: String) -> String {
  let line = String(String.UnicodeScalarView(text.unicodeScalars.map { isUnprintable($0) ? "?" : $0 }))
  return line.count > 60 ? "\"\(line.prefix(57))…\"" : "\"\(line)\""
}

/// Characters that no setting needs and that would change a header, a terminal or the reading direction (rule X1).
public func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0, 0x2028...0x2029, 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}
