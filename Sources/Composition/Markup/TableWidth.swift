import Text

/// About how wide a table is at least, so that a mail knows beforehand whether a phone, or paper, has room for it. What
/// letters a program shows is not known here: they are taken to be wide.
enum TableWidth {
  /// CSS pixels of a cell's frame, and of what sets a list or a quotation in.
  private static let (frame, indent) = (9, 29)

  /// CSS pixels of a letter in bold.
  private static func width(of letter: Unicode.Scalar) -> Int {
    switch letter {
    case "W", "M", "m", "w", "@", "%": 16
    case "A"..."Z": 13
    default: 10 * letter.columns
    }
  }

  /// CSS pixels.
  static func of(_ table: Markup.Element) -> Int {
    var columns: [Int] = []
    var loose = 0
    add(table.children, to: &columns, loose: &loose)
    return max(columns.reduce(1) { $0 + $1 + frame }, loose)
  }

  private static func add(_ nodes: [Markup], to columns: inout [Int], loose: inout Int) {
    var column = 0
    for node in nodes {
      guard case .element(let element) = node else { continue }
      switch element.tag {
      case .thead, .tbody, .tr: add(element.children, to: &columns, loose: &loose)
      case .td, .th:
        let span = element.attributes.columnSpan ?? 1
        while columns.count < column + span { columns.append(0) }
        // A cell over many columns is taken to share its width among them.
        let width = (least(of: element.children) - frame * (span - 1)) / span
        for index in column..<column + span { columns[index] = max(columns[index], width) }
        column += span
      default: loose = max(loose, least(of: [node]))
      }
    }
  }

  /// The widest of what does not break.
  private static func least(of nodes: [Markup]) -> Int {
    var run = Run()
    run.add(nodes, setIn: 0)
    run.end()
    return run.widest
  }

  /// A word under way, which elements within the line do not end.
  private struct Run {
    var width = 0
    var setIn = 0
    var widest = 0

    mutating func end() {
      if width > 0 { widest = max(widest, width + setIn) }
      width = 0
    }

    mutating func add(_ nodes: [Markup], setIn: Int) {
      for node in nodes {
        switch node {
        case .text(let text):
          self.setIn = setIn
          for scalar in text.unicodeScalars {
            if scalar.isWide || scalar.properties.isWhitespace && scalar != "\u{A0}" { end() }
            if !scalar.properties.isWhitespace || scalar == "\u{A0}" { width += TableWidth.width(of: scalar) }
            if scalar.isWide || scalar == "-" { end() }
          }
        case .element(let element):
          // Its lines break anywhere.
          if element.tag == .pre { continue }
          if element.tag == .table {
            widest = max(widest, setIn + TableWidth.of(element))
            continue
          }
          if !element.tag.isInline || element.tag == .br { end() }
          add(element.children, setIn: setIn + ([.blockquote, .ul, .ol, .dd].contains(element.tag) ? indent : 0))
          if !element.tag.isInline { end() }
        }
      }
    }
  }
}
