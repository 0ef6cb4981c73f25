/// The words in which SQLite and PostgreSQL differ, as far as they are used here. Nothing else may branch on it.
public enum Dialect: Sendable {
  case sqlite

  /// Replaces the placeholders of a schema: `{identity}`, a number that grows with each row and is never used twice;
  /// `{number}`, a numeric primary key that the program gives; `{clustered}`, which keeps a narrow table in the order
  /// of its primary key.
  public func schema(_ sql: String) -> String {
    switch self {
    case .sqlite:
      sql.replacing("{identity}", with: "INTEGER PRIMARY KEY AUTOINCREMENT")
        .replacing("{number}", with: "INTEGER PRIMARY KEY")
        .replacing("{clustered}", with: "WITHOUT ROWID")
    }
  }
}

/// A statement whose parameters are numbered from 1 without a gap in order of first use, each list spread out.
struct Spread {
  let sql: String
  /// For each parameter, the argument and, for a list, the element that it is bound to.
  let parameters: [(argument: Int, element: Int?)]

  /// Lists are padded to a power of two with their last value, so that few different statements are prepared.
  /// - Parameter lists: the padded length of each argument that is a list.
  init(_ sql: String, lists: [Int: Int]) {
    var out: [UInt8] = []
    var parameters: [(argument: Int, element: Int?)] = []
    var numbers: [Int: Int] = [:]
    let bytes = Array(sql.utf8)
    var at = 0
    while at < bytes.count {
      let byte = bytes[at]
      if let end = endOfOpaqueText(bytes, from: at) {
        out.append(contentsOf: bytes[at..<end])
        at = end
        continue
      }
      guard byte == UInt8(ascii: "$"), at + 1 < bytes.count, (48...57).contains(bytes[at + 1]) else {
        out.append(byte)
        at += 1
        continue
      }
      var argument = 0
      at += 1
      while at < bytes.count, (48...57).contains(bytes[at]) {
        argument = argument * 10 + Int(bytes[at] - 48)
        at += 1
      }
      argument -= 1
      let count = lists[argument]
      let start: Int
      if let known = numbers[argument] {
        start = known
      } else {
        start = parameters.count + 1
        numbers[argument] = start
        if let count {
          for element in 0..<count { parameters.append((argument, element)) }
        } else {
          parameters.append((argument, nil))
        }
      }
      let names = (0..<(count ?? 1)).map { "$\(start + $0)" }
      out.append(contentsOf: names.joined(separator: ",").utf8)
    }
    self.sql = String(decoding: out, as: UTF8.self)
    self.parameters = parameters
  }

  /// The padded lengths of the arguments that are lists.
  static func lists(in arguments: [Value]) -> [Int: Int] {
    var lists: [Int: Int] = [:]
    for (index, argument) in arguments.enumerated() {
      guard case .list(let values) = argument else { continue }
      var padded = 1
      while padded < values.count { padded *= 2 }
      lists[index] = padded
    }
    return lists
  }
}
