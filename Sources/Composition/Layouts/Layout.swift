/// A place in a mail that is filled in for each recipient.
///
/// Where a layout is rendered once for many, a mark stands for what is not yet known: U+0001 and a letter. No text of a
/// forum, template or person can hold one: controls are taken out of all of them.
enum Hole: UInt8, CaseIterable, Sendable {
  /// A post's own text or HTML.
  case body = 0x41
  /// What a digest is put together from.
  case contents, posts, heading, summary
  /// What differs between readers.
  case date, answers, replyAddress, messageID, stopURL, stopAddress, account, recipientName, why, preview

  var mark: String { "\u{1}" + String(UnicodeScalar(rawValue)) }
}

/// A text with holes, its line ends CRLF.
struct Layout: Sendable {
  enum Piece: Sendable {
    /// Octets that all readers get alike; CRLF line ends.
    case text([UInt8])
    /// What `PersonalFields` fills.
    case hole(Hole)
  }

  /// In their order; never an empty text.
  private(set) var pieces: [Piece] = []

  /// - Parameters:
  ///   - rendered: a text with LF line ends and marks.
  ///   - blocks: what is known of the holes already.
  init(_ rendered: String, blocks: [Hole: String] = [:]) {
    var run: [UInt8] = []
    append(rendered, blocks, &run)
    if !run.isEmpty { pieces.append(.text(run)) }
  }

  /// A layout of pieces that are known already.
  init(pieces: [Piece]) { self.pieces = pieces }

  /// Cuts a text at its marks. A block is taken in where its mark stands; marks within it are holes again, but no block
  /// goes into a block.
  private mutating func append(_ text: String, _ blocks: [Hole: String], _ run: inout [UInt8]) {
    run.reserveCapacity(run.count + text.utf8.count)
    var isMark = false
    for byte in text.utf8 {
      if isMark, let hole = Hole(rawValue: byte) {
        if let block = blocks[hole] {
          append(block, [:], &run)
        } else {
          if !run.isEmpty { pieces.append(.text(run)) }
          run = []
          pieces.append(.hole(hole))
        }
        isMark = false
      } else if byte == 0x01 {
        isMark = true
      } else {
        if byte == 0x0A { run.append(0x0D) }
        run.append(byte)
      }
    }
  }

  /// The layout cut at the holes that stand for whole parts of a mail, each with its line end; those are left out.
  func split(at holes: Set<Hole>) -> [(hole: Hole?, layout: Layout)] {
    var result: [(hole: Hole?, layout: Layout)] = [(nil, Layout(pieces: []))]
    var swallowsLineEnd = false
    for piece in pieces {
      switch piece {
      case .hole(let hole) where holes.contains(hole):
        result.append((hole, Layout(pieces: [])))
        swallowsLineEnd = true
      case .text(let text) where swallowsLineEnd && text.starts(with: [0x0D, 0x0A]):
        if text.count > 2 { result[result.count - 1].layout.pieces.append(.text(Array(text.dropFirst(2)))) }
        swallowsLineEnd = false
      default:
        result[result.count - 1].layout.pieces.append(piece)
        swallowsLineEnd = false
      }
    }
    return result
  }

  /// Octets, the holes not counted.
  var size: Int {
    pieces.reduce(0) { size, piece in if case .text(let text) = piece { size + text.count } else { size } }
  }

  /// Appends the layout filled in for one recipient.
  func append(_ fields: PersonalFields, to output: inout [UInt8]) {
    for piece in pieces {
      switch piece {
      case .text(let text): output.append(contentsOf: text)
      case .hole(let hole): output.append(contentsOf: fields[hole])
      }
    }
  }
}
