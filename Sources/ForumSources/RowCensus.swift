import Forum
import SQL
import Synchronization

/// What passed while a mapping was walked: what the rows held that were read, and the rows that could not be.
///
/// Rows are met again and again, by page and by key: each counts once. Of what people wrote nothing is kept.
final class RowCensus: Sendable {
  /// A row that cannot be read, and the query that gave it.
  struct Unreadable {
    let question: Question
    let fault: RowFault
  }

  private struct Entries {
    /// For each kind of row, by the row's own key, what stood in each of its columns; nil for NULL and for nothing.
    var rows: [RowSummary.Kind: [ForumKey: [String: String?]]] = [:]
    var unreadable: [Unreadable] = []
    var known: Set<RowFault> = []
  }

  private let entries = Mutex(Entries())

  /// Takes in a row that could be read.
  func take(_ row: any Row, key: String, of question: Question, _ times: LocalTimes?) {
    let columns = Dictionary(row.columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for kind in RowSummary.Kind.kinds(of: question) {
      var values: [String: String?] = [:]
      for name in kind.columns {
        guard let column = columns[name] else { continue }
        values[name] = .some(RowCensus.value(row, column, ColumnSummary.Content(of: name), times))
      }
      // Somebody without a watch has a row too.
      if kind == .watches, values["scope"] == .some(nil) { continue }
      var own = [key]
      if kind == .watches { own += kind.columns.map { (values[$0] ?? nil) ?? "" } }
      // A post has several files, and may have several of one name.
      if kind == .attachments { own += row.columns.indices.map { row.isNull($0) ? "" : row.text($0) } }
      let name = ForumKey(own.joined(separator: "\u{0}"))
      entries.withLock { $0.rows[kind, default: [:]][name, default: [:]].merge(values) { _, new in new } }
    }
  }

  /// Takes in a row that could not be read.
  func take(_ fault: RowFault, of question: Question) {
    entries.withLock { entries in
      guard entries.known.insert(fault).inserted else { return }
      entries.unreadable.append(Unreadable(question: question, fault: fault))
    }
  }

  private static func value(_ row: any Row, _ column: Int, _ content: ColumnSummary.Content, _ times: LocalTimes?)
    -> String?
  {
    guard let text = row.text(Optional(column)) else { return nil }
    switch content {
    case .moment: return (try? row.moment(column, times, endless: true))??.description ?? text
    case .word: return text
    case .text: return ""
    }
  }

  /// The rows that could not be read, in the order in which they were met.
  var unreadable: [Unreadable] { entries.withLock(\.unreadable) }

  /// What the rows held, kind by kind; kinds of which none was met are left out.
  var summaries: [RowSummary] {
    let rows = entries.withLock(\.rows)
    return RowSummary.Kind.allCases.compactMap { kind in
      rows[kind].map { RowSummary(kind, Array($0.values)) }
    }
  }
}
