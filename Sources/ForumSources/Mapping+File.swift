import Settings

extension Mapping {
  /// Reads a mapping file: `constants`, `fragments`, `queries`, and `readers: everyone` where no post is private.
  /// - Parameters:
  ///   - path: `config/sources/NAME.yaml`; the mapping's name is `NAME`.
  ///   - constants: values that replace the file's own constants of the same names.
  /// - Throws: `ConfigurationError` with file, line and key of every mistake.
  public init(file path: String, constants given: [String: String] = [:]) throws {
    let document = try YAMLDocument(file: path)
    let root = document.root!
    func texts(_ key: String) -> [String: String] {
      guard let mapping = root.mapping(key) else { return [:] }
      return Dictionary(uniqueKeysWithValues: mapping.keys.map { ($0, mapping.requiredString($0)) })
    }
    let constants = texts("constants").merging(given) { _, given in given }
    let (fragments, queries) = (texts("fragments"), texts("queries"))
    let readers = root.string("readers")
    if let readers, readers != "everyone" {
      root.refuse("readers", "must be `everyone`", advice: "for anything finer, give a query `queries.readers`")
    }
    let firstKey = root.string("first_participant") ?? "0"
    let file = path.split(separator: "/").last ?? ""
    let name = String(file.prefix { $0 != "." })
    var mapping: Mapping?
    do {
      mapping = try Mapping(
        name: name, queries: queries, fragments: fragments, constants: constants,
        everyoneReads: readers == "everyone", firstKey: firstKey)
    } catch {
      let parts = error.key.split(separator: ".", maxSplits: 1).map(String.init)
      let section = parts.count == 2 ? root.mapping(parts[0]) ?? root : root
      section.refuse(parts.last ?? error.key, error.reason)
    }
    try document.finish()
    self = mapping!
    let section = root.mapping("queries")
    let lines = Question.allCases.compactMap { question in section?.line(of: question.rawValue).map { (question, $0) } }
    origin = (path, Dictionary(uniqueKeysWithValues: lines))
  }
}
