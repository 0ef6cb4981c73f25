import Foundation
import Glibc
import Text

/// A listing. On a terminal its columns stand below each other, under a bold heading; in a pipe there is a tab between
/// two cells, and nothing else.
struct Table {
  private let heading: [String]
  private var rows: [[String]] = []

  init(_ heading: [String]) { self.heading = heading }

  /// A cell is one line, whatever somebody wrote into it.
  /// - Parameter cells: as many as the heading has.
  mutating func add(_ cells: [String]) { rows.append(cells.map { $0.singleLine(limit: 300) }) }

  var isEmpty: Bool { rows.isEmpty }

  func lines(isTerminal: Bool = Table.isTerminal) -> [String] {
    if !isTerminal { return ([heading] + rows).map { $0.joined(separator: "\t") } }
    let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].columns }.max() ?? 0 }
    let lines = ([heading] + rows).map { row in
      // The last one ends the line.
      zip(row, widths).dropLast().map { $0 + String(repeating: " ", count: $1 - $0.columns + 2) }.joined()
        + (row.last ?? "")
    }
    return ["\u{1B}[1m\(lines[0])\u{1B}[0m"] + lines.dropFirst()
  }

  /// Whether somebody reads standard output on a terminal that shows more than letters.
  static var isTerminal: Bool {
    isatty(STDOUT_FILENO) != 0 && ProcessInfo.processInfo.environment["TERM"].map { $0 != "dumb" } ?? false
  }
}
