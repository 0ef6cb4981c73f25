import Mistakes
import Time
import Yams

/// A mapping within a `YAMLDocument`: typed access to its keys. Every key asked for is a known key.
public final class YAMLMapping {
  /// The dotted path from the document's top, empty for the top itself.
  public let path: String
  /// The line of the key that the mapping stands under; nil for the top.
  public let line: Int?
  /// The keys in the file's order, known or not.
  public let keys: [String]
  /// By key; the last of two equal keys cannot win, since YAML with such is refused as a whole.
  private let values: [String: Node]
  /// By key; from 1.
  private let lines: [String: Int]
  /// Keys that may stand here. What is in the file and not among them when reading ends is unknown.
  private var asked: [String] = []
  /// The mappings asked for, by key, so that each is one object however often it is asked for.
  private var below: [String: [YAMLMapping]] = [:]
  /// The document keeps its mappings, not the other way round; a mapping is not used after its document.
  private unowned let document: YAMLDocument
  /// Full keys that an unknown key may have been meant as, beside those asked for.
  var vocabulary: [String] = []

  /// - Parameter mapping: nil for one that is empty: `smtp:` and nothing below it.
  init(_ mapping: Node.Mapping?, path: String, line: Int?, in document: YAMLDocument) {
    self.path = path
    self.line = line
    self.document = document
    var (keys, values, lines): ([String], [String: Node], [String: Int]) = ([], [:], [:])
    let pairs: [Node.Mapping.Element] = mapping.map { Array($0) } ?? []
    for (key, value) in pairs {
      guard case .scalar(let scalar) = key else {
        document.report(.init(document.file, line: key.mark?.line, "a key must be a word, not a list or mapping"))
        continue
      }
      keys.append(scalar.string)
      values[scalar.string] = value
      lines[scalar.string] = scalar.mark?.line
    }
    self.keys = keys
    self.values = values
    self.lines = lines
  }

  /// The dotted path of a key, as errors show it.
  public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The line of a key; that of the mapping itself for a key that is not there.
  public func line(of key: String) -> Int? { lines[key] ?? line }

  /// Whether the file has the key; does not count as asking for it.
  public func has(_ key: String) -> Bool { values[key] != nil }

  /// Notes a mistake at a key.
  public func refuse(_ key: String, _ message: String, advice: String? = nil) {
    document.report(.init(document.file, line: line(of: key), key: path(of: key), message, advice: advice))
  }

  /// A value of a kind; nil if the key is not there, or if its value is wrong, which is noted.
  public func value<Value>(_ key: String, _ kind: Kind<Value>) -> Value? {
    guard let written = written(key) else { return nil }
    do {
      return try kind.parse(written, document.directory)
    } catch {
      refuse(key, error.message, advice: error.advice)
      return nil
    }
  }

  /// As `value`, and notes a key that is not there.
  public func required<Value>(_ key: String, _ kind: Kind<Value>) -> Value? {
    let value = value(key, kind)
    if values[key] == nil { refuse(key, "is missing", advice: "give \(kind.form)") }
    return value
  }

  /// Text as it stands, of any length and with any line breaks: an SQL query.
  public func string(_ key: String) -> String? {
    value(key, .scalar(form: "a text") { (text) throws(Refusal) in text })
  }

  /// As `string`; a missing or empty text is noted and comes back empty.
  public func requiredString(_ key: String) -> String {
    let text = string(key)
    if values[key] == nil {
      refuse(key, "is missing", advice: "add it")
    } else if text == "" {
      refuse(key, "is empty", advice: "give a text")
    }
    return text ?? ""
  }

  /// nil if the key is not there, or what stands there is noted as a mistake.
  public func integer(_ key: String, in range: ClosedRange<Int>) -> Int? { value(key, .integer(in: range)) }
  /// `true` or `false`; nil as with `integer`.
  public func flag(_ key: String) -> Bool? { value(key, .flag) }
  /// `90s`, `5m`, `2h`, `7d`; nil as with `integer`.
  public func duration(_ key: String, in range: ClosedRange<TimeSpan>) -> TimeSpan? {
    value(key, .duration(in: range))
  }

  /// One of an enumeration's raw values.
  public func choice<Value>(_ key: String, _ type: Value.Type) -> Value?
  where Value: CaseIterable & RawRepresentable<String> & Sendable { value(key, .choice(type)) }

  /// A list of texts, or one text with commas.
  public func strings(_ key: String) -> [String]? { value(key, .list(of: .text(maxLength: 10_000), count: 0...10_000)) }

  /// A list of texts as they stand, each with its line; nil if the key is not there. What else stands there is noted.
  public func linedStrings(_ key: String) -> [(text: String, line: Int?)]? {
    ask(key)
    guard let value = values[key] else { return nil }
    guard case .sequence(let items) = value else {
      refuse(key, "a list is expected", advice: "write items that open with `- ` below it")
      return nil
    }
    return items.enumerated().compactMap { index, item in
      guard let text = item.scalar?.string, !text.isEmpty else {
        refuse(key, "item \(index + 1) is no text", advice: "write it as `- text`")
        return nil
      }
      return (text, item.mark?.line)
    }
  }

  /// The mapping below a key; nil if the key is not there; noted, and nil, if something else is there. A key
  /// without a value is an empty mapping.
  public func mapping(_ key: String) -> YAMLMapping? {
    ask(key)
    if let known = below[key]?.first { return known }
    switch values[key] {
    case nil: return nil
    case .mapping(let mapping): return child(mapping, key, path: path(of: key), line: line(of: key))
    case .scalar(let scalar) where isNull(scalar): return child(nil, key, path: path(of: key), line: line(of: key))
    default:
      refuse(key, "a mapping is expected", advice: "write lines of the form `key: value` below it, indented")
      return nil
    }
  }

  /// The list of mappings below a key; nil if the key is not there.
  public func mappings(_ key: String) -> [YAMLMapping]? {
    ask(key)
    if let known = below[key] { return known }
    guard let value = values[key] else { return nil }
    guard case .sequence(let items) = value else {
      refuse(key, "a list is expected", advice: "write items that open with `- ` below it")
      return nil
    }
    return items.enumerated().compactMap { index, item in
      guard case .mapping(let mapping) = item else {
        refuse(key, "item \(index + 1) is no mapping", advice: "write it as `- key: value`")
        return nil
      }
      return child(mapping, key, path: "\(path(of: key))[\(index + 1)]", line: item.mark?.line)
    }
  }

  /// What is written at a key, if it is a text or a list of texts.
  func written(_ key: String) -> Written? {
    ask(key)
    switch values[key] {
    case nil: return nil
    case .scalar(let scalar):
      if isNull(scalar) {
        refuse(key, "has no value", advice: "give one, or remove the line")
        return nil
      }
      return .text(scalar.string)
    case .sequence(let items):
      let texts = items.compactMap { $0.scalar?.string }
      if texts.count == items.count { return .list(texts) }
    case .mapping, .alias: break
    }
    refuse(key, "a value is expected, not a mapping", advice: "remove what is indented below it")
    return nil
  }

  /// Marks a key as known without reading it.
  func ask(_ key: String) { asked.append(key) }

  /// Each mapping below passes on the vocabulary, so that a guess can name a key of another section.
  private func child(_ mapping: Node.Mapping?, _ key: String, path: String, line: Int?) -> YAMLMapping {
    let child = YAMLMapping(mapping, path: path, line: line, in: document)
    child.vocabulary = vocabulary
    below[key, default: []].append(child)
    return child
  }

  /// Notes every key that nobody asked for, here and in all mappings that were asked for. One that nobody asked for is
  /// noted once, not with all that stands in it.
  func reportUnknownKeys() {
    for key in keys where !asked.contains(key) {
      refuse(key, "there is no such key", advice: guess(key).map { "did you mean \($0)?" } ?? "check the spelling")
    }
    for mapping in below.values.joined() { mapping.reportUnknownKeys() }
  }

  /// What was probably meant: the whole dotted key written in one, a word like it, the section that has such a key, or
  /// a key like the whole path; in that order.
  private func guess(_ key: String) -> String? {
    let full = path(of: key)
    if let known = vocabulary.first(where: { $0 == key }) {
      return "`\(known.drop { $0 != "." }.dropFirst()):` below `\(known.prefix { $0 != "." }):`"
    }
    if let near = nearest(to: key, among: asked) { return near }
    if let moved = vocabulary.first(where: { $0.hasSuffix(".\(key)") }) { return moved }
    return nearest(to: full, among: vocabulary)
  }
}
