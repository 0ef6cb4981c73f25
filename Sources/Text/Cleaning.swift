// Texts of a forum are hostile (rule X1): what is no text is taken out before anything else looks at it.

extension String {
  /// A name or title on one line: no controls, no line ends, no bidi embeddings, overrides or isolates, no
  /// noncharacters, no heap of marks on a letter; white space collapsed and trimmed; at most `limit` octets, cut between characters and marked `…`.
  public func singleLine(limit: Int = 900) -> String {
    var result = String.UnicodeScalarView()
    var pendingSpace = false
    var size = 0
    var marks = 0
    for scalar in unicodeScalars {
      if scalar.properties.isWhitespace || (scalar.value < 0x20 && scalar.value != 0) {
        pendingSpace = !result.isEmpty
        continue
      }
      if scalar.isUnfit || scalar.isBidiFormat { continue }
      marks = scalar.isMark ? marks + 1 : 0
      if marks > Unicode.Scalar.marksPerLetter { continue }
      if pendingSpace {
        result.append(" ")
        size += 1
        pendingSpace = false
      }
      result.append(scalar)
      size += UTF8.width(scalar)
      if size > limit { return String(result).cut(to: limit) }
    }
    return String(result)
  }

  /// A text of many lines: LF line ends, tabs kept, no other control, no bidi override, no noncharacter, no
  /// heap of marks on a letter.
  public func multiLine() -> String {
    if utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A || $0 == 0x09 }) { return self }
    var result = String.UnicodeScalarView()
    var afterReturn = false
    var marks = 0
    for scalar in unicodeScalars {
      defer { afterReturn = scalar == "\r" }
      marks = scalar.isMark ? marks + 1 : 0
      if marks > Unicode.Scalar.marksPerLetter { continue }
      switch scalar.value {
      case 0x0A: if !afterReturn { result.append("\n") }
      case 0x0D, 0x85, 0x2028, 0x2029: result.append("\n")
      case 0x09: result.append(scalar)
      case 0x202D, 0x202E: continue
      default: if !scalar.isUnfit { result.append(scalar) }
      }
    }
    return String(result)
  }

  /// What somebody wrote, for others to read: as `multiLine()`, without embeddings, and without isolates that are not
  /// closed in their line or close nothing. Marks that languages need stay: joiners, LRM, RLM, isolates in pairs.
  public func plainText() -> String {
    let clean = multiLine()
    guard clean.unicodeScalars.contains(where: \.isBidiFormat) else { return clean }
    return clean.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var open: [Int] = []
      var paired: Set<Int> = []
      let scalars = Array(line.unicodeScalars)
      for (index, scalar) in scalars.enumerated() {
        switch scalar.value {
        case 0x2066...0x2068: open.append(index)
        case 0x2069: if let start = open.popLast() { paired.formUnion([start, index]) }
        default: break
        }
      }
      var result = String.UnicodeScalarView()
      for (index, scalar) in scalars.enumerated() where !scalar.isBidiFormat || paired.contains(index) {
        result.append(scalar)
      }
      return String(result)
    }.joined(separator: "\n")
  }

  /// At most `limit` octets and `characters`, cut between characters, the cut marked with `…`.
  public func cut(to limit: Int, characters: Int = .max) -> String {
    guard utf8.count > min(limit, characters) else { return self }
    guard utf8.count > limit || count > characters else { return self }
    var size = 3
    var end = startIndex
    var remaining = characters - 1
    while end < endIndex {
      let next = index(after: end)
      size += utf8.distance(from: end, to: next)
      remaining -= 1
      if size > limit || remaining < 0 { break }
      end = next
    }
    return self[..<end] + "…"
  }
}

extension Unicode.Scalar {
  /// No part of any text: controls, noncharacters, byte order marks, interlinear annotation.
  fileprivate var isUnfit: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0xFEFF, 0xFFF9...0xFFFB, 0xFDD0...0xFDEF: true
    default: value & 0xFFFE == 0xFFFE
    }
  }

  /// Embeddings, overrides and isolates, which reach beyond the text that holds them; marks (LRM, RLM, ALM) do not.
  fileprivate var isBidiFormat: Bool { (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) }
}
