import Text

extension Markup {
  /// The direction of the first letter within, nil where there is none (Unicode UAX #9, P2): the author's. Words of ours
  /// have no say; code, and what has a direction of its own within a line, only where there is nothing else.
  static func direction(of nodes: some Sequence<Markup>) -> TextDirection? {
    var isolate: TextDirection?
    return direction(of: nodes, &isolate) ?? isolate
  }

  private static func direction(of nodes: some Sequence<Markup>, _ isolate: inout TextDirection?) -> TextDirection? {
    for node in nodes {
      switch node {
      case .text(let text): if let direction = text.firstDirection { return direction }
      case .element(let element):
        if element.attributes.isOurs { continue }
        let given = element.attributes.direction.flatMap { $0 == .auto ? nil : $0 }
        if let given, !element.tag.isInline { return given }
        if given != nil || element.tag == .code {
          if isolate == nil, let direction = given ?? direction(of: element.children) { isolate = direction }
          continue
        }
        if let direction = direction(of: element.children, &isolate) { return direction }
      }
    }
    return nil
  }

  /// Whether letters of the author stand within that run the other way, or anybody gave a direction.
  static func holdsLetters(_ nodes: [Markup], against direction: TextDirection) -> Bool {
    nodes.contains { node in
      switch node {
      case .text(let text): text.holdsLetters(against: direction)
      case .element(let element):
        !element.attributes.isOurs
          && (element.attributes.direction != nil || holdsLetters(element.children, against: direction))
      }
    }
  }

  /// What stands in no block in blocks of its own, so that it can have a direction.
  static func inBlocks(_ nodes: [Markup]) -> [Markup] {
    var result: [Markup] = []
    var run: [Markup] = []
    func flush() {
      if run.contains(where: { !$0.isBlank }) { result.append(.element(.div, run)) }
      run = []
    }
    for node in nodes {
      if node.isBlock {
        flush()
        result.append(node)
      } else {
        run.append(node)
      }
    }
    flush()
    return result
  }
}

extension Markup.Element {
  /// The same with lines (`<br>`) of another direction than those before them in blocks of their own: a block has one
  /// direction, its first letter's, and a line of the other script would be scrambled. nil where all are alike.
  var withLinesApart: Self? {
    guard [.p, .div, .li, .td, .th, .dd, .blockquote].contains(tag),
      attributes.direction == nil || attributes.direction == .auto,
      children.contains(where: \.isBreak), !children.contains(where: { $0.isBlock })
    else { return nil }
    var groups: [(direction: TextDirection?, nodes: [Markup])] = []
    for line in children.split(omittingEmptySubsequences: false, whereSeparator: \.isBreak) {
      let direction = Markup.direction(of: line)
      // A value of the last group beside it would have its nodes copied for each line.
      if let before = groups.last.map(\.direction), direction == nil || before == nil || direction == before {
        groups[groups.count - 1].nodes.append(.element(.br))
        groups[groups.count - 1].nodes += line
        if before == nil { groups[groups.count - 1].direction = direction }
      } else {
        groups.append((direction, Array(line)))
      }
    }
    guard groups.count > 1 else { return nil }
    // A paragraph holds no blocks.
    var result = self
    if tag == .p { result.tag = .div }
    result.children = groups.map { .element(.div, $0.nodes) }
    return result
  }
}

extension Markup {
  private var isBreak: Bool {
    if case .element(let element) = self { element.tag == .br } else { false }
  }

  /// Nothing that is seen: neither words nor a break.
  var isBlank: Bool {
    switch self {
    case .text(let text): text.showsNothing
    case .element(let element): element.tag != .br && element.children.allSatisfy(\.isBlank)
    }
  }

  /// Words, or what stands among them.
  var isInLine: Bool { !isBlock && !isBlank }

  var isBlock: Bool {
    if case .element(let element) = self { !element.tag.isInline } else { false }
  }
}
