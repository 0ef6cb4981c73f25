/// A statement as its database takes it: parameters numbered from 1 without a gap in order of first use, and lists
/// spread out.
///
/// We write `$1` for an argument, in any order and as often as we like, and `IN ($1)` for one that is a list. SQLite
/// gets a mark for each element, PostgreSQL a comparison with an array. What stands in literals, quoted names and
/// comments stays as it is.
struct ExpandedStatement: Sendable {
  /// One parameter of the statement.
  struct Parameter: Hashable, Sendable {
    /// The argument that it is bound to, counted from 0; nobody has checked that it was given.
    let argument: Int
    /// The element of the argument, for a list that is spread out; it may lie beyond the list's end, which is padded.
    let element: Int?
  }

  /// In the words of its database.
  let sql: String
  /// In the order of their numbers.
  let parameters: [Parameter]
  /// The argument of a list that stands where PostgreSQL would take it for one value; nil if there is none.
  let misplacedList: Int?

  /// - Parameters:
  ///   - sql: with the placeholders of `Dialect.statement` replaced.
  ///   - lists: how many parameters stand for each argument that is a list.
  init(_ sql: String, lists: [Int: Int], _ dialect: Dialect) {
    var expander = Expander(lists: lists, dialect: dialect)
    expander.read(Array(sql.utf8))
    self.sql = String(decoding: expander.text, as: UTF8.self)
    parameters = expander.parameters
    misplacedList = expander.misplacedList
  }

  /// What is bound to a parameter.
  /// - Parameter sql: as it was written, for the message.
  /// - Throws: `DatabaseError` of kind `invalid` where no such argument was given.
  func value(of parameter: Parameter, in arguments: [Value], _ sql: String) throws(DatabaseError) -> Value {
    guard arguments.indices.contains(parameter.argument) else {
      throw DatabaseError(.invalid, "no value for $\(parameter.argument + 1) in: \(sql)")
    }
    let argument = arguments[parameter.argument]
    guard case .list(let values) = argument, let element = parameter.element else { return argument }
    // The last value pads a list; one without values compares with NULL, which equals nothing.
    return values.isEmpty ? .null : values[min(element, values.count - 1)]
  }
}

/// Reads a statement once from its beginning to its end.
private struct Expander {
  private let lists: [Int: Int]
  private let dialect: Dialect
  private(set) var text: [UInt8] = []
  private(set) var parameters: [ExpandedStatement.Parameter] = []
  private(set) var misplacedList: Int?
  /// The number of the first parameter of each argument that was met.
  private var numbers: [Int: Int] = [:]

  init(lists: [Int: Int], dialect: Dialect) {
    self.lists = lists
    self.dialect = dialect
  }

  mutating func read(_ sql: [UInt8]) {
    var at = 0
    while at < sql.count {
      if let end = OpaqueText.end(in: sql, from: at) {
        text.append(contentsOf: sql[at..<end])
        at = end
      } else if sql[at] == UInt8(ascii: "$"), at + 1 < sql.count, sql[at + 1].isDigit {
        let end = sql[(at + 1)...].firstIndex { !$0.isDigit } ?? sql.count
        appendMark(for: sql[(at + 1)..<end].reduce(0) { $0 * 10 + Int($1 - 48) } - 1)
        at = end
      } else {
        text.append(sql[at])
        at += 1
      }
    }
  }

  /// Writes what stands for an argument; for a list, after the words that compare with one.
  private mutating func appendMark(for argument: Int) {
    let count = lists[argument]
    if count != nil { adaptComparison(with: argument) }
    let known = numbers[argument]
    let start = known ?? number(argument, count)
    let marks = (0..<(count ?? 1)).map { dialect.mark(start + $0, isNew: known == nil) }
    text.append(contentsOf: marks.joined(separator: ",").utf8)
  }

  /// Puts the words before a list as the database compares with one, or notes that there are none.
  private mutating func adaptComparison(with argument: Int) {
    if let (words, length) = ListWords.atEnd(of: text) {
      text.removeLast(length)
      text.append(contentsOf: words.comparison(dialect).utf8)
    } else if dialect == .postgres {
      misplacedList = misplacedList ?? argument
    }
  }

  /// Numbers the parameters of an argument that was not met before; returns the first.
  private mutating func number(_ argument: Int, _ count: Int?) -> Int {
    let start = parameters.count + 1
    numbers[argument] = start
    if let count, dialect == .sqlite {
      for element in 0..<count { parameters.append(.init(argument: argument, element: element)) }
    } else {
      parameters.append(.init(argument: argument, element: nil))
    }
    return start
  }
}
