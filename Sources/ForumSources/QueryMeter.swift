import SQL
import Synchronization

/// How long a query of the mapping took, since the forum was opened.
public struct QueryTime: Hashable, Sendable {
  /// The query's name in the mapping.
  public var question: Question
  /// How often it was asked.
  public var asked: Int
  /// All of them together, the reading of their rows included.
  public var seconds: Double
  /// The one that took longest.
  public var slowest: Double
}

/// Counts how long each query takes. What a process waits for its own connection does not count.
final class QueryMeter: Sendable {
  private struct Entry {
    var asked = 0
    var total = Duration.zero
    var slowest = Duration.zero
    /// What was asked when it took longest.
    var statement: (sql: String, values: [Value])?
  }

  private let entries = Mutex<[Question: Entry]>([:])

  /// Runs the closure, which asks the statement.
  func measure<T>(_ question: Question, _ sql: String, _ values: [Value], _ body: () throws -> T) rethrows -> T {
    let start = ContinuousClock.now
    defer {
      let took = ContinuousClock.now - start
      entries.withLock { entries in
        var entry = entries[question] ?? Entry()
        entry.asked += 1
        entry.total += took
        if took >= entry.slowest { (entry.slowest, entry.statement) = (took, (sql, values)) }
        entries[question] = entry
      }
    }
    return try body()
  }

  /// In the order of the questions; those that were not asked are left out.
  var times: [QueryTime] {
    let entries = entries.withLock { $0 }
    return Question.allCases.compactMap { question in
      entries[question].map {
        QueryTime(
          question: question, asked: $0.asked, seconds: $0.total.inSeconds, slowest: $0.slowest.inSeconds)
      }
    }
  }

  /// The statement that took longest; nil where the question was not asked.
  func statement(of question: Question) -> (sql: String, values: [Value])? {
    entries.withLock { $0[question]?.statement }
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

extension SQLForum {
  /// How long each query that was asked took so far.
  public var queryTimes: [QueryTime] { meter.times }

  /// How the database finds the rows of a query, as it took longest: the lines of its own plan. Nothing is run.
  /// - Returns: nothing where the question was not asked.
  public func plan(of question: Question) throws -> [String] {
    guard let (sql, values) = meter.statement(of: question) else { return [] }
    let (words, column) = database.dialect == .sqlite ? ("EXPLAIN QUERY PLAN ", 3) : ("EXPLAIN ", 0)
    return try told(question) { try database.read { try $0.query(words + sql, values) { $0.text(column) } } }
  }
}
