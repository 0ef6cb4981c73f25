import Text

/// The rows of a table, as far as somebody's HTML has them.
struct TableText {
  /// `isHeader`: all of its cells are `th`.
  private(set) var rows: [(cells: [String], isHeader: Bool)] = []
  /// What stands in the table, but in none of its cells.
  private(set) var loose: [Markup] = []
  /// Where links lead, to be said below the rows; nil in a table of one column, where it stands beside their words.
  private var addresses: Notes? = Notes()

  /// Addresses by number: among cells they would break the row.
  struct Notes {
    private var numbers: [String: Int] = [:]
    /// `[1] https://…`
    private(set) var lines: [String] = []

    /// The same for the same address.
    mutating func number(of address: String) -> Int {
      if let number = numbers[address] { return number }
      let number = lines.count + 1
      numbers[address] = number
      lines.append("[\(number)] \(address)")
      return number
    }
  }

  /// Lines below the rows.
  var notes: [String] { addresses?.lines ?? [] }

  /// Empty rows are left out: layouts made of tables are full of them.
  init(_ nodes: [Markup]) {
    add(nodes)
    if !notes.isEmpty, rows.allSatisfy({ $0.cells.count < 2 }) {
      (rows, loose, addresses) = ([], [], nil)
      add(nodes)
    }
    rows.removeAll { $0.cells.allSatisfy(\.isEmpty) }
  }

  /// - Parameter isRow: the nodes are a row's; else cells among them are a row whose `<tr>` was left out.
  private mutating func add(_ nodes: [Markup], isRow: Bool = false) {
    if isRow { rows.append(([], true)) }
    var isOpen = isRow
    for node in nodes {
      guard case .element(let element) = node else {
        loose += [node, .text(" ")]
        continue
      }
      switch element.tag {
      case .td, .th:
        if !isOpen { rows.append(([], true)) }
        isOpen = true
        rows[rows.count - 1].cells.append(MarkupText.line(of: element.children, notes: &addresses))
        if element.tag == .td { rows[rows.count - 1].isHeader = false }
      case .tr, .thead, .tbody:
        add(element.children, isRow: element.tag == .tr)
        isOpen = false
      default: loose += [node, .text(" ")]
      }
    }
  }

  /// Rows as lines, cells apart by ` | `; in columns where they fit, else each row wrapped by itself.
  func lines(within width: Int) -> [String] {
    let widths = columnWidths
    let total = widths.reduce(3 * max(widths.count - 1, 0), +)
    let fits = total <= width
    var lines: [String] = []
    for (index, row) in rows.enumerated() {
      let cells = row.cells.enumerated().map { column, cell in
        fits ? cell + String(repeating: " ", count: widths[column] - cell.columns) : cell
      }
      let text = cells.joined(separator: " | ")
      let wrapped = fits ? [text] : text.wrapped(to: width)
      lines += wrapped
      if row.isHeader, index + 1 < rows.count, !rows[index + 1].isHeader {
        lines.append(String(repeating: "-", count: fits ? total : wrapped.map(\.columns).max() ?? 0))
      }
    }
    return lines
  }

  /// The widest cell of each column; a row may have fewer cells than others.
  private var columnWidths: [Int] {
    rows.reduce(into: []) { widths, row in
      for (column, cell) in row.cells.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.columns)
      }
    }
  }
}
