import Mistakes
import Text

/// How a value is written: what may stand in the file, how it is read, how it is written back.
public struct Kind<Value: Sendable>: Sendable {
  /// What may be written, for the sample and the listing: `a whole number, 1...200`.
  public let form: String
  /// Reads what was written, or says what is wrong with it; where it stands is added by whoever asked.
  let parse: @Sendable (_ written: Written, _ base: String) throws(Refusal) -> Value
  /// The value as YAML; empty for a value that is not there.
  let write: @Sendable (Value) -> String
  /// What a default becomes in a file of the directory `base`: relative paths begin there.
  let rebase: @Sendable (_ value: Value, _ base: String) -> Value

  init(
    form: String, write: @escaping @Sendable (Value) -> String,
    rebase: @escaping @Sendable (_ value: Value, _ base: String) -> Value = { value, _ in value },
    parse: @escaping @Sendable (_ written: Written, _ base: String) throws(Refusal) -> Value
  ) {
    self.form = form
    self.parse = parse
    self.write = write
    self.rebase = rebase
  }

  /// A kind whose values are written as one word or text.
  /// - Parameters:
  ///   - write: the value as YAML; its description, if left out.
  ///   - parse: reads the text; throws what is wrong with it.
  public static func scalar(
    form: String, write: @escaping @Sendable (Value) -> String = { "\($0)" },
    parse: @escaping @Sendable (_ text: String) throws(Refusal) -> Value
  ) -> Kind {
    Kind(form: form, write: write) { (written, _) throws(Refusal) in
      guard case .text(let text) = written else { throw Refusal("one value is expected, not a list", "give \(form)") }
      return try parse(text)
    }
  }
}

/// What stands in a file or variable, before it has a type.
public enum Written: Hashable, Sendable {
  /// A scalar of the file, or a variable's value. YAML's own types are not looked at: `off` and `07` are texts.
  case text(String)
  /// A sequence of scalars; only a file can have one.
  case list([String])
}

extension Kind {
  /// A value that may be absent; its default is usually nil.
  public static func optional<Wrapped>(_ kind: Kind<Wrapped>) -> Kind where Value == Wrapped? {
    let write: @Sendable (Wrapped?) -> String = { $0.map(kind.write) ?? "" }
    return Kind(form: kind.form, write: write) { (written, base) throws(Refusal) in
      try kind.parse(written, base)
    }
  }

  /// A list; in the environment, and if one likes in the file, its items separated by commas.
  public static func list<Item>(of kind: Kind<Item>, count: ClosedRange<Int> = 1...100) -> Kind where Value == [Item] {
    let form = "a list, each \(kind.form)"
    let write: @Sendable ([Item]) -> String = { "[" + $0.map(kind.write).joined(separator: ", ") + "]" }
    return Kind(form: form, write: write) {
      (written, base) throws(Refusal) in
      let items = items(of: written)
      guard count.contains(items.count) else {
        throw Refusal("the list has \(items.count) items, \(count.lowerBound)...\(count.upperBound) are allowed")
      }
      var values: [Item] = []
      for item in items { values.append(try kind.parse(.text(item), base)) }
      return values
    }
  }

  /// One text with commas is a list too, since a variable can hold nothing else. What is empty between two commas is no
  /// item.
  private static func items(of written: Written) -> [String] {
    switch written {
    case .list(let items): items
    case .text(let text): text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    }
  }

  /// One of an enumeration's raw values.
  public static func choice(_ type: Value.Type) -> Kind
  where Value: CaseIterable & RawRepresentable<String> {
    let word = Kind<String>.word(of: Value.allCases.map(\.rawValue))
    return .scalar(form: word.form, write: \.rawValue) { (text) throws(Refusal) in
      Value(rawValue: try word.parse(.text(text), ""))!
    }
  }
}

extension Kind<String> {
  /// One of some words.
  public static func word(of words: [String]) -> Kind<String> {
    .scalar(form: "one of " + words.joined(separator: ", ")) { (text) throws(Refusal) in
      if words.contains(text) { return text }
      let guess = nearest(to: text, among: words).map { "did you mean \($0)?" }
      throw Refusal("\(quoted(text)) is none of \(words.joined(separator: ", "))", guess)
    }
  }
}

extension Kind<Bool> {
  /// `true` or `false`; also `yes`, `no`, `on`, `off`.
  public static var flag: Kind<Bool> {
    .scalar(form: "true or false") { (text) throws(Refusal) in
      switch text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: throw Refusal("\(quoted(text)) is neither true nor false")
      }
    }
  }
}

extension Kind<Int> {
  /// A whole number within a range.
  public static func integer(in range: ClosedRange<Int>, unit: String = "") -> Kind<Int> {
    .scalar(form: "a whole number\(unit.isEmpty ? "" : " of \(unit)"), \(range)") {
      (text) throws(Refusal) in
      guard let number = Int(text) else { throw Refusal("\(quoted(text)) is no whole number", "give one in \(range)") }
      guard range.contains(number) else { throw Refusal("\(number) is out of range \(range)") }
      return number
    }
  }

  /// A size in bytes: `100KB`. KB and MB are thousands, KiB and MiB are powers of two.
  public static func size(in range: ClosedRange<Int>) -> Kind<Int> {
    let bounds = "\(sizeText(range.lowerBound))...\(sizeText(range.upperBound))"
    return .scalar(
      form: "a size such as 100KB or 2MB, from \(sizeText(range.lowerBound)) to \(sizeText(range.upperBound))",
      write: sizeText
    ) { (text) throws(Refusal) in
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      let unit = text.dropFirst(digits.count).trimmed.lowercased()
      guard let number = Int(digits), digits.utf8.count <= 9, let factor = sizeUnits.first(where: { $0.name == unit })
      else { throw Refusal("\(quoted(text)) is no size", "give a number with B, KB, MB, KiB or MiB") }
      let bytes = number * factor.bytes
      guard range.contains(bytes) else { throw Refusal("\(text) is out of range \(bounds)") }
      return bytes
    }
  }
}

/// By the whole word behind the number, in lower case; the order says nothing.
private let sizeUnits = [
  (name: "mb", bytes: 1_000_000), (name: "mib", bytes: 1_048_576), (name: "kb", bytes: 1000),
  (name: "kib", bytes: 1024), (name: "b", bytes: 1),
]

/// In thousands, never in powers of two, so that it reads back as it was.
private func sizeText(_ bytes: Int) -> String {
  if bytes >= 1_000_000, bytes % 1_000_000 == 0 { return "\(bytes / 1_000_000)MB" }
  if bytes >= 1000, bytes % 1000 == 0 { return "\(bytes / 1000)KB" }
  return "\(bytes)B"
}
