import Mail

/// A place in a mail that is filled in for each recipient.
///
/// Where a layout is rendered once for many, a mark stands for what is not yet known: U+0001 and a letter. No text of a
/// forum, template or person can hold one: controls are taken out of all of them.
enum Hole: UInt8, CaseIterable, Sendable {
  case body = 0x41
  case contents, posts, heading, summary
  case date, replyAddress, messageID, stopURL, stopAddress, account, recipientName, why

  var mark: String { "\u{1}" + String(UnicodeScalar(rawValue)) }
}

/// A text with holes, its line ends CRLF.
struct Layout: Sendable {
  enum Piece: Sendable {
    case text([UInt8])
    case hole(Hole)
  }

  private(set) var pieces: [Piece] = []

  /// - Parameters:
  ///   - rendered: a text with LF line ends and marks.
  ///   - blocks: what is known of the holes already.
  init(_ rendered: String, blocks: [Hole: String] = [:]) {
    var run: [UInt8] = []
    append(rendered, blocks, &run)
    if !run.isEmpty { pieces.append(.text(run)) }
  }

  fileprivate init(pieces: [Piece]) { self.pieces = pieces }

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

  func append(_ fields: PersonalFields, to output: inout [UInt8]) {
    for piece in pieces {
      switch piece {
      case .text(let text): output.append(contentsOf: text)
      case .hole(let hole): output.append(contentsOf: fields[hole])
      }
    }
  }
}

/// A layout in quoted-printable, encoded once but for the lines that hold a personal field.
///
/// Quoted-printable works line by line, so encoding lines apart and joining them is encoding the whole.
struct QuotedPrintableLayout: Sendable {
  private enum Segment: Sendable {
    /// Whole lines, encoded.
    case lines([UInt8])
    /// One line, to be filled in and encoded.
    case personal(Layout)
  }

  private var segments: [Segment] = []
  /// Octets, the holes not counted.
  private(set) var size = 0

  init(_ layout: Layout) {
    var plain: [UInt8] = []
    var line: [Layout.Piece] = []
    func hasHole(_ pieces: [Layout.Piece]) -> Bool {
      pieces.contains { if case .hole = $0 { true } else { false } }
    }
    for piece in layout.pieces {
      guard case .text(let text) = piece else {
        line.append(piece)
        continue
      }
      var rest = text[...]
      while let end = rest.firstIndex(of: 0x0A) {
        line.append(.text(Array(rest[...end])))
        rest = rest[(end + 1)...]
        if hasHole(line) {
          flush(&plain)
          segments.append(.personal(Layout(pieces: line)))
          size += Layout(pieces: line).size
        } else {
          for case .text(let part) in line { plain += part }
        }
        line = []
      }
      if !rest.isEmpty { line.append(.text(Array(rest))) }
    }
    if !line.isEmpty {
      flush(&plain)
      segments.append(.personal(Layout(pieces: line)))
      size += Layout(pieces: line).size
    }
    flush(&plain)
  }

  private mutating func flush(_ plain: inout [UInt8]) {
    guard !plain.isEmpty else { return }
    var encoded: [UInt8] = []
    TransferEncoding.quotedPrintable(plain, into: &encoded)
    size += encoded.count
    segments.append(.lines(encoded))
    plain = []
  }

  func append(_ fields: PersonalFields, scratch: inout [UInt8], to output: inout [UInt8]) {
    for segment in segments {
      switch segment {
      case .lines(let encoded): output.append(contentsOf: encoded)
      case .personal(let layout):
        scratch.removeAll(keepingCapacity: true)
        layout.append(fields, to: &scratch)
        TransferEncoding.quotedPrintable(scratch, into: &output)
      }
    }
  }
}

/// A layout in both forms that a body can travel in; which one is better is known when a body is put together.
struct Fragment: Sendable {
  let layout: Layout
  let quotedPrintable: QuotedPrintableLayout

  init(_ layout: Layout) {
    self.layout = layout
    quotedPrintable = QuotedPrintableLayout(layout)
  }

  init(_ rendered: String, blocks: [Hole: String] = [:]) { self.init(Layout(rendered, blocks: blocks)) }
}

/// Puts fragments together to the body of one MIME part.
struct BodyWriter {
  private let encoding: TransferEncoding
  private var scratch: [UInt8] = []
  /// What waits for base64, which cannot be encoded in pieces.
  private var raw: [UInt8] = []

  /// The encoding in which these fragments are smaller.
  static func encoding(of fragments: some Sequence<Fragment>) -> TransferEncoding {
    let sizes = fragments.reduce(into: (quotedPrintable: 0, raw: 0)) {
      $0.quotedPrintable += $1.quotedPrintable.size
      $0.raw += $1.layout.size
    }
    return sizes.quotedPrintable * 57 <= sizes.raw * 78 ? .quotedPrintable : .base64
  }

  init(_ encoding: TransferEncoding) { self.encoding = encoding }

  mutating func append(_ fragment: Fragment, _ fields: PersonalFields, to output: inout [UInt8]) {
    if encoding == .quotedPrintable {
      fragment.quotedPrintable.append(fields, scratch: &scratch, to: &output)
    } else {
      fragment.layout.append(fields, to: &raw)
    }
  }

  mutating func finish(_ output: inout [UInt8]) {
    if encoding == .base64 { TransferEncoding.base64(raw, into: &output) }
  }
}

/// What fills the holes for one recipient, in the form that the part needs (escaped in HTML), CRLF line ends.
struct PersonalFields: Sendable {
  var date: [UInt8] = []
  var replyAddress: [UInt8] = []
  var messageID: [UInt8] = []
  var stopURL: [UInt8] = []
  var stopAddress: [UInt8] = []
  var account: [UInt8] = []
  var recipientName: [UInt8] = []
  var why: [UInt8] = []
  var heading: [UInt8] = []
  var summary: [UInt8] = []

  subscript(hole: Hole) -> [UInt8] {
    switch hole {
    case .date: date
    case .replyAddress: replyAddress
    case .messageID: messageID
    case .stopURL: stopURL
    case .stopAddress: stopAddress
    case .account: account
    case .recipientName: recipientName
    case .why: why
    case .heading: heading
    case .summary: summary
    case .body, .contents, .posts: []
    }
  }
}
