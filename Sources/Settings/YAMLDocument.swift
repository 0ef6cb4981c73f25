import Mistakes
import Yams

/// A YAML file that is read key by key, and that collects every mistake found on the way.
///
/// Ask `root` and the mappings below it for what may stand in the file; then call `finish`, which throws all mistakes
/// at once, keys that nobody asked for among them. A value that is wrong or missing is reported and comes back as nil
/// or as a stand-in, so that reading goes on to the next mistake; nothing read may be used before `finish` returned.
///
/// Not for concurrent use. Every scalar is text until it is asked for as something: `off` and `07` stay as written.
public final class YAMLDocument {
  /// The path as it was given, for errors.
  public let file: String
  /// The directory that paths in the file are relative to.
  public let directory: String
  /// The document's mapping; empty for an empty file.
  public private(set) var root: YAMLMapping!
  /// In the order in which they were found; `finish` sorts them by line.
  private var problems: [Mistake] = []

  /// Reads a file of at most 1 MB.
  /// - Throws: if the file cannot be read, is not UTF-8 or is not YAML with a mapping at its top; with line and column.
  public convenience init(file path: String) throws(ConfigurationError) {
    let bytes = try readFile(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(.init(path, "the file is not UTF-8", advice: "save it as UTF-8"))
    }
    try self.init(text: text, file: path)
  }

  /// - Parameters:
  ///   - file: what errors call the text.
  ///   - directory: where relative paths begin; nil: the directory of `file`.
  public init(text: String, file: String, directory: String? = nil) throws(ConfigurationError) {
    self.file = file
    self.directory = directory ?? file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let node: Node?
    // A mark of the byte order, as some editors write, stands for nothing (YAML 1.2, section 5.2).
    let isMarked = text.unicodeScalars.first == "\u{FEFF}"
    let text = isMarked ? String(text.unicodeScalars.dropFirst()) : text
    do {
      // The basic resolver leaves types alone and spares the start-up of seven regular expressions.
      node = try Parser(yaml: text, resolver: .basic).singleRoot()
    } catch {
      throw ConfigurationError(problem(from: error, file: file))
    }
    switch node {
    case .mapping(let mapping): root = YAMLMapping(mapping, path: "", line: nil, in: self)
    case nil: root = YAMLMapping(nil, path: "", line: nil, in: self)
    case .scalar(let scalar) where isNull(scalar): root = YAMLMapping(nil, path: "", line: nil, in: self)
    default:
      throw ConfigurationError(
        .init(file, line: node?.mark?.line, "a mapping is expected", advice: "write lines of the form `key: value`"))
    }
  }

  /// Notes a mistake.
  public func report(_ problem: Mistake) { problems.append(problem) }

  /// True as soon as one mistake is noted; what is checked from then on may stand on stand-ins.
  var hasProblems: Bool { !problems.isEmpty }

  /// Ends the reading.
  /// - Throws: every mistake noted so far and every key that nobody asked for, by line.
  public func finish() throws(ConfigurationError) {
    root.reportUnknownKeys()
    guard !problems.isEmpty else { return }
    // What has no line, such as a missing section or a variable, comes last.
    let sorted = problems.enumerated().sorted {
      ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset)
    }
    throw ConfigurationError(sorted.map(\.element))
  }
}

/// True for a plain scalar that means "nothing": `key:`, `key: ~`, `key: null`.
func isNull(_ scalar: Node.Scalar) -> Bool {
  scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
}

/// The parser's complaint as a mistake. Its words are libyaml's; where it stands and what to look at are ours.
private func problem(from error: any Error, file: String) -> Mistake {
  func wrongSyntax(_ mark: Mark, _ context: YamlError.Context?, _ problem: String) -> Mistake {
    .init(
      file, line: mark.line, column: mark.column, "this is not YAML: \(context.map { "\($0.text): " } ?? "")\(problem)",
      advice: "check the indentation, colons and quotation marks here and on the line above")
  }
  switch error {
  case YamlError.scanner(let context, let problem, let mark, _),
    YamlError.parser(let context, let problem, let mark, _):
    return wrongSyntax(mark, context, problem)
  case YamlError.composer(_, let problem, let mark, _):
    return wrongSyntax(mark, nil, problem)
  case YamlError.reader(let problem, let offset, _, let yaml):
    let line = offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 }
    return .init(file, line: line, "this is not YAML: \(problem)", advice: "remove the character")
  case YamlError.duplicatedKeysInMapping(let duplicates, let context):
    let keys = duplicates.map(quoted).joined(separator: ", ")
    return .init(file, line: context.mark.line, "\(keys) stands twice in one mapping", advice: "keep one of them")
  default:
    return .init(file, "this is not YAML: \(error)")
  }
}
