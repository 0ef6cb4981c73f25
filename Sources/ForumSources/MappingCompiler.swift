import SQL

/// Turns one query of a mapping into SQL with numbered parameters: puts its fragments in, checks the names of its
/// parameters, leaves its comments out. It reads no SQL beyond that: what is wrong with the rest, the database says
/// when `SQLForum.check` shows it the query.
struct MappingCompiler {
  /// Under which the query stands in its file: `queries.posts`.
  private let key: String
  /// The parameters that it may use beside the constants.
  private let names: [String]
  /// Other names are columns of statements before it, which `SQLForum.check` knows.
  private let mayNameColumns: Bool
  private let fragments: [String: String]
  private let constants: [String: String]
  /// The SQL so far.
  private var text: [UInt8] = []
  private var parameters: [Mapping.Parameter] = []

  /// - Throws: `Mapping.Invalid` with the key.
  static func compile(
    _ sql: String, key: String, names: [String], mayNameColumns: Bool = false, _ fragments: [String: String],
    _ constants: [String: String]
  ) throws(Mapping.Invalid) -> Mapping.Query {
    var compiler = MappingCompiler(key, names, mayNameColumns, fragments: fragments, constants: constants)
    try compiler.append(sql, within: [])
    return Mapping.Query(sql: String(decoding: compiler.text, as: UTF8.self), parameters: compiler.parameters)
  }

  private init(
    _ key: String, _ names: [String], _ mayNameColumns: Bool, fragments: [String: String], constants: [String: String]
  ) {
    self.key = key
    self.names = names
    self.mayNameColumns = mayNameColumns
    self.fragments = fragments
    self.constants = constants
  }

  /// - Parameter outer: the fragments that this text stands in.
  private mutating func append(_ sql: String, within outer: [String]) throws(Mapping.Invalid) {
    // Octets, not characters: a colon with a combining mark behind it is a colon to the database.
    let bytes = Array(sql.utf8)
    var at = 0
    while at < bytes.count {
      if let end = OpaqueText.end(in: bytes, from: at) {
        let isComment = bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "/")
        text.append(contentsOf: isComment ? [UInt8(ascii: " ")][...] : bytes[at..<end])
        at = end
        continue
      }
      switch bytes[at] {
      case UInt8(ascii: "{"):
        let end = bytes[at...].firstIndex(of: UInt8(ascii: "}")) ?? bytes.count
        try append(fragment: String(decoding: bytes[(at + 1)..<end], as: UTF8.self), within: outer)
        at = end + 1
      // `::` is PostgreSQL's cast.
      case UInt8(ascii: ":") where isName(bytes, at + 1) && (at == 0 || bytes[at - 1] != UInt8(ascii: ":")):
        let end = bytes[(at + 1)...].firstIndex { !isNameByte($0) } ?? bytes.count
        try append(parameter: String(decoding: bytes[(at + 1)..<end], as: UTF8.self))
        at = end
      case UInt8(ascii: "$") where at + 1 < bytes.count && (48...57).contains(bytes[at + 1]):
        throw invalid("parameters have names: write \(known.first ?? "none"), not $\(bytes[at + 1] - 48)")
      default:
        text.append(bytes[at])
        at += 1
      }
    }
  }

  /// A fragment may hold others, but not itself, by however many steps: that would never end.
  private mutating func append(fragment name: String, within outer: [String]) throws(Mapping.Invalid) {
    guard let fragment = fragments[name] else { throw invalid("unknown fragment {\(name)}") }
    if outer.contains(name) { throw invalid("the fragment {\(name)} contains itself") }
    try append(fragment, within: outer + [name])
  }

  /// One name has one number wherever it stands, so that each value is bound once.
  private mutating func append(parameter name: String) throws(Mapping.Invalid) {
    let parameter: Mapping.Parameter
    if names.contains(name) {
      parameter = .asked(name)
    } else if let constant = constants[name] {
      parameter = .constant(constant)
    } else if mayNameColumns {
      parameter = .asked(name)
    } else {
      throw invalid("unknown parameter :\(name); known here are \(known.joined(separator: ", "))")
    }
    if !parameters.contains(parameter) { parameters.append(parameter) }
    text.append(contentsOf: "$\(parameters.firstIndex(of: parameter)! + 1)".utf8)
  }

  private var known: [String] { (names + constants.keys.sorted()).map { ":\($0)" } }

  private func invalid(_ reason: String) -> Mapping.Invalid {
    Mapping.Invalid(key: key, reason: reason)
  }

  /// A name begins with a letter: `[1:2]` has none.
  private func isName(_ bytes: [UInt8], _ at: Int) -> Bool {
    at < bytes.count && isNameByte(bytes[at]) && !(48...57).contains(bytes[at])
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (65...90).contains(byte) || byte == UInt8(ascii: "_") || (48...57).contains(byte)
  }
}
